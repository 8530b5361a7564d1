// Looking at the clouds: every provider of the config at the same time, each with its own deadline,
// so that one that is slow or down costs the others nothing.
#pragma once

#include "deploy/session.h"
#include "plan/observed.h"

namespace ccloud::deploy {

/// Never fails: what did not answer stands in the result with its error.
Task<plan::Observed> look(Context ctx, Session& session, cloud::Depth depth,
                          bool with_existing = false);

/// Some provider has answered, for some region.
bool has_answer(const plan::Observed& observed);

/// The error with what is known of where it happened.
Error placed(Error error, const std::string& provider, const std::string& region = {});

}  // namespace ccloud::deploy
