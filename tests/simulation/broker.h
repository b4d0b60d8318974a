// The model of a log's server: a group whose members own partitions, and a coordinator of transactions, over
// the topics of MemoryLog. Requests of the past arrive late, transactions complete late, what is silent for
// too long is given up. Not here: what a client makes of it (ports.h).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/schedule.h"
#include "tests/support/memory_log.h"

namespace subledger::simulation {

/// A record with its bytes, as it waits in a transaction.
struct Pending {
  Topic topic{};
  int32_t partition = 0;
  MemoryRecord record;

  NewRecord view(std::vector<Header>& headers) const;
};

/// What one transactional id has under way.
struct Transaction {
  enum class State : uint8_t { none, open, committing };

  int64_t epoch = 0;
  State state = State::none;
  int64_t begun_ms = 0;
  int64_t completes_ms = 0;  ///< when `committing`
  std::vector<Pending> records;
  std::vector<PositionUpdate> positions;
};

class Broker {
 public:
  static constexpr int64_t session_timeout_ms = 6'000;
  static constexpr int64_t transaction_timeout_ms = 15'000;

  Broker(MemoryLog& log, Schedule& schedule, Random& random, Mishaps& mishaps, int32_t partitions);

  // The group. A member is a name; of two that bear it the later one counts.
  /// Gives the incarnation by which the member is known from now on.
  int64_t join(const std::string& name, const Life& life);
  void leave(const std::string& name, int64_t incarnation);
  bool superseded(const std::string& name, int64_t incarnation) const;
  /// A member that is heard of again after it was given up.
  void rejoin(const std::string& name);
  bool owns(const std::string& name, int32_t partition) const { return shares_[at(partition)].owner == name; }
  /// Whether the member was told of the ownership that holds now, not of an earlier one.
  bool holds(const std::string& name, int32_t partition) const;
  void tell(const std::string& name, int32_t partition);
  bool leaving(int32_t partition) const {
    return shares_[at(partition)].next != shares_[at(partition)].owner;
  }
  void hand_over(int32_t partition);
  /// Another distribution; owners that are there give up in order.
  void rebalance();
  /// The group goes on without the member, which finds out later.
  void expel(const std::string& name);

  // Transactions.
  Transaction& transaction(const std::string& id) { return transactions_[id]; }
  /// The end is certain from here on; what is in it becomes visible at once or a little later.
  void commit(const std::string& id);
  void abort(const std::string& id);
  void deliver_later(const std::string& id, int64_t epoch);
  /// Whether a transaction under way may still move the partition's position.
  bool unstable(int32_t partition) const;
  /// The highest ever, including ends that are certain but not visible yet.
  int64_t certain_position(int32_t partition) const;
  bool quiet() const;

  /// What time brings: late requests, completed transactions, time-outs.
  void tick();
  int64_t next_event_ms() const;

  /// Told of each position that becomes visible.
  std::function<void(const PositionUpdate&)> on_position;
  uint64_t late_ends_that_hit = 0;

 private:
  struct Member {
    bool live = false;
    int64_t incarnation = 0;
    const Life* life = nullptr;
    int64_t seen_ms = 0;
    std::map<int32_t, int64_t> told;  ///< generations of the shares it knows to be its own
  };
  struct Share {
    std::string owner;
    std::string next;        ///< differs from `owner` while the owner has to give up
    int64_t generation = 0;  ///< counts the changes of owner
  };
  struct LateEnd {
    std::string id;
    int64_t epoch = 0;
    int64_t arrives_ms = 0;
  };

  static std::size_t at(int32_t partition) { return static_cast<std::size_t>(partition); }
  static void give(Share& share, const std::string& owner);
  void complete(Transaction& transaction);

  MemoryLog& log_;
  Schedule& schedule_;
  Random& random_;
  Mishaps& mishaps_;
  std::map<std::string, Member> members_;
  std::vector<Share> shares_;
  std::map<std::string, Transaction> transactions_;
  std::vector<int64_t> certain_positions_;
  std::vector<LateEnd> late_ends_;
  int64_t incarnations_ = 0;
};

inline constexpr const char* group_name = "subledger";

}  // namespace subledger::simulation
