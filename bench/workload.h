// A made-up day of a mobile operator as wire records of the events topic: the same seed gives the same bytes
// anywhere. 90 % traffic (session and month scopes, some of it covered by grants), 5 % logins, 5 % everything
// else, reversals and closings among it; 1 % of all are sent twice and 0.1 % are invalid.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/zipf.h"
#include "events/codec.h"

namespace subledger {

struct WorkloadOptions {
  uint64_t seed = 1;
  uint32_t subscribers = 100'000;
  double zipf = 0;            ///< exponent of the subscribers' popularity; 0: uniform
  bool charged_only = false;  ///< nothing but traffic: each event gives exactly one charge
  bool enrol = false;         ///< first of all an activation of every subscriber
};

struct WorkloadRecord {
  std::string key;
  std::string value;
};

/// The price book that the workload is rated by.
std::string workload_catalog();

class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);

  /// The catalog's record, which goes to each partition first.
  WorkloadRecord catalog();
  /// The next event of the seeded sequence.
  const WorkloadRecord& next();

 private:
  /// An event that a later one may reverse.
  struct Past {
    uint32_t subscriber = 0;
    Uuid event;
  };
  /// What an event says, and of whom.
  struct Draft {
    uint32_t subscriber = 0;
    EventBody body;
  };

  uint64_t random();
  uint64_t below(uint64_t bound) { return random() % bound; }
  uint32_t pick_subscriber();
  Draft draft();
  bool enrolling() const { return options_.enrol && count_ <= options_.subscribers; }
  Draft rare(uint32_t subscriber);
  EventBody granted_or_paid();
  EventBody traffic(uint32_t subscriber);

  WorkloadOptions options_;
  uint64_t state_;
  uint64_t count_ = 0;
  std::optional<Zipf> popularity_;
  std::array<Past, 256> past_{};  // traffic of late
  uint64_t past_count_ = 0;
  std::string session_;
  WorkloadRecord record_;
  Encoder encoder_;
};

}  // namespace subledger
