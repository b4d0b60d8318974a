#include "ops/scratch.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "connectors/rocksdb/store_directory.h"

namespace subledger::ops {

CommandOption scratch_option() {
  return {"--scratch", "DIR", "where stores may stand while this works [TMPDIR, else /tmp]"};
}

Scratch::Scratch(RocksdbStoreOptions options)
    : directory_(options.directory), stores_(std::make_unique<RocksdbStoreFactory>(std::move(options))) {}

Attempt<Scratch> Scratch::make(const Invocation& call, const ReplayedLog& log) {
  const char* usual = std::getenv("TMPDIR");
  std::string parent = usual == nullptr || *usual == '\0' ? "/tmp" : usual;
  if (call.has("--scratch")) parent = call.text("--scratch");
  std::string name = parent + "/subledger-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    return failure(ExitCode::failed, "no directory can be made in " + parent + ": " + std::strerror(errno) +
                                         "; name another with --scratch");
  }
  return Scratch(log.stores_in(name));
}

Scratch::~Scratch() {
  if (!stores_) return;
  stores_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Scratch::remove(int32_t partition) {
  std::error_code ignored;
  std::filesystem::remove_all(store_path(directory_, partition), ignored);
}

}  // namespace subledger::ops
