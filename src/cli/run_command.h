// What deploy, destroy, power and replace share: load, run a runbook under the watch, ask before
// anything changes, tell what has come of it.
#pragma once

#include <functional>
#include <string>

#include "cli/load_config.h"
#include "cli/runtime.h"
#include "deploy/runbooks.h"

namespace ccloud::cli {

using Runbook = std::function<Task<deploy::RunResult>(Context, deploy::Session&)>;

struct RunRequest {
  std::string question;          ///< "Deploy this?"
  bool is_confirmed = false;     ///< the user has said so already, by -y or --confirm
  std::string needs = "add -y";  ///< what to do where nobody can be asked
  /// Instead of a yes the user types this word (the project's name).
  std::string word;
};

Exit run_and_tell(Program& program, config::Config config, deploy::Options options,
                  RunRequest request, const Runbook& runbook);

/// " -f x.json --sim": what the next command has to repeat.
std::string repeated_options(const Common& common);

}  // namespace ccloud::cli
