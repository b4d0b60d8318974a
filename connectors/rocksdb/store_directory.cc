// Small files, written whole: a temporary one, synced, renamed.
#include "connectors/rocksdb/store_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <sstream>

namespace subledger {
namespace {

namespace fs = std::filesystem;

constexpr const char* label_name = "STORE";
constexpr const char* rebuild = "; delete the directory and it will be rebuilt from the log";

tl::unexpected<Fault> system_fault(const std::string& path, const char* what, int error) {
  return unreachable(
      "store " + path + ": " + what + ": " + std::strerror(error) +
      (error == ENOSPC ? "; free some space on its disk" : "; check the path and its permissions"));
}

/// Closes at the end of the scope.
class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Result<void> sync_directory(const std::string& directory) {
  const File file(directory, O_RDONLY | O_DIRECTORY);
  if (file.descriptor() < 0 || ::fsync(file.descriptor()) != 0) {
    return system_fault(directory, "cannot sync the directory", errno);
  }
  return {};
}

Result<void> make_directories(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return system_fault(directory, "cannot make the directory", error.value());
  return {};
}

/// The file is there whole or not at all, also after a loss of power.
Result<void> write_file(const std::string& directory, const std::string& name, const std::string& text) {
  const std::string path = directory + "/" + name;
  const std::string temporary = path + ".new";
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    const auto size = static_cast<ssize_t>(text.size());
    if (file.descriptor() < 0 || ::write(file.descriptor(), text.data(), text.size()) != size ||
        ::fsync(file.descriptor()) != 0) {
      return system_fault(temporary, "cannot write the file", errno);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return system_fault(path, "cannot write the file", errno);
  return sync_directory(directory);
}

/// nullopt: no such file.
Result<std::optional<std::string>> read_file(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return system_fault(path, "cannot read the file", errno);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<int32_t> number_in(std::string_view text) {
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string format_label(const StoreLabel& label) {
  return "subledger-store " + std::to_string(label.format) + "\nlog " + label.log_identity + "\npartitions " +
         std::to_string(label.partitions) + "\npartition " + std::to_string(label.partition) + "\n" +
         (label.replay.empty() ? "" : "replay " + label.replay + "\n");
}

/// The rest of the line after `word` and a space; nullopt: the line is another.
std::optional<std::string> take_line(std::istringstream& lines, std::string_view word) {
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with(word) || line.size() <= word.size() + 1)
    return std::nullopt;
  return line.substr(word.size() + 1);
}

Result<StoreLabel> parse_label(const std::string& text, const std::string& path) {
  std::istringstream lines(text);
  const std::optional<std::string> version = take_line(lines, "subledger-store");
  const std::optional<int32_t> format = version ? number_in(*version) : std::nullopt;
  if (!format) return unreachable("store " + path + ": its label is damaged" + rebuild);
  if (*format != store_format) {
    return unreachable(
        "store " + path + " has format " + std::to_string(*format) + ", this program knows format " +
        std::to_string(store_format) +
        "; use the program that wrote it, or delete the directory to have it rebuilt from the log");
  }
  const std::optional<std::string> log = take_line(lines, "log");
  const std::optional<std::string> partitions = take_line(lines, "partitions");
  const std::optional<std::string> partition = take_line(lines, "partition");
  const std::optional<int32_t> count = partitions ? number_in(*partitions) : std::nullopt;
  const std::optional<int32_t> number = partition ? number_in(*partition) : std::nullopt;
  if (!log || !count || !number) return unreachable("store " + path + ": its label is damaged" + rebuild);
  const std::optional<std::string> replay = take_line(lines, "replay");
  return StoreLabel{*format, *log, *count, *number, replay.value_or("")};
}

Result<void> compare_labels(const StoreLabel& found, const StoreLabel& wanted, const std::string& path) {
  const std::string todo =
      "; name another directory with --store, or delete this one to have it rebuilt from the log";
  if (found.log_identity != wanted.log_identity) {
    return unreachable("store " + path + " belongs to another log (" + found.log_identity + ", not " +
                       wanted.log_identity + ")" + todo);
  }
  if (found.partitions != wanted.partitions) {
    return unreachable(
        "store " + path + " was made for a log of " + std::to_string(found.partitions) +
        " partitions, this one has " + std::to_string(wanted.partitions) +
        ": their number is part of the state and never changes; make topics of that number, or "
        "name another directory with --store for a log that begins anew");
  }
  if (found.partition != wanted.partition) {
    return unreachable("store " + path + " is the one of partition " + std::to_string(found.partition) +
                       ", not " + std::to_string(wanted.partition) + todo);
  }
  if (found.replay == wanted.replay || (wanted.replay.empty() && found.replay == plain_replay)) return {};
  if (found.replay.empty()) {
    return unreachable("store " + path + " is an engine's own; a replay needs another directory");
  }
  return unreachable("store " + path + " is a replay (" + found.replay + ")" +
                     (wanted.replay.empty() ? ", which the engine cannot go on from"
                                            : ", not the one asked for (" + wanted.replay + ")") +
                     "; name another directory");
}

std::string random_name() {
  std::random_device random;
  char text[9];
  std::snprintf(text, sizeof text, "%08x", random());
  return text;
}

}  // namespace

std::string store_path(const std::string& directory, int32_t partition) {
  char name[32];
  std::snprintf(name, sizeof name, "/partition-%04d", partition);
  return directory + name;
}

Result<StoreLabel> read_label(const std::string& directory, int32_t partition) {
  const std::string path = store_path(directory, partition);
  const Result<std::optional<std::string>> text = read_file(path + "/" + label_name);
  if (!text) return tl::unexpected<Fault>(text.error());
  if (!*text) return unreachable("no store of partition " + std::to_string(partition) + " at " + path);
  Result<StoreLabel> label = parse_label(**text, path);
  if (label && label->partition != partition) {
    return unreachable("store " + path + " is the one of partition " + std::to_string(label->partition) +
                       rebuild);
  }
  return label;
}

Result<void> claim_store(const std::string& directory, const StoreLabel& label) {
  const std::string path = store_path(directory, label.partition);
  if (Result<void> made = make_directories(path); !made) return made;
  const Result<std::optional<std::string>> text = read_file(path + "/" + label_name);
  if (!text) return tl::unexpected<Fault>(text.error());
  if (*text) {
    const Result<StoreLabel> found = parse_label(**text, path);
    if (!found) return tl::unexpected<Fault>(found.error());
    const Result<void> same = compare_labels(*found, label, path);
    if (!same || found->replay == label.replay) return same;
    return write_file(path, label_name, format_label(label));
  }
  std::error_code error;
  if (fs::exists(path + "/CURRENT", error)) {
    return unreachable("store " + path +
                       " holds a database without a label of this program; name another directory");
  }
  return write_file(path, label_name, format_label(label));
}

Result<StoreDirectory> read_store_directory(const std::string& directory) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) return system_fault(directory, "cannot read the directory", error.value());
  StoreDirectory stores;
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    constexpr std::string_view prefix = "partition-";
    const std::optional<int32_t> partition =
        name.starts_with(prefix) ? number_in(std::string_view(name).substr(prefix.size())) : std::nullopt;
    if (!partition || !fs::exists(entries->path() / label_name, error)) continue;
    const Result<StoreLabel> label = read_label(directory, *partition);
    if (!label) return tl::unexpected<Fault>(label.error());
    const std::string replay = label->replay == plain_replay ? "" : label->replay;
    if (!stores.present.empty() && (stores.log_identity != label->log_identity ||
                                    stores.partitions != label->partitions || stores.replay != replay)) {
      return unreachable("store " + directory +
                         " holds partitions of different logs or replays; name another directory");
    }
    stores.log_identity = label->log_identity;
    stores.partitions = label->partitions;
    stores.replay = replay;
    stores.present.push_back(*partition);
  }
  if (stores.present.empty()) {
    return unreachable("no store at " + directory + "; `subledger run --store " + directory + "` makes one");
  }
  std::ranges::sort(stores.present);
  return stores;
}

bool has_instance(const std::string& directory) {
  std::error_code ignored;
  return fs::exists(directory + "/instance", ignored);
}

Result<std::string> instance_name(const std::string& directory) {
  if (const Result<void> made = make_directories(directory); !made)
    return tl::unexpected<Fault>(made.error());
  const std::string path = directory + "/instance";
  const Result<std::optional<std::string>> text = read_file(path);
  if (!text) return tl::unexpected<Fault>(text.error());
  if (*text) {
    const std::string name = (*text)->substr(0, (*text)->find('\n'));
    if (!name.empty()) return name;
    return unreachable("store " + directory + ": the file " + path + " is empty; delete it");
  }
  const std::string name = random_name();
  const Result<void> written = write_file(directory, "instance", name + "\n");
  if (!written) return tl::unexpected<Fault>(written.error());
  return name;
}

}  // namespace subledger
