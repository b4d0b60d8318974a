#include "ops/commands.h"

#include "connectors/kafka/kafka_log.h"
#include "projections/time_zone.h"

namespace subledger::ops {

std::vector<Command> all_commands() {
  return {topics_create_command(), catalog_check_command(), catalog_publish_command(),
          catalog_show_command(),  ingest_command(),        run_command(),
          tail_command(),          account_command(),       charges_command(),
          access_command(),        subscribers_command(),   statement_command(),
          explain_command(),       stats_command(),         export_command(),
          rejects_list_command(),  rejects_show_command(),  rejects_redrive_command(),
          digest_command(),        replay_command(),        diff_command(),
          whatif_command(),        verify_command(),        config_show_command()};
}

std::string_view group_summary(std::string_view group) {
  if (group == "topics") return "the four topics of a log";
  if (group == "catalog") return "price books: check, publish, show";
  if (group == "rejects") return "what could not be applied: list, show, send again";
  return "the program's configuration";
}

std::string version_text() {
  return "subledger " SUBLEDGER_VERSION "\ntzdata " + std::string(tzdata_release()) + "\nlibrdkafka " +
         kafka_library_version() +
         "\nRocksDB " SUBLEDGER_ROCKSDB_VERSION "\nSQLite " SUBLEDGER_SQLITE_VERSION "\n";
}

}  // namespace subledger::ops
