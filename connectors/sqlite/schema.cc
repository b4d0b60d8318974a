// Making and checking the file of the embedded log.
#include "connectors/sqlite/schema.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>

#include "events/uuid.h"

namespace subledger::sqlite {
namespace {

constexpr int64_t application_id = 0x53424c47;  // "SBLG"
constexpr int64_t format_version = 2;
constexpr int32_t partitions_max = 1'024;
constexpr int create_busy_ms = 10'000;

constexpr const char* common_tables = R"sql(
  CREATE TABLE IF NOT EXISTS topics(
    prefix TEXT PRIMARY KEY COLLATE NOCASE, identity TEXT NOT NULL, partitions INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS positions(
    prefix TEXT NOT NULL, grp TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
    metadata TEXT NOT NULL, PRIMARY KEY(prefix, grp, partition)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS owners(
    prefix TEXT NOT NULL, grp TEXT NOT NULL, instance TEXT NOT NULL, epoch INTEGER NOT NULL,
    PRIMARY KEY(prefix, grp)) WITHOUT ROWID;
)sql";

std::string create_command(const std::string& path, const std::string& prefix = "") {
  return "create it with: subledger topics create --log sqlite:" + path + " --partitions N" +
         (prefix.empty() ? "" : " --topic-prefix " + prefix);
}

tl::unexpected<Fault> named_a_directory(const std::string& path) {
  return unreachable("log " + path + " is a directory; name a file");
}

std::string random_identity() {
  std::random_device random;
  Uuid uuid;
  for (uint8_t& byte : uuid.bytes) byte = static_cast<uint8_t>(random() & 0xff);
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return format_uuid(uuid);
}

/// What the file is: a log of this format (true), an empty database (false), or a fault.
Result<bool> is_log(const Connection& connection) {
  const Result<int64_t> application = connection.integer("PRAGMA application_id");
  if (!application) return tl::unexpected<Fault>(application.error());
  if (*application != application_id) {
    const Result<int64_t> tables = connection.integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tl::unexpected<Fault>(tables.error());
    if (*application == 0 && *tables == 0) return false;
    return unreachable(connection.path() +
                       " is an SQLite database of another program, not a log; name another file");
  }
  const Result<int64_t> version = connection.integer("PRAGMA user_version");
  if (!version) return tl::unexpected<Fault>(version.error());
  if (*version != format_version) {
    return unreachable("log " + connection.path() + " has format " + std::to_string(*version) +
                       ", this program knows format " + std::to_string(format_version) +
                       "; use the program that wrote it, or a newer one");
  }
  return true;
}

/// Switching needs the file for itself for a moment, and SQLite does not wait for that by itself.
Result<void> switch_to_wal(Connection& connection) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(create_busy_ms);
  while (true) {
    Result<void> switched = connection.execute("PRAGMA journal_mode=WAL");
    if (switched || !connection.busy() || std::chrono::steady_clock::now() >= deadline) return switched;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// Commits are synced one by one (FULL): with NORMAL a loss of power may take back transactions of which a
/// lane has already heard that they are done, and with them charges that readers have seen and the store has
/// persisted.
Result<void> configure(Connection& connection) {
  return connection.execute(
      "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;"
      "PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY");
}

/// The row of a prefix, compared without case, as the names of tables are; nullopt: none.
Result<std::optional<TopicSet>> find_topic_set(const Connection& connection, const std::string& prefix) {
  Result<Statement> statement =
      connection.prepare("SELECT prefix, identity, partitions FROM topics WHERE prefix = ?1");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  statement->bind_text(1, prefix);
  const Result<bool> row = statement->step();
  if (!row) return tl::unexpected<Fault>(row.error());
  if (!*row) return std::nullopt;
  TopicSet set{statement->text(0), statement->text(1), static_cast<int32_t>(statement->integer(2))};
  if (set.prefix == prefix) return set;
  return failed("log " + connection.path() + ": topic prefix '" + prefix + "' differs from the existing '" +
                set.prefix + "' in case only; use that one");
}

Result<void> insert_topic_set(Connection& connection, const TopicSet& set) {
  Result<Statement> statement = connection.prepare("INSERT INTO topics VALUES(?1, ?2, ?3)");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  statement->bind_text(1, set.prefix);
  statement->bind_text(2, set.identity);
  statement->bind(3, set.partitions);
  const Result<bool> inserted = statement->step();
  if (!inserted) return tl::unexpected<Fault>(inserted.error());
  for (std::size_t topic = 0; topic < topic_count; ++topic) {
    for (int32_t partition = 0; partition < set.partitions; ++partition) {
      Result<void> made =
          connection.execute("CREATE TABLE " + table_of(set.prefix, static_cast<Topic>(topic), partition) +
                             "(\"offset\" INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, key BLOB, "
                             "value BLOB, headers BLOB, checksum INTEGER)");
      if (!made) return made;
    }
  }
  return {};
}

}  // namespace

std::string table_of(const std::string& prefix, Topic topic, int32_t partition) {
  return '"' + prefix + std::string(topic_name(topic)) + '-' + std::to_string(partition) + '"';
}

bool valid_prefix(const std::string& prefix) {
  return prefix.size() <= 100 && std::ranges::all_of(prefix, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

Result<std::unique_ptr<Connection>> open_log_file(const std::string& path, int busy_ms) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status) && status.type() == std::filesystem::file_type::not_found) {
    return unreachable("no log at " + path + "; " + create_command(path));
  }
  if (std::filesystem::is_directory(status)) return named_a_directory(path);
  Result<std::unique_ptr<Connection>> connection = Connection::open(path, false, busy_ms);
  if (!connection) return connection;
  const Result<bool> log = is_log(**connection);
  if (!log) return tl::unexpected<Fault>(log.error());
  if (!*log) return unreachable("no log at " + path + "; " + create_command(path));
  if (const Result<void> configured = configure(**connection); !configured) {
    return tl::unexpected<Fault>(configured.error());
  }
  return connection;
}

Result<TopicSet> read_topic_set(const Connection& connection, const std::string& prefix) {
  Result<std::optional<TopicSet>> found = find_topic_set(connection, prefix);
  if (!found) return tl::unexpected<Fault>(found.error());
  if (*found) return std::move(**found);
  return unreachable("log " + connection.path() + " has no topics with the prefix '" + prefix +
                     "'; name another with --topic-prefix, or " + create_command(connection.path(), prefix));
}

Result<void> create_topic_set(const std::string& path, const std::string& prefix, int32_t partitions) {
  if (partitions < 1 || partitions > partitions_max) {
    return failed("log " + path + ": the number of partitions has to be 1 to " +
                  std::to_string(partitions_max) + ", not " + std::to_string(partitions));
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return named_a_directory(path);
  Result<std::unique_ptr<Connection>> opened = Connection::open(path, true, create_busy_ms);
  if (!opened) return tl::unexpected<Fault>(opened.error());
  Connection& connection = **opened;
  if (const Result<bool> log = is_log(connection); !log) return tl::unexpected<Fault>(log.error());
  if (Result<void> switched = switch_to_wal(connection); !switched) return switched;
  if (Result<void> configured = configure(connection); !configured) return configured;
  Result<Transaction> transaction = Transaction::begin(connection);
  if (!transaction) return tl::unexpected<Fault>(transaction.error());
  if (Result<void> made = connection.execute(common_tables); !made) return made;
  const Result<std::optional<TopicSet>> found = find_topic_set(connection, prefix);
  if (!found) return tl::unexpected<Fault>(found.error());
  if (*found) {
    if ((*found)->partitions == partitions) return {};
    return failed("log " + path + ": the topics '" + prefix + "*' exist with " +
                  std::to_string((*found)->partitions) + " partitions, not " + std::to_string(partitions) +
                  "; the number is fixed at creation");
  }
  if (Result<void> made = insert_topic_set(connection, {prefix, random_identity(), partitions}); !made)
    return made;
  Result<void> marked = connection.execute("PRAGMA application_id=" + std::to_string(application_id) +
                                           "; PRAGMA user_version=" + std::to_string(format_version));
  if (!marked) return marked;
  return transaction->commit();
}

}  // namespace subledger::sqlite
