// Runs the engine over an in-memory log and prints what it emitted: the fold and the engine as they ship,
// without a broker or a disk. Input is NDJSON events, catalog_published among them, in log order.
//
//   memory_run LOG.ndjson OUT_DIR [--partitions N] [--lanes N] [--chunk N] [--restart-every RECORDS] [--gaps]
//
// Writes charges.ndjson, access.ndjson and rejects.ndjson (partition by partition) and digest.ndjson to
// OUT_DIR. With
// --restart-every the store crashes and the engine starts again after so many records each time.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/meta.h"
#include "events/json.h"
#include "events/partitioner.h"
#include "tests/support/memory_log.h"
#include "tests/support/memory_store.h"

namespace subledger {
namespace {

struct Arguments {
  std::string log;
  std::string out;
  int32_t partitions = 1;
  int lanes = 1;
  std::size_t chunk = 10'000;
  std::size_t restart_every = 0;
  bool gaps = false;
};

class Silent : public EngineObserver {
 public:
  void partition_ready(int32_t, int64_t, int64_t) override {}
  void partition_released(int32_t) override {}
  void partition_stopped(int32_t partition, const Fault& why) override {
    std::fprintf(stderr, "partition %d stopped: %s\n", partition, why.message.c_str());
  }
  void position_found(int32_t, int64_t) override {}
  void waiting(int, const std::string& why) override { std::fprintf(stderr, "waiting: %s\n", why.c_str()); }
  void chunk_committed(int, uint64_t, uint64_t) override {}
  void backlog(int32_t, int64_t) override {}
  void replayed(int32_t, uint64_t) override {}
};

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

template <class Value>
Value must(Result<Value> result) {
  if (!result) fail(result.error().message);
  return *std::move(result);
}

Arguments parse(int count, char** values) {
  Arguments arguments;
  std::vector<std::string> plain;
  const auto number = [&](int i) {
    if (i >= count) fail("a number is missing");
    int value = 0;
    std::from_chars(values[i], values[i] + std::strlen(values[i]), value);
    return value;
  };
  for (int i = 1; i < count; ++i) {
    const std::string_view word = values[i];
    if (word == "--partitions") {
      arguments.partitions = number(++i);
    } else if (word == "--lanes") {
      arguments.lanes = number(++i);
    } else if (word == "--chunk") {
      arguments.chunk = static_cast<std::size_t>(number(++i));
    } else if (word == "--restart-every") {
      arguments.restart_every = static_cast<std::size_t>(number(++i));
    } else if (word == "--gaps") {
      arguments.gaps = true;
    } else {
      plain.emplace_back(word);
    }
  }
  if (plain.size() != 2) fail("usage: memory_run LOG.ndjson OUT_DIR [options]");
  arguments.log = plain[0];
  arguments.out = plain[1];
  return arguments;
}

/// Appends an event to its partition, a catalog to each.
void append(WriterPort& writer, const Event& event, int32_t partitions) {
  Encoder encoder;
  const std::string value(encoder.encode(event));
  const bool is_catalog = std::holds_alternative<CatalogPublished>(event.body);
  const std::string_view key = is_catalog ? catalog_key : event.subscriber;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    if (!is_catalog && partition != partition_of(key, partitions)) continue;
    NewRecord record;
    record.topic = Topic::events;
    record.partition = partition;
    record.key = key;
    record.value = value;
    if (auto appended = writer.append(record); !appended) fail(appended.error().message);
  }
}

void run_once(MemoryLog& log, MemoryStoreFactory& stores, const Arguments& arguments) {
  EngineOptions options;
  options.instance = "test";
  options.lanes = arguments.lanes;
  options.chunk_records = arguments.chunk;
  options.persist_bytes = 64 * 1024;
  options.until_end = true;
  Silent observer;
  const std::atomic<bool> stop{false};
  const EngineReport report = must(run_engine(log, stores, options, observer, stop));
  if (report.stopped_partitions != 0) fail("a partition stopped");
}

template <class Record>
void write_topic(const MemoryLog& log, const Arguments& arguments, Topic topic,
                 Decoded<Record> (*decode)(std::string_view, std::pmr::memory_resource&),
                 void (*append_json)(std::string&, const Record&)) {
  std::ofstream out(arguments.out + '/' + std::string(topic_name(topic)) + ".ndjson");
  for (int32_t partition = 0; partition < arguments.partitions; ++partition) {
    uint64_t sequence = 0;
    for (const MemoryRecord& record : log.records(topic, partition)) {
      std::pmr::monotonic_buffer_resource scratch;
      const auto decoded = decode(*record.value, scratch);
      if (!decoded) fail("an output record cannot be decoded: " + decoded.error().detail);
      const auto& last = record.headers.back();
      if (last.first != "output-sequence" || last.second != std::to_string(++sequence)) {
        fail("output-sequence is not dense");
      }
      std::string line;
      append_json(line, *decoded);
      out << line << '\n';
    }
  }
}

void write_digests(MemoryStoreFactory& stores, const Arguments& arguments) {
  std::ofstream out(arguments.out + "/digest.ndjson");
  for (int32_t partition = 0; partition < arguments.partitions; ++partition) {
    const auto store = must(stores.open(partition));
    const auto row = must(store->get("m"));
    const auto meta = row ? parse_meta(*row) : std::nullopt;
    if (!meta) continue;
    if (trial_balance(meta->postings) != 0) fail("the trial balance is not 0");
    const Counts& counts = meta->counts;
    if (counts.records != counts.accepted + counts.duplicates + counts.rejected) fail("counts do not add up");
    out << R"({"partition":)" << partition << R"(,"records":)" << counts.records << R"(,"accepted":)"
        << counts.accepted << R"(,"duplicates":)" << counts.duplicates << R"(,"rejected":)" << counts.rejected
        << R"(,"digest":")" << format_hash(digest_of(*meta)) << "\"}\n";
  }
}

int run(int count, char** values) {
  const Arguments arguments = parse(count, values);
  MemoryLogOptions log_options;
  log_options.partitions = arguments.partitions;
  log_options.offset_gaps = arguments.gaps;
  int64_t now_micros = 1'767'225'600'000'000;  // 2026-01-01, a millisecond a record
  log_options.now_micros = [&now_micros] { return now_micros += 1'000; };
  MemoryLog log(log_options);
  MemoryStoreFactory stores;
  const auto writer = must(log.open_writer(false));
  std::ifstream in(arguments.log);
  std::size_t records = 0;
  for (std::string line; std::getline(in, line);) {
    const auto event = parse_event_json(line);
    if (!event) fail("line " + std::to_string(records + 1) + ": " + event.error().detail);
    append(*writer, event->value, arguments.partitions);
    ++records;
    if (arguments.restart_every == 0 || records % arguments.restart_every != 0) continue;
    run_once(log, stores, arguments);
    for (int32_t partition = 0; partition < arguments.partitions; ++partition) {
      stores.disk(partition).crash(records % 3);
    }
  }
  run_once(log, stores, arguments);
  write_topic(log, arguments, Topic::charges, decode_charge, append_charge_json);
  write_topic(log, arguments, Topic::access, decode_access, append_access_json);
  write_topic(log, arguments, Topic::rejects, decode_reject, append_reject_json);
  write_digests(stores, arguments);
  return 0;
}

}  // namespace
}  // namespace subledger

int main(int count, char** values) { return subledger::run(count, values); }
