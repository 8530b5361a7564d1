// The makers of all commands, one for each file cmd_NAME.cc; registry.cc puts them in order.
#pragma once

#include "cli/command.h"

namespace ccloud::cli {

Command make_catalog();
Command make_completion();
Command make_deploy();
Command make_destroy();
Command make_doctor();
Command make_export();
Command make_help();
Command make_history();
Command make_orphans();
Command make_plan();
Command make_replace();
Command make_restart();
Command make_start();
Command make_status();
Command make_stop();
Command make_validate();
Command make_version();

}  // namespace ccloud::cli
