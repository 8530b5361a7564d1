// Where runs with --sim remember things on this machine. Like that of the real clouds it is under
// $XDG_STATE_HOME, so that another home folder is another machine; each simulator's is apart, as
// its nodes are gone with it.
#pragma once

#include <filesystem>
#include <string>

#include "cli/program.h"

namespace ccloud::cli {

/// History, locks and host keys; `identity` tells a simulator from the next one in the same folder.
std::filesystem::path sim_state_dir(const Program& program, const std::string& sim_dir,
                                    const std::string& identity);
/// Of all simulators that were in that folder.
void forget_sim_state(const Program& program, const std::string& sim_dir);

}  // namespace ccloud::cli
