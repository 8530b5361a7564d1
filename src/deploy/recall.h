// Providers that this machine has deployed to and the config names no longer: what is there would
// go on, and cost, unseen.
#pragma once

#include <string>

#include "deploy/session.h"
#include "plan/planner.h"

namespace ccloud::deploy {

/// Where the config has no `providers`, a place that is taken out may take its driver with it: such
/// a driver is looked at all the same, by its standard chain. Of any other provider people are told
/// in sentences.
Task<void> recall_providers(Context ctx, Session& session, plan::PlanOptions& options);

}  // namespace ccloud::deploy
