#include "ops/program.h"

int main(int argc, char** argv) { return subledger::ops::run_program(argc, argv); }
