// What `doctor` says of this machine's own programs.
#pragma once

#include <vector>

#include "cli/program.h"
#include "deploy/results.h"

namespace ccloud::cli {

/// The programs that ccloud runs, and what the simulator's nodes need. None is needed by all
/// commands, so what lacks is a warning, or "skipped" where few will miss it.
std::vector<deploy::Check> check_tools(const Program::Env& env);

}  // namespace ccloud::cli
