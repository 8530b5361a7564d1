// What exec, copy, ssh, logs, update and rollout share: config, runtime, SSH, and the nodes that a
// selector means.
#pragma once

#include <functional>
#include <memory>

#include "cli/load_config.h"
#include "cli/nodes.h"

namespace ccloud::cli {

/// Everything such a command needs while it runs.
struct NodeWork {
  Program* program = nullptr;
  Runtime* runtime = nullptr;
  const config::Config* config = nullptr;
  std::unique_ptr<ssh::Shell> shell;
  Reached reached;
  bool is_recorded = false;  ///< in the journal, so far

  rollout::Tools tools() const { return rollout_tools(*runtime, *shell, *config); }
};

/// Loads, asks the clouds, and runs `work` on the loop. Clouds that did not answer are told; when
/// no node is left the command ends here. `selectors` empty: all nodes.
Exit with_nodes(Program& program, std::vector<std::string> selectors,
                const std::function<Task<Exit>(Context, NodeWork&)>& work);

/// The end of a command that found no node. Nodes that are not made yet are a state of the project
/// (1); a name that is nobody's is a slip (64).
Exit nobody(Program& program, const std::vector<Error>& errors, bool has_missing,
            const std::string& asked);

}  // namespace ccloud::cli
