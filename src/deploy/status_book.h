// What `status` says of what was seen; shared by one look, its rows that are told early, and -w.
#pragma once

#include <map>
#include <string>

#include "deploy/session.h"
#include "plan/observed.h"
#include "plan/planner.h"

namespace ccloud::deploy {

struct StatusUse {
  bool saves = true;       ///< what was answered, as last known
  bool asks_nodes = true;  ///< with --health
  std::string only{};      ///< rows and errors of this provider; empty: of all
  /// When each provider gave what `observed` says of it; now, for those that are not named.
  std::map<std::string, async::WallTime> answered{};
};

/// Ends with an error only when its context does. `observed` must be normalised.
Task<StatusResult> status_of(Context ctx, Session& session, plan::PlanOptions options,
                             plan::Observed observed, StatusUse use);

}  // namespace ccloud::deploy
