// All commands of the program. Each stands in a file of its own, named after it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/command.h"

namespace subledger::ops {

Command topics_create_command();
Command catalog_check_command();
Command catalog_publish_command();
Command catalog_show_command();
Command ingest_command();
Command run_command();
Command tail_command();
Command account_command();
Command charges_command();
Command access_command();
Command subscribers_command();
Command statement_command();
Command explain_command();
Command export_command();
Command stats_command();
Command digest_command();
Command replay_command();
Command diff_command();
Command whatif_command();
Command verify_command();
Command rejects_list_command();
Command rejects_show_command();
Command rejects_redrive_command();
Command config_show_command();

/// In the order of help.
std::vector<Command> all_commands();
/// What the commands of a group are about.
std::string_view group_summary(std::string_view group);

/// The answer of --version.
std::string version_text();

}  // namespace subledger::ops
