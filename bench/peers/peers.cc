// What the peers' charges must be, and what they are on a topic.
#include <memory_resource>
#include <unordered_map>
#include <vector>

#include "bench/benches.h"
#include "bench/peers/rule.h"

namespace subledger::bench {

Report measure_peer_reference(const PureOptions& options) {
  Workload workload(options.workload);
  std::unordered_map<uint64_t, PeerAccount> accounts;
  std::vector<std::byte> bytes(64 * 1024);
  PeerHash hash;
  uint64_t charges = 0;
  for (uint64_t i = 0; i < options.events; ++i) {
    const WorkloadRecord& made = workload.next();
    LogRecord record;
    record.key = made.key;
    record.value = made.value;
    std::pmr::monotonic_buffer_resource scratch(bytes.data(), bytes.size());
    const auto event = read_peer_event(record, scratch);
    if (!event) continue;
    const auto charge = apply_peer_event(accounts[event->subscriber.number], *event);
    if (!charge) continue;
    const PeerChargeBytes wire = peer_charge_bytes(*charge);
    hash.add({wire.data(), wire.size()});
    ++charges;
  }
  Report report;
  report["charges"] = charges;
  report["hash"] = hash.text();
  return report;
}

Report measure_peer_charges(const LogChoice& choice) {
  const auto log = open(choice);
  const auto reader = must(log->open_reader(Topic::charges));
  PeerHash hash;
  uint64_t charges = 0;
  for (int32_t partition = 0; partition < must(log->partitions()); ++partition) {
    const OffsetRange range = must(reader->range(Topic::charges, partition));
    must(reader->seek(Topic::charges, partition, range.first));
    while (!reader->passed(partition, range.end)) {
      for (const LogRecord& record : must(reader->poll(100, 10'000))) {
        hash.add(record.value.value_or(""));
        ++charges;
      }
    }
  }
  Report report;
  report["charges"] = charges;
  report["hash"] = hash.text();
  return report;
}

}  // namespace subledger::bench
