// The audit finds each kind of tampering with a log's outputs, its committed positions and a store, and
// nothing where nothing was done.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "engine/audit.h"
#include "engine/rollups.h"
#include "projections/rows.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr int32_t partition = 0;

using Records = std::vector<MemoryRecord>;

/// Gives out copies of records in a topic's place. An offset that is skipped is a damaged record, as on the
/// embedded log.
class CopiesReader : public ReaderPort {
 public:
  explicit CopiesReader(const Records& records) : records_(records) {}

  Result<OffsetRange> range(Topic, int32_t) override {
    if (records_.empty()) return OffsetRange{};
    return OffsetRange{records_.front().offset, records_.back().offset + 1};
  }
  Result<void> seek(Topic, int32_t, int64_t offset) override {
    position_ = offset;
    return {};
  }
  Result<std::span<const LogRecord>> poll(int, std::size_t records_max) override {
    given_.clear();
    for (const MemoryRecord& record : records_) {
      if (record.offset < position_) continue;
      if (given_.size() == records_max) break;
      if (record.offset > position_) {
        if (given_.empty()) return failed("offset " + std::to_string(position_) + " is missing or damaged");
        break;
      }
      given_.push_back({partition, record.offset, record.timestamp, record.key, record.value, &record});
      ++position_;
    }
    return std::span<const LogRecord>(given_);
  }
  std::vector<Header> headers(const LogRecord& record) override {
    std::vector<Header> headers;
    for (const auto& [name, value] : static_cast<const MemoryRecord*>(record.token)->headers) {
      headers.push_back({name, value});
    }
    return headers;
  }
  bool passed(int32_t, int64_t end) override { return position_ >= end; }

 private:
  const Records& records_;
  int64_t position_ = 0;
  std::vector<LogRecord> given_;
};

/// The log of a world, of which one partition's outputs may be tampered with.
struct Tampered : LogView {
  explicit Tampered(World& world) : LogView(world.broker), log(world.broker) {
    for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
      outputs[topic] = log.records(topic, partition);
    }
  }
  Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) override {
    if (topic == Topic::events) return log.open_reader(topic);
    return std::make_unique<CopiesReader>(outputs.at(topic));
  }

  MemoryLog& log;
  std::map<Topic, Records> outputs;
};

/// A world that has done its work, and its audit.
struct Audited : World {
  Audited() {
    append_work();
    run_to_end();
  }

  std::vector<Finding> audit(Log& audited, AuditOptions how = {}) {
    how.partition = partition;
    how.partitions = shape.partitions;
    how.group = options.group;
    std::vector<Finding> findings;
    MemoryDisk disk;
    MemoryStore scratch(disk);
    MemoryStore store(stores.disk(partition));
    const auto done = audit_partition(audited, &store, scratch, how, {},
                                      [&](const Finding& finding) { findings.push_back(finding); });
    BOOST_REQUIRE_MESSAGE(done, done.error().message);
    BOOST_REQUIRE(*done);
    figures = **done;
    BOOST_TEST(figures.findings == findings.size());
    return findings;
  }

  AuditFigures figures;
};

/// Something was found, and all of it there.
void check_found(const std::vector<Finding>& findings, std::string_view where, std::string_view what = "") {
  BOOST_REQUIRE(!findings.empty());
  for (const Finding& finding : findings) BOOST_TEST(finding.where == where, finding.what);
  const auto says = [&](const Finding& finding) { return mentions(finding.what, what); };
  BOOST_TEST(std::ranges::any_of(findings, says), findings.front().what << " does not say " << what);
}

void renumber(Records& records) {
  for (std::size_t i = 0; i < records.size(); ++i) records[i].offset = static_cast<int64_t>(i);
}

void renumber_sequences(Records& records) {
  for (std::size_t i = 0; i < records.size(); ++i) records[i].headers.back().second = std::to_string(i + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit)

BOOST_AUTO_TEST_CASE(finds_nothing_where_nothing_was_done) {
  for (const bool gaps : {false, true}) {
    World world({.gaps = gaps});
    world.append_work();
    world.run_to_end();
    for (int32_t p = 0; p < 3; ++p) {
      MemoryDisk disk;
      MemoryStore scratch(disk);
      MemoryStore store(world.stores.disk(p));
      const AuditOptions options{p, 3, world.options.group};
      const auto done =
          audit_partition(world.broker, &store, scratch, options, {},
                          [](const Finding& finding) { BOOST_ERROR(finding.where << ": " << finding.what); });
      BOOST_REQUIRE_MESSAGE(done && *done, done.error().message);
      const AuditFigures& figures = **done;
      const Counts& counts = figures.counts;
      BOOST_TEST(figures.charges == world.broker.records(Topic::charges, p).size());
      BOOST_TEST(figures.access == world.broker.records(Topic::access, p).size());
      BOOST_TEST(figures.rejects == counts.rejected);
      BOOST_TEST(figures.events_answered + figures.catalogs == counts.accepted);
      BOOST_TEST(counts.records == world.broker.records(Topic::events, p).size());
      BOOST_TEST(figures.rows == world.stores.disk(p).rows().size());
      BOOST_TEST((figures.trial_balance == 0));
    }
  }
}

/// The store may be behind what is committed, by any number of records.
BOOST_AUTO_TEST_CASE(of_a_store_that_is_behind) {
  Audited world;
  for (int64_t position = 0; position <= world.end_of_events(partition); position += 5) {
    MemoryDisk disk;
    {
      MemoryStore store(disk);
      const auto reader = world.broker.open_reader(Topic::events);
      Replay::Options options;
      options.partition = {partition, 3};
      auto replay = Replay::open(**reader, store, options);
      BOOST_REQUIRE(replay->run({position, {}}, {}));
    }
    world.stores.disk(partition).set_rows(disk.rows());
    BOOST_TEST(world.audit(world.broker).empty());
    BOOST_TEST(world.figures.store_offset.value_or(-1) == position - 1);
  }
}

BOOST_AUTO_TEST_CASE(an_altered_output_record) {
  Audited world;
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{2}}) {
      const std::string where(topic_name(topic));
      Tampered log(world);
      MemoryRecord& record = log.outputs[topic].at(at);
      const MemoryRecord before = record;
      record.value->back() ^= 1;
      const auto findings = world.audit(log);
      check_found(findings, where, "value");
      BOOST_TEST(findings.size() == 1U);
      BOOST_TEST((findings.front().offset == record.offset));
      record = before;
      record.timestamp.micros += 1'000;
      check_found(world.audit(log), where, "timestamp");
      record = before;
      record.key = "7";
      check_found(world.audit(log), where, "key");
      record = before;
      record.headers.front().second = "2.0";
      check_found(world.audit(log), where, "headers");
      record = before;
      record.headers.back().second = "no number";
      check_found(world.audit(log), where, "no output-sequence");
    }
  }
}

/// Whether a hole stays, the rest moves up, or is numbered anew.
BOOST_AUTO_TEST_CASE(a_removed_output_record) {
  Audited world;
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    const std::size_t count = world.broker.records(topic, partition).size();
    for (const std::size_t at : {std::size_t{0}, count / 2, count - 1}) {
      Tampered log(world);
      Records& records = log.outputs[topic];
      records.erase(records.begin() + static_cast<std::ptrdiff_t>(at));
      check_found(world.audit(log), topic_name(topic), "is missing from its place");
      renumber(records);
      check_found(world.audit(log), topic_name(topic), "is missing from its place");
      renumber_sequences(records);
      check_found(world.audit(log), topic_name(topic));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_doubled_output_record) {
  Audited world;
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    const std::size_t count = world.broker.records(topic, partition).size();
    for (const std::size_t at : {std::size_t{0}, count / 2, count - 1}) {
      Tampered log(world);
      Records& records = log.outputs[topic];
      records.push_back(records.at(at));
      renumber(records);
      const auto at_the_end = world.audit(log);
      check_found(at_the_end, topic_name(topic), "again");
      BOOST_TEST(at_the_end.size() == 1U);
      renumber_sequences(records);
      check_found(world.audit(log), topic_name(topic), "again");
      records.insert(records.begin() + static_cast<std::ptrdiff_t>(at), records.at(at));
      records.pop_back();
      renumber(records);
      check_found(world.audit(log), topic_name(topic));
    }
  }
}

BOOST_AUTO_TEST_CASE(output_records_in_another_order) {
  Audited world;
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    Tampered log(world);
    Records& records = log.outputs[topic];
    std::swap(records.at(0), records.at(1));
    renumber(records);
    check_found(world.audit(log), topic_name(topic), "out of its order");
    renumber_sequences(records);
    check_found(world.audit(log), topic_name(topic), "value");
  }
}

BOOST_AUTO_TEST_CASE(a_topic_that_lost_all) {
  Audited world;
  Tampered log(world);
  const std::size_t count = log.outputs[Topic::rejects].size();
  log.outputs[Topic::rejects].clear();
  BOOST_TEST(world.audit(log).size() == count);
}

/// Where the log lets go of old outputs that is no finding; where it does not, it is.
BOOST_AUTO_TEST_CASE(outputs_that_have_expired) {
  Audited world;
  Tampered log(world);
  Records& records = log.outputs[Topic::charges];
  records.erase(records.begin(), records.begin() + 5);
  AuditOptions options;
  BOOST_TEST(world.audit(log, options).size() == 5U);
  options.outputs_expire = true;
  BOOST_TEST(world.audit(log, options).empty());
  BOOST_TEST(world.figures.expired == 5U);
  records.erase(records.begin() + 3);
  check_found(world.audit(log, options), "charges");
}

BOOST_AUTO_TEST_CASE(a_row_of_the_store_changed_removed_or_added) {
  Audited world;
  const MemoryRows before = world.stores.disk(partition).rows();
  std::string kinds;
  for (const auto& [key, value] : before) {
    kinds += kinds.find(key.front()) == std::string::npos ? std::string(1, key.front()) : "";
    MemoryRows rows = before;
    rows[key].back() ^= 1;
    world.stores.disk(partition).set_rows(rows);
    check_found(world.audit(world.broker), "store");
    rows = before;
    rows.erase(key);
    world.stores.disk(partition).set_rows(rows);
    // Without its position a store holds nothing that is accounted for, and without its begin a roll-up.
    const bool all = key == meta_key || key.front() == rollup_begin_prefix;
    check_found(world.audit(world.broker), "store", all ? "does not come" : "is missing from the store");
    rows = before;
    rows[key + "x"] = value;
    world.stores.disk(partition).set_rows(rows);
    check_found(world.audit(world.broker), "store", "does not come of the log");
  }
  BOOST_TEST(kinds == "Sacemrs");
}

/// Of an earlier version, which had no roll-ups, or later those of rejects from where it came on.
BOOST_AUTO_TEST_CASE(a_store_with_roll_ups_of_less_than_its_history) {
  Audited world;
  MemoryRows rows = world.stores.disk(partition).rows();
  std::string first;
  for (auto row = rows.begin(); row != rows.end();) {
    const bool rejects = row->first.starts_with("sr");
    if (rejects && first.empty()) first = row->first;
    row = rejects ? rows.erase(row) : std::next(row);
  }
  BOOST_REQUIRE(!first.empty());
  rows.at("Sr") = "\x0a";  // 5, as signed numbers are written
  world.stores.disk(partition).set_rows(rows);
  BOOST_TEST(world.audit(world.broker).empty());
  std::erase_if(rows, [](const auto& row) {
    return row.first.front() == rollup_prefix || row.first.front() == rollup_begin_prefix;
  });
  world.stores.disk(partition).set_rows(rows);
  BOOST_TEST(world.audit(world.broker).empty());
}

/// Rows and digest forged together still are not what the log gives.
BOOST_AUTO_TEST_CASE(a_row_changed_with_its_digest) {
  Audited world;
  MemoryRows rows = world.stores.disk(partition).rows();
  const auto account = rows.lower_bound(std::string(1, account_prefix));
  Meta meta = *parse_meta(rows.at(std::string(meta_key)));
  meta.rows.remove(hash_row(account->first, account->second));
  account->second.back() ^= 1;
  meta.rows.add(hash_row(account->first, account->second));
  std::string& row = rows.at(std::string(meta_key));
  row.clear();
  append_meta(row, meta);
  world.stores.disk(partition).set_rows(rows);
  check_found(world.audit(world.broker), "store", "the account of");
}

/// However many charges an account is made to claim.
BOOST_AUTO_TEST_CASE(an_account_whose_sequence_was_changed) {
  for (const uint64_t sequence : {uint64_t{0}, uint64_t{1} << 50, UINT64_MAX - 1, UINT64_MAX}) {
    Audited world;
    MemoryRows rows = world.stores.disk(partition).rows();
    const auto row = rows.lower_bound(std::string(1, account_prefix));
    Account account = *parse_account(row->second, SIZE_MAX);
    account.sequence = sequence;
    row->second.clear();
    append_account(row->second, account);
    world.stores.disk(partition).set_rows(rows);
    check_found(world.audit(world.broker), "store",
                sequence == 0 ? "twice or beyond" : "but its sequence is at");
  }
}

/// The committed position is moved, and so events are skipped, or come again.
BOOST_AUTO_TEST_CASE(a_committed_position_that_was_moved) {
  Audited world;
  const Committed before = world.broker.committed(world.options.group, partition);
  world.append(event_json(1, "payment_received", subscriber_name(0), R"(,"money":"1.50","reference":"x")"));
  for (int i = 0; i < 3; ++i) world.append_raw(partition, "7", "rubbish");
  const int64_t end = world.end_of_events(partition);
  world.broker.set_committed(world.options.group, partition, {end, before.metadata});
  const auto skipped = world.audit(world.broker);
  BOOST_TEST(skipped.size() >= 4U);
  world.broker.set_committed(world.options.group, partition, {end + 1, before.metadata});
  BOOST_TEST(!world.audit(world.broker).empty());
  world.broker.set_committed(world.options.group, partition, {*before.position - 1, before.metadata});
  BOOST_TEST(!world.audit(world.broker).empty());
  world.broker.set_committed(world.options.group, partition, {*before.position, "1 0 0 0 0"});
  check_found(world.audit(world.broker), "position", "noted");
}

/// A position that has expired is no finding; what the outputs and the store hold is compared all the same.
BOOST_AUTO_TEST_CASE(a_group_without_a_position) {
  Audited world;
  world.broker.set_committed(world.options.group, partition, {});
  for (const bool may_lead : {false, true}) {
    AuditOptions how;
    how.store_may_lead = may_lead;
    BOOST_TEST(world.audit(world.broker, how).empty());
    BOOST_TEST(!world.figures.committed_offset);
    BOOST_TEST(world.figures.charges == world.broker.records(Topic::charges, partition).size());
    Tampered log(world);
    log.outputs[Topic::charges].pop_back();
    if (!may_lead) check_found(world.audit(log, how), "charges", "missing");
    log.outputs[Topic::charges].push_back(log.outputs[Topic::charges].front());
    renumber(log.outputs[Topic::charges]);
    check_found(world.audit(log, how), "charges", "again");
  }
}

BOOST_AUTO_TEST_CASE(it_changes_neither_log_nor_store) {
  Audited world;
  const auto outputs = world.outputs();
  const MemoryRows rows = world.stores.disk(partition).rows();
  world.audit(world.broker);
  BOOST_TEST(world.outputs() == outputs, boost::test_tools::per_element());
  BOOST_TEST((world.stores.disk(partition).rows() == rows));
}

/// Between its questions a running engine commits more.
BOOST_AUTO_TEST_CASE(beside_a_running_engine) {
  Audited world;
  struct Moving : LogView {
    explicit Moving(World& world) : LogView(world.broker), world_(world) {}
    Result<Committed> position_of(const std::string& group, int32_t p) override {
      more();
      auto committed = LogView::position_of(group, p);
      more();
      return committed;
    }
    void more() {
      world_.append(event_json(++number_, "payment_received", subscriber_name(0),
                               R"(,"money":"1.50","reference":"x")"));
      world_.append(event_json(++number_, "payment_received", subscriber_name(1),
                               R"(,"money":"1.50","reference":"x")"));
      world_.append_raw(partition, "7", "rubbish");
      world_.run_to_end();
    }
    World& world_;
    int number_ = 0;
  } moving(world);
  const MemoryRows rows = world.stores.disk(partition).rows();
  MemoryDisk disk, live;
  live.set_rows(rows);
  MemoryStore scratch(disk), store(live);
  const AuditOptions options{partition, 3, world.options.group};
  const auto done = audit_partition(moving, &store, scratch, options, {}, [](const Finding& finding) {
    BOOST_ERROR(finding.where << ": " << finding.what);
  });
  BOOST_REQUIRE(done && *done);
  BOOST_TEST(*(**done).committed_offset > *(**done).store_offset);
}

/// The events are more than are read at once.
BOOST_AUTO_TEST_CASE(interrupted_it_gives_no_figures) {
  World world;
  for (int i = 0; i < 10'001; ++i) world.append_raw(partition, "7", "rubbish");
  world.run_to_end();
  MemoryDisk disk;
  MemoryStore scratch(disk);
  ReplayHooks hooks;
  hooks.go_on = [] { return false; };
  const AuditOptions options{partition, 3, world.options.group};
  const auto done = audit_partition(world.broker, nullptr, scratch, options, hooks, [](const Finding&) {});
  BOOST_REQUIRE(done);
  BOOST_TEST(!*done);
}

BOOST_AUTO_TEST_SUITE_END()
