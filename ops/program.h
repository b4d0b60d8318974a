// The program: command line in, exit code out.
#pragma once

namespace subledger::ops {

/// Never throws.
int run_program(int argc, const char* const* argv);

}  // namespace subledger::ops
