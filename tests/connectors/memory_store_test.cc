// The store in memory keeps the contract, and crashes and fails as it is told to.
#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/connectors/log_contract.h"
#include "tests/connectors/store_contract.h"
#include "tests/support/memory_store.h"

using namespace subledger;
using namespace subledger::test;

namespace {

class MemoryStoreBench : public StoreBench {
 public:
  MemoryStoreBench() { store_ = *factory.open(0); }
  StorePort& store() override { return *store_; }
  void reopen() override {
    must(store_->flush());
    store_ = *factory.open(0);
  }

  MemoryStoreFactory factory;

 private:
  std::unique_ptr<StorePort> store_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_store)
SUBLEDGER_STORE_CONTRACT(MemoryStoreBench)

BOOST_AUTO_TEST_CASE(crash_loses_a_suffix) {
  MemoryStoreBench bench;
  for (int n = 1; n <= 5; ++n) write_rows(bench.store(), history_write(n));
  must(bench.store().flush());
  for (int n = 6; n <= 20; ++n) write_rows(bench.store(), history_write(n));
  BOOST_TEST(bench.factory.disk(0).unflushed_writes() == 15U);
  bench.factory.disk(0).crash(3);
  BOOST_TEST(check_history(*std::make_unique<MemoryStore>(bench.factory.disk(0))) == 8);
  bench.factory.crash();
  BOOST_TEST(check_history(bench.store()) == 8);
}

BOOST_AUTO_TEST_CASE(faults_at_the_nth_operation) {
  MemoryStoreBench bench;
  MemoryDisk& disk = bench.factory.disk(0);
  disk.fail_write(2);
  write_rows(bench.store(), history_write(1));
  const std::array refused{RowWrite{"count", "2"}};
  BOOST_TEST(!bench.store().write(refused).has_value());
  BOOST_TEST(check_history(bench.store()) == 1);
  disk.fail_flush(1, true);
  BOOST_TEST(!bench.store().flush().has_value());
  BOOST_TEST(!bench.store().flush().has_value());
  disk.fail_flush(0);
  must(bench.store().flush());
  disk.fail_read(1);
  BOOST_TEST(!bench.store().get("count").has_value());
  BOOST_TEST(bench.store().get("count").value().value() == "1");
}

BOOST_AUTO_TEST_SUITE_END()
