// A tree of facts for people: headings, lines of "name  value", tables.
#pragma once

#include <string>

#include "engine/fact.h"

namespace subledger::ops {

std::string facts_text(const Fact& fact);

}  // namespace subledger::ops
