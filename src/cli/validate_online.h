// `validate --online`: what the clouds say about the config.
#pragma once

#include "cli/program.h"
#include "config/model.h"
#include "diag/diagnostics.h"

namespace ccloud::cli {

/// Prints the checks, and adds to the diagnostics what a cloud said against a place in the file.
Exit check_online(Program& program, const config::Config& config, diag::Diagnostics& diagnostics);

}  // namespace ccloud::cli
