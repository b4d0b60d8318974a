// What the commands that replay a log share: the words that vary a replay, and its progress.
#pragma once

#include <string>
#include <vector>

#include "connectors/rocksdb/rocksdb_store.h"
#include "engine/replay.h"
#include "ops/catalog_document.h"
#include "ops/command.h"
#include "ops/progress.h"

namespace subledger::ops {

/// The log of a call, opened, with what stores of it are made for.
struct ReplayedLog {
  std::unique_ptr<Log> log;
  std::string identity;
  int32_t partitions = 0;

  /// For stores of it in this directory.
  RocksdbStoreOptions stores_in(const std::string& directory) const;
};
Attempt<ReplayedLog> open_replayed_log(const Configuration& configuration);

/// The catalogs of the option --catalog. Wrong usage: one that does not check.
Attempt<std::vector<CatalogDocument>> catalogs_of(const Invocation& call);

/// By the options --subscriber and --catalog, in the words of a store's label.
struct NamedVariation {
  ReplayVariation variation;
  std::string name;
};
Attempt<NamedVariation> variation_of(const Invocation& call);

class ReplayProgress : public ReplayObserver {
 public:
  explicit ReplayProgress(std::string verb) : progress_(std::move(verb), "record") {}

  void backlog(int32_t, uint64_t records) override { progress_.add_total(records); }
  void replayed(int32_t, uint64_t records) override { progress_.add(records); }
  const Progress& progress() const { return progress_; }

 private:
  Progress progress_;
};

}  // namespace subledger::ops
