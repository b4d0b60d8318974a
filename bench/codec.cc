// The wire form alone: events decoded, charge records encoded, as often as an engine would.
#include <memory_resource>
#include <vector>

#include "bench/benches.h"
#include "bench/memory_rows.h"
#include "events/codec.h"

namespace subledger::bench {
namespace {

constexpr std::size_t charges_max = 100'000;

std::vector<WorkloadRecord> records_of(const PureOptions& options) {
  Workload workload(options.workload);
  std::vector<WorkloadRecord> records;
  records.reserve(options.events);
  while (records.size() < options.events) records.push_back(workload.next());
  return records;
}

void measure_decode(Report& report, const std::vector<WorkloadRecord>& records) {
  std::vector<std::byte> bytes(64 * 1024);
  uint64_t decoded = 0;
  const auto begun = Clock::now();
  for (const WorkloadRecord& record : records) {
    std::pmr::monotonic_buffer_resource scratch(bytes.data(), bytes.size());
    if (decode_event(record.value, false, scratch)) ++decoded;
  }
  add_rate(report, "decode", records.size(), seconds_between(begun, Clock::now()));
  report["decoded"] = decoded;
}

void measure_encode(Report& report, const std::vector<std::string>& wire, uint64_t times) {
  std::pmr::monotonic_buffer_resource scratch;
  std::vector<ChargeRecord> charges;
  for (const std::string& bytes : wire) {
    auto charge = decode_charge(bytes, scratch);
    if (!charge) give_up("a charge record cannot be decoded: " + charge.error().detail);
    charges.push_back(*charge);
  }
  if (charges.empty()) give_up("the workload gives no charges");
  Encoder encoder;
  uint64_t sum = 0;
  const auto begun = Clock::now();
  for (uint64_t i = 0; i < times; ++i) sum += encoder.encode(charges[i % charges.size()]).size();
  add_rate(report, "encode", times, seconds_between(begun, Clock::now()));
  report["charge_bytes"] = static_cast<double>(sum) / static_cast<double>(times);
}

}  // namespace

Report measure_codec(const PureOptions& options) {
  Report report;
  const std::vector<WorkloadRecord> records = records_of(options);
  measure_decode(report, records);
  uint64_t bytes = 0;
  for (const WorkloadRecord& record : records) bytes += record.value.size();
  report["event_bytes"] = static_cast<double>(bytes) / static_cast<double>(records.size());
  measure_encode(report, charges_of(options, charges_max), options.events);
  return report;
}

}  // namespace subledger::bench
