// From a session to a plan: look, plan, resolve what is new, plan again. Shared by all runbooks.
#pragma once

#include "deploy/session.h"
#include "plan/observed.h"
#include "plan/planner.h"
#include "plan/resolution.h"

namespace ccloud::deploy {

struct Planned {
  plan::PlanOptions options;
  plan::Observed observed;
  plan::Resolutions resolutions;
  plan::Plan plan;
  std::vector<Error> errors;  ///< of providers, regions, resolutions
};

/// What the options and the journal say; invalid_argument for a selector that cannot be read.
Task<plan::PlanOptions> plan_options(Context ctx, Session& session);

/// Looks and plans what deploy would do; ends with an error only for wrong selectors.
Task<Planned> plan_deploy(Context ctx, Session& session, plan::PlanOptions options);
/// Plans again for what was seen, resolving what that needs.
Task<void> plan_again(Context ctx, Session& session, Planned& planned);
Task<Planned> plan_destroy(Context ctx, Session& session, plan::PlanOptions options);

/// Of a command that changes nodes: there is none that it may change.
Error nothing_selected();

std::vector<Error> errors_of(const plan::Plan& plan);
/// Some rule of the config names a cluster whose nodes are others' machines.
bool names_existing(const config::Config& config);

}  // namespace ccloud::deploy
