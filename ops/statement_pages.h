// A statement for people: as tables in a terminal, or as an HTML page that prints well.
#pragma once

#include <string>
#include <vector>

#include "engine/statement.h"

namespace subledger::ops {

std::string statement_text(const Statement& statement);

/// One page, complete in itself, with each statement on a sheet of its own.
std::string statements_html(const std::vector<Statement>& statements);

}  // namespace subledger::ops
