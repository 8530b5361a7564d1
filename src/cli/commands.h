// The makers of all commands, one for each file cmd_NAME.cc; registry.cc puts them in order.
#pragma once

#include "cli/command.h"

namespace ccloud::cli {

Command make_catalog();
Command make_completion();
Command make_config_show();
Command make_copy();
Command make_deploy();
Command make_destroy();
Command make_doctor();
Command make_exec();
Command make_explain();
Command make_export();
Command make_fmt();
Command make_help();
Command make_history();
Command make_init();
Command make_logs();
Command make_orphans();
Command make_plan();
Command make_replace();
Command make_restart();
Command make_rollout_resume();
Command make_rollout_status();
Command make_rollout_undo();
Command make_schema();
Command make_sim_down();
Command make_sim_env();
Command make_sim_reset();
Command make_sim_status();
Command make_sim_up();
Command make_ssh();
Command make_start();
Command make_status();
Command make_stop();
Command make_update();
Command make_validate();
Command make_version();

}  // namespace ccloud::cli
