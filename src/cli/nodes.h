// From a selector to nodes that can be reached: what the clouds show, the config's ssh settings,
// and one SSH pool for the command.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/runtime.h"
#include "deploy/results.h"
#include "rollout/node.h"
#include "ssh/pool.h"

namespace ccloud::cli {

/// Options that commands on nodes share.
struct NodeChoice {
  std::vector<std::string> selectors;
  bool is_all = false;
};
/// Commands that act on nodes act on none by default: invalid_argument without a selector or --all.
Result<void> check_choice(const NodeChoice& choice);

struct Reached {
  std::vector<rollout::Node> nodes;
  std::vector<deploy::NodeRow> rows;  ///< of the same nodes
  std::vector<Error> errors;          ///< of clouds that did not answer
  bool has_missing = false;           ///< the selector also means nodes that are not made yet
};

/// How rollout sees a node.
rollout::Node node_of(const config::Config& config, const deploy::NodeRow& row, bool is_simulated);
/// The settings of this run's SSH: with --sim host keys are kept with the simulator.
ssh::PoolOptions pool_options(const Runtime& runtime);
rollout::Tools rollout_tools(Runtime& runtime, ssh::Shell& shell, const config::Config& config);

/// Asks the clouds. Nodes that are not there are left out; those that do not run say so.
Task<Reached> find_nodes(Context ctx, Runtime* runtime, const config::Config* config,
                         std::vector<std::string> selectors);
/// The nodes of a service's clusters, out of all of them.
std::vector<rollout::Node> nodes_of_service(const config::Service& service, const Reached& reached);

/// What deploy and status do with services and keys, over a pool that lives as long as the hooks.
deploy::Hooks make_hooks(Runtime& runtime, const config::Config& config);

}  // namespace ccloud::cli
