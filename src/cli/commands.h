// The makers of all commands, one for each file cmd_NAME.cc; registry.cc puts them in order.
#pragma once

#include "cli/command.h"

namespace ccloud::cli {

Command make_completion();
Command make_help();
Command make_version();

}  // namespace ccloud::cli
