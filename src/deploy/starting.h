// Nodes that a run before this one made and that still start: killed between the create call and
// the first boot, say. "Done" means that they run, too.
#pragma once

#include "deploy/planning.h"
#include "deploy/run.h"

namespace ccloud::deploy {

/// A node of the plan that stays, is meant to run, and does not yet.
bool is_starting(const plan::Change& change);

/// Waits until all of them run and notes it in `planned.observed`; one that does not come up is a
/// failed change of the run. Ends with the context, for what is in flight then.
Task<void> await_starting(Context ctx, Run& run, Planned& planned);

}  // namespace ccloud::deploy
