// Services in a deploy: which nodes lack one, as changes of the plan, and their installation once
// the nodes run. How a service gets onto a node is the hooks' business.
#pragma once

#include "deploy/planning.h"
#include "deploy/run.h"

namespace ccloud::deploy {

/// Adds a change for each service that a node is to get: new nodes lack all of theirs, the others
/// are asked.
Task<void> add_services(Context ctx, Session& session, Planned& planned);

/// What they need on this machine is there, or nothing should be made for them to run on.
Result<void> check_services(Session& session, const plan::Plan& plan);

/// Carries them out. `born`: nodes that this run made.
Task<void> install_services(Context ctx, Run& run, const Planned& planned,
                            std::vector<NodeRow> born);

}  // namespace ccloud::deploy
