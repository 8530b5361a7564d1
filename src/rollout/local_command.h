// A command on this machine, to its end or its deadline. Blocks: for threads of the pool.
#pragma once

#include <string>

#include "async/loop.h"
#include "base/result.h"

namespace ccloud::rollout {

struct LocalOutput {
  int exit = 0;
  std::string out{};
  std::string err{};
};

/// `sh -c COMMAND` in `folder`, without input; at most 1 MiB of output is kept.
Result<LocalOutput> run_command_here(const std::string& command, const std::string& folder,
                                     async::Duration limit);

}  // namespace ccloud::rollout
