// A made-up day of a mobile operator as wire records of the events topic: the same seed gives the same bytes
// anywhere. 90 % traffic (session and month scopes, some of it covered by grants), 5 % logins, 5 % everything
// else; 1 % of all are sent twice and 0.1 % are invalid.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/codec.h"

namespace subledger {

struct WorkloadOptions {
  uint64_t seed = 1;
  uint32_t subscribers = 100'000;
  double zipf = 0;  ///< exponent of the subscribers' popularity; 0: uniform
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
  uint64_t random();
  uint64_t below(uint64_t bound) { return random() % bound; }
  uint32_t pick_subscriber();
  EventBody pick_body(uint32_t subscriber);
  EventBody pick_rare(uint32_t subscriber);
  EventBody traffic(uint32_t subscriber);

  WorkloadOptions options_;
  uint64_t state_;
  uint64_t count_ = 0;
  std::vector<double> popularity_;  // cumulative, for zipf
  std::vector<bool> active_;
  std::string session_;
  WorkloadRecord record_;
  Encoder encoder_;
};

}  // namespace subledger
