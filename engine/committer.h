// Commits a lane's chunks one after another on a thread of its own, so that the lane applies the next chunk
// meanwhile; or, for tests that want one thread, within `submit`.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/commit.h"

namespace subledger {

/// At most one chunk is under way. While none is, the lane may use the log's transaction port itself.
class Committer {
 public:
  /// `log` outlives the committer.
  Committer(TransactionPort& log, CommitPolicy policy, bool threaded);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Requires idle().
  void submit(std::unique_ptr<OutgoingChunk> chunk);
  bool idle() const { return !under_way_; }

  struct Finished {
    std::unique_ptr<OutgoingChunk> chunk;
    CommitResult result;
  };
  /// The chunk under way, if it is finished; waits up to `timeout_ms` (< 0: until it is). nullopt: not yet,
  /// or idle.
  std::optional<Finished> take(int timeout_ms);

 private:
  void work();

  TransactionPort& log_;
  CommitPolicy policy_;
  bool threaded_;
  bool under_way_ = false;  // of the lane's thread only
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<OutgoingChunk> waiting_;  // guarded by mutex_, as all below
  std::optional<Finished> finished_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace subledger
