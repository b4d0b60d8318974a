// The checks of the contract of logs.
#include "tests/connectors/log_contract.h"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>
#include <thread>

namespace subledger::test {

void Listener::assigned(std::span<const int32_t> partitions) {
  for (const int32_t partition : partitions) {
    now.push_back(partition);
    must(source_.seek(partition, start_));
  }
}

void Listener::revoked(std::span<const int32_t> partitions) {
  all_revoked.insert(all_revoked.end(), partitions.begin(), partitions.end());
  drop(partitions);
}

void Listener::unreadable(int32_t partition, const Fault& why) {
  BOOST_ERROR("partition " << partition << " cannot be read: " << why.message);
}

void Listener::lost(std::span<const int32_t> partitions) {
  all_lost.insert(all_lost.end(), partitions.begin(), partitions.end());
  drop(partitions);
}

void Listener::drop(std::span<const int32_t> partitions) {
  for (const int32_t partition : partitions) std::erase(now, partition);
}

template <class T>
T must(Result<T> result) {
  BOOST_REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return std::move(*result);
}

template int32_t must(Result<int32_t>);
template std::string must(Result<std::string>);
template std::unique_ptr<ReaderPort> must(Result<std::unique_ptr<ReaderPort>>);
template std::unique_ptr<WriterPort> must(Result<std::unique_ptr<WriterPort>>);
template std::unique_ptr<Log> must(Result<std::unique_ptr<Log>>);
template std::span<const LogRecord> must(Result<std::span<const LogRecord>>);
template Committed must(Result<Committed>);
template OffsetRange must(Result<OffsetRange>);

void must(Result<void> result) { BOOST_REQUIRE_MESSAGE(result.has_value(), result.error().message); }

void must(const StepResult& result) {
  BOOST_REQUIRE_MESSAGE(result.outcome == StepOutcome::done, result.message);
}

LanePorts lane_of(Log& log, const std::string& instance, int lane, int lanes) {
  return must(log.open_lane({"subledger", instance, lane, lanes}));
}

void append_event(Log& log, int32_t partition, std::string_view value) {
  const auto writer = must(log.open_writer(false));
  must(writer->append({Topic::events, partition, {}, "key", value, {}}));
  must(writer->flush());
}

NewRecord charge(int32_t partition, std::string_view value) {
  return {Topic::charges, partition, Timestamp{1'000'000}, "key", value, {}};
}

namespace {

template <class Port>
Seen copy(Port& port, const LogRecord& record) {
  Seen seen{record.partition, record.offset, record.recorded_at.micros, {}, {}, {}};
  if (record.key) seen.key.emplace(*record.key);
  if (record.value) seen.value.emplace(*record.value);
  for (const Header& header : port.headers(record)) {
    seen.headers.emplace_back(std::string(header.name),
                              header.value ? std::optional<std::string>(*header.value) : std::nullopt);
  }
  return seen;
}

/// Polls until everything below the ends of the listener's partitions has come.
std::vector<Seen> drain(SourcePort& source, Listener& listener, std::size_t records_max = 100) {
  std::vector<Seen> seen;
  while (true) {
    for (const LogRecord& record : must(source.poll(0, records_max, listener)))
      seen.push_back(copy(source, record));
    const bool done = std::ranges::all_of(
        listener.now, [&](int32_t p) { return source.passed(p, must(source.range(p)).end); });
    if (done) return seen;
  }
}

StepOutcome commit_one(TransactionPort& transactions, int32_t partition, int64_t position,
                       std::string_view value) {
  must(transactions.begin());
  const StepResult produced = transactions.produce(charge(partition, value));
  if (produced.outcome != StepOutcome::done) return produced.outcome;
  const std::array updates{PositionUpdate{partition, position, "note " + std::to_string(position)}};
  return transactions.commit(updates).outcome;
}

}  // namespace

std::vector<Seen> read_all(Log& log, Topic topic, int32_t partition) {
  const auto reader = must(log.open_reader(topic));
  const OffsetRange range = must(reader->range(topic, partition));
  must(reader->seek(topic, partition, range.first));
  std::vector<Seen> seen;
  while (!reader->passed(partition, range.end)) {
    for (const LogRecord& record : must(reader->poll(0, 1'000))) seen.push_back(copy(*reader, record));
  }
  return seen;
}

std::vector<std::string> values_of(const std::vector<Seen>& records) {
  std::vector<std::string> values;
  for (const Seen& record : records) values.push_back(record.value.value_or("(null)"));
  return values;
}

/// Keys, values and headers come back as they were, null apart from empty; offsets count from 0.
void check_append_and_read(LogBench& bench) {
  Log& log = bench.open_run();
  const std::string binary("\0\xff\n", 3);
  const std::array headers{Header{"one", "1"}, Header{"one", ""}, Header{"null", std::nullopt},
                           Header{"", binary}};
  const auto writer = must(log.open_writer(false));
  must(writer->append({Topic::events, 2, {}, "79161234567", binary, headers}));
  must(writer->append({Topic::events, 2, {}, std::nullopt, std::nullopt, {}}));
  must(writer->append({Topic::events, 2, {}, std::string_view{}, std::string_view{}, {}}));
  must(writer->append({Topic::events, 1, {}, "other", "partition", {}}));
  must(writer->flush());
  const std::vector<Seen> seen = read_all(log, Topic::events, 2);
  BOOST_REQUIRE_EQUAL(seen.size(), 3U);
  const int64_t now = bench.now_ms * 1'000;
  const Seen first{
      2, 0, now, "79161234567", binary, {{"one", "1"}, {"one", ""}, {"null", std::nullopt}, {"", binary}}};
  BOOST_TEST((seen[0] == first));
  BOOST_TEST((seen[1] == Seen{2, 1, now, std::nullopt, std::nullopt, {}}));
  BOOST_TEST((seen[2] == Seen{2, 2, now, "", "", {}}));
  BOOST_TEST(read_all(log, Topic::events, 1).size() == 1U);
  BOOST_TEST(read_all(log, Topic::events, 0).empty());
  BOOST_TEST(read_all(log, Topic::charges, 2).empty());
}

void check_recorded_time_never_falls(LogBench& bench) {
  Log& log = bench.open_run();
  const int64_t start = bench.now_ms;
  append_event(log, 0, "first");
  bench.now_ms = start - 60'000;
  append_event(log, 0, "clock set back");
  append_event(log, 1, "another partition");
  bench.now_ms = start + 1;
  append_event(log, 0, "clock goes on");
  const std::vector<Seen> seen = read_all(log, Topic::events, 0);
  BOOST_REQUIRE_EQUAL(seen.size(), 3U);
  BOOST_TEST(seen[0].micros == start * 1'000);
  BOOST_TEST(seen[1].micros == start * 1'000);
  BOOST_TEST(seen[2].micros == (start + 1) * 1'000);
  BOOST_TEST(read_all(log, Topic::events, 1).at(0).micros == (start - 60'000) * 1'000);
}

/// Outputs have the time they were given, also when it falls.
void check_output_time_is_kept(LogBench& bench) {
  Log& log = bench.open_run();
  const auto writer = must(log.open_writer(true));
  for (const int64_t micros : {1'700'000'000'000'000, 1'400'000'000'123'000, int64_t{-1'000}}) {
    must(writer->append({Topic::access, 0, Timestamp{micros}, "k", "v", {}}));
  }
  must(writer->flush());
  const std::vector<Seen> seen = read_all(log, Topic::access, 0);
  BOOST_REQUIRE_EQUAL(seen.size(), 3U);
  BOOST_TEST(seen[0].micros == 1'700'000'000'000'000);
  BOOST_TEST(seen[1].micros == 1'400'000'000'123'000);
  BOOST_TEST(seen[2].micros == -1'000);
}

void check_atomic_writer(LogBench& bench) {
  Log& log = bench.open_run();
  {
    const auto dropped = must(log.open_writer(true));
    must(dropped->append({Topic::events, 0, {}, "k", "never flushed", {}}));
  }
  const auto writer = must(log.open_writer(true));
  for (int32_t p = 0; p < bench_partitions; ++p) must(writer->append({Topic::events, p, {}, "k", "v", {}}));
  for (int32_t p = 0; p < bench_partitions; ++p) BOOST_TEST(read_all(log, Topic::events, p).empty());
  must(writer->flush());
  for (int32_t p = 0; p < bench_partitions; ++p) BOOST_TEST(read_all(log, Topic::events, p).size() == 1U);
  must(writer->flush());
  BOOST_TEST(read_all(log, Topic::events, 0).size() == 1U);
}

/// Outputs and positions appear together, at the commit.
void check_transaction(LogBench& bench) {
  Log& log = bench.open_run();
  const LanePorts lane = lane_of(log, "a");
  must(lane.transactions->reset());
  must(lane.transactions->begin());
  {
    std::string volatile_bytes = "charge";
    must(lane.transactions->produce(charge(1, volatile_bytes)));
    volatile_bytes = "scratch";
  }
  const std::array headers{Header{"output-sequence", "1"}};
  must(lane.transactions->produce({Topic::rejects, 3, Timestamp{5'000}, std::nullopt, "reject", headers}));
  BOOST_TEST(read_all(log, Topic::charges, 1).empty());
  BOOST_TEST(!must(lane.transactions->committed(1)).position);
  const std::array updates{PositionUpdate{1, 10, "digest=ab"}, PositionUpdate{3, 20, ""}};
  must(lane.transactions->commit(updates));
  BOOST_TEST(values_of(read_all(log, Topic::charges, 1)) == std::vector<std::string>{"charge"},
             boost::test_tools::per_element());
  const std::vector<Seen> rejects = read_all(log, Topic::rejects, 3);
  BOOST_REQUIRE_EQUAL(rejects.size(), 1U);
  BOOST_TEST(
      (rejects[0] == Seen{3, rejects[0].offset, 5'000, std::nullopt, "reject", {{"output-sequence", "1"}}}));
  BOOST_TEST(must(lane.transactions->committed(1)).position.value() == 10);
  BOOST_TEST(must(lane.transactions->committed(1)).metadata == "digest=ab");
  BOOST_TEST(must(lane.transactions->committed(3)).position.value() == 20);
}

void check_abort(LogBench& bench) {
  Log& log = bench.open_run();
  const LanePorts lane = lane_of(log, "a");
  must(lane.transactions->reset());
  must(lane.transactions->begin());
  must(lane.transactions->produce(charge(0, "aborted")));
  must(lane.transactions->abort());
  must(lane.transactions->abort());
  must(lane.transactions->begin());
  must(lane.transactions->produce(charge(0, "dropped by reset")));
  must(lane.transactions->reset());
  BOOST_TEST((commit_one(*lane.transactions, 0, 1, "committed") == StepOutcome::done));
  BOOST_TEST(values_of(read_all(log, Topic::charges, 0)) == std::vector<std::string>{"committed"},
             boost::test_tools::per_element());
}

/// A second run under the same name takes over: every later step of the first is fenced, nothing of it
/// appears.
void check_fencing(LogBench& bench) {
  Log& log = bench.open_run();
  const LanePorts first = lane_of(log, "a");
  must(first.transactions->reset());
  BOOST_TEST((commit_one(*first.transactions, 0, 1, "first") == StepOutcome::done));
  must(first.transactions->begin());
  must(first.transactions->produce(charge(0, "fenced")));
  const LanePorts second = lane_of(bench.open_run(), "a");
  must(second.transactions->reset());
  BOOST_TEST(must(second.transactions->committed(0)).position.value() == 1);
  const std::array updates{PositionUpdate{0, 2, ""}};
  const StepResult late = first.transactions->commit(updates);
  BOOST_TEST((late.outcome == StepOutcome::fenced));
  BOOST_TEST(late.message.find("took over") != std::string::npos);
  BOOST_TEST((first.transactions->begin().outcome != StepOutcome::done));
  BOOST_TEST((commit_one(*second.transactions, 0, 2, "second") == StepOutcome::done));
  BOOST_TEST(values_of(read_all(log, Topic::charges, 0)) == (std::vector<std::string>{"first", "second"}),
             boost::test_tools::per_element());
}

/// The newer run has done nothing yet but `reset`: that is enough.
void check_fencing_before_commit(LogBench& bench) {
  Log& log = bench.open_run();
  const LanePorts first = lane_of(log, "a");
  must(first.transactions->reset());
  const LanePorts second = lane_of(log, "a");
  must(second.transactions->reset());
  BOOST_TEST((first.transactions->begin().outcome == StepOutcome::fenced));
  BOOST_TEST((commit_one(*second.transactions, 0, 1, "second") == StepOutcome::done));
}

void check_positions(LogBench& bench) {
  Log& log = bench.open_run();
  const LanePorts lane = lane_of(log, "a");
  const LanePorts other = must(log.open_lane({"another group", "b", 0, 1}));
  must(lane.transactions->reset());
  must(other.transactions->reset());
  const std::string note(4'000, 'n');
  must(lane.transactions->begin());
  const std::array updates{PositionUpdate{0, 7, note}};
  must(lane.transactions->commit(updates));
  BOOST_TEST(must(lane.transactions->committed(0)).metadata == note);
  BOOST_TEST(!must(lane.transactions->committed(1)).position);
  BOOST_TEST(!must(other.transactions->committed(0)).position);
  BOOST_TEST(must(log.position_of("subledger", 0)).position.value() == 7);
  BOOST_TEST(must(log.position_of("subledger", 0)).metadata == note);
  BOOST_TEST(!must(log.position_of("subledger", 1)).position);
  BOOST_TEST(!must(log.position_of("another group", 0)).position);
  must(lane.transactions->begin());
  const std::array too_long{PositionUpdate{0, 8, note + "n"}};
  BOOST_TEST((lane.transactions->commit(too_long).outcome == StepOutcome::fault));
  BOOST_TEST(must(lane.transactions->committed(0)).position.value() == 7);
}

void check_steps_out_of_turn(LogBench& bench) {
  Log& log = bench.open_run();
  const LanePorts lane = lane_of(log, "a");
  BOOST_TEST((lane.transactions->begin().outcome == StepOutcome::fault));
  must(lane.transactions->reset());
  BOOST_TEST((lane.transactions->produce(charge(0, "outside")).outcome == StepOutcome::fault));
  BOOST_TEST((lane.transactions->commit({}).outcome == StepOutcome::fault));
  must(lane.transactions->begin());
  BOOST_TEST((lane.transactions->begin().outcome == StepOutcome::fault));
  BOOST_TEST((commit_one(*lane.transactions, 0, 1, "goes on") == StepOutcome::done));
  BOOST_TEST(read_all(log, Topic::charges, 0).size() == 1U);
}

void check_lanes_share_partitions(LogBench& bench) {
  Log& log = bench.open_run();
  for (int32_t p = 0; p < bench_partitions; ++p) append_event(log, p, "of " + std::to_string(p));
  std::set<std::string> values;
  for (int lane = 0; lane < 3; ++lane) {
    const LanePorts ports = lane_of(log, "a", lane, 3);
    Listener listener(*ports.source);
    for (const Seen& record : drain(*ports.source, listener)) {
      BOOST_TEST(record.partition % 3 == lane);
      BOOST_TEST(values.insert(*record.value).second);
    }
    for (const int32_t partition : listener.now) BOOST_TEST(partition % 3 == lane);
  }
  BOOST_TEST(values.size() == static_cast<std::size_t>(bench_partitions));
}

void check_seek_and_limits(LogBench& bench) {
  Log& log = bench.open_run();
  const auto writer = must(log.open_writer(false));
  for (int i = 0; i < 25; ++i) {
    must(writer->append({Topic::events, i % 2, {}, "k", std::to_string(i), {}}));
  }
  must(writer->flush());
  const LanePorts lane = lane_of(log, "a");
  Listener listener(*lane.source);
  BOOST_TEST(!lane.source->seek(0, 0).has_value());  // not assigned yet
  std::vector<int64_t> next(bench_partitions, 0);
  std::size_t total = 0;
  while (total < 25) {
    const auto records = must(lane.source->poll(0, 4, listener));
    BOOST_TEST(records.size() <= 4U);
    for (const LogRecord& record : records) {
      BOOST_TEST(record.offset == next.at(static_cast<std::size_t>(record.partition))++);
      BOOST_TEST(std::string(*record.value) == std::to_string(record.offset * 2 + record.partition));
    }
    total += records.size();
  }
  BOOST_TEST(must(lane.source->poll(0, 4, listener)).empty());
  must(lane.source->seek(1, 10));
  const auto again = must(lane.source->poll(0, 100, listener));
  BOOST_REQUIRE_EQUAL(again.size(), 2U);
  BOOST_TEST(std::string(*again[0].value) == "21");
  BOOST_TEST(std::string(*again[1].value) == "23");
}

void check_passed(LogBench& bench) {
  Log& log = bench.open_run();
  append_event(log, 0, "a");
  append_event(log, 0, "b");
  const LanePorts lane = lane_of(log, "a");
  Listener listener(*lane.source);
  BOOST_TEST(!lane.source->passed(0, 0));  // nothing was sought yet
  must(lane.source->poll(0, 1, listener));
  must(lane.source->seek(0, 0));
  const OffsetRange range = must(lane.source->range(0));
  BOOST_TEST(range.first == 0);
  BOOST_TEST(lane.source->passed(0, 0));
  BOOST_TEST(!lane.source->passed(0, range.end));
  must(lane.source->poll(0, 1, listener));
  BOOST_TEST(!lane.source->passed(0, range.end));
  must(lane.source->poll(0, 1, listener));
  BOOST_TEST(lane.source->passed(0, range.end));
  BOOST_TEST(!lane.source->passed(0, range.end + 1));
  BOOST_TEST(lane.source->passed(1, must(lane.source->range(1)).end));
}

/// A poll with a long time-out ends as soon as another thread appends.
void check_poll_wakes(LogBench& bench) {
  Log& log = bench.open_run();
  const auto reader = must(log.open_reader(Topic::events));
  must(reader->seek(Topic::events, 0, 0));
  std::thread writer([&log] { append_event(log, 0, "woken"); });
  const auto started = std::chrono::steady_clock::now();
  const auto records = reader->poll(60'000, 10);
  writer.join();
  BOOST_TEST(must(records).size() == 1U);
  BOOST_TEST((std::chrono::steady_clock::now() - started < std::chrono::seconds(30)));
}

void check_creation(LogBench& bench) {
  Log& log = bench.open_run();
  append_event(log, 0, "stays");
  must(log.create_topics(bench_partitions));
  const Result<void> other = log.create_topics(bench_partitions + 1);
  BOOST_TEST(!other.has_value());
  BOOST_TEST(must(log.partitions()) == bench_partitions);
  BOOST_TEST(!must(log.identity()).empty());
  BOOST_TEST(must(log.identity()) == must(bench.open_run().identity()));
  BOOST_TEST(read_all(log, Topic::events, 0).size() == 1U);
}

void check_no_such_partition(LogBench& bench) {
  Log& log = bench.open_run();
  const auto writer = must(log.open_writer(false));
  for (const int32_t partition : {-1, bench_partitions}) {
    BOOST_TEST(!writer->append({Topic::events, partition, {}, "k", "v", {}}).has_value());
    const auto reader = must(log.open_reader(Topic::events));
    BOOST_TEST(!reader->seek(Topic::events, partition, 0).has_value());
    BOOST_TEST(!reader->range(Topic::events, partition).has_value());
    const LanePorts lane = lane_of(log, "a");
    must(lane.transactions->reset());
    must(lane.transactions->begin());
    BOOST_TEST((lane.transactions->produce(charge(partition, "v")).outcome == StepOutcome::fault));
  }
}

/// Lanes of one run are threads: each commits its own partitions, none fences another.
void check_lanes_commit_at_once(LogBench& bench) {
  Log& log = bench.open_run();
  constexpr int64_t commits = 50;
  std::vector<LanePorts> lanes;
  std::vector<std::thread> threads;
  std::vector<int64_t> done(bench_partitions, 0);
  for (int lane = 0; lane < bench_partitions; ++lane)
    lanes.push_back(lane_of(log, "a", lane, bench_partitions));
  for (int lane = 0; lane < bench_partitions; ++lane) {
    threads.emplace_back([&, lane] {
      TransactionPort& transactions = *lanes[static_cast<std::size_t>(lane)].transactions;
      if (!transactions.reset()) return;
      for (int64_t i = 1; i <= commits; ++i) {
        const std::array updates{PositionUpdate{lane, i, ""}};
        if (transactions.begin().outcome != StepOutcome::done) return;
        if (transactions.produce(charge(lane, std::to_string(i))).outcome != StepOutcome::done) return;
        if (transactions.commit(updates).outcome != StepOutcome::done) return;
        ++done[static_cast<std::size_t>(lane)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int32_t p = 0; p < bench_partitions; ++p) {
    BOOST_TEST(done[static_cast<std::size_t>(p)] == commits);
    const std::vector<std::string> values = values_of(read_all(log, Topic::charges, p));
    BOOST_REQUIRE_EQUAL(values.size(), static_cast<std::size_t>(commits));
    for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST(values[i] == std::to_string(i + 1));
  }
}

}  // namespace subledger::test
