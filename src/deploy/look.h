// Looking at the clouds: every provider of the config at the same time, each with its own deadline,
// so that one that is slow or down costs the others nothing.
#pragma once

#include <functional>
#include <string>

#include "deploy/session.h"
#include "plan/observed.h"

namespace ccloud::deploy {

/// Told of each provider as soon as it and its `existing` entries have answered or failed.
using Looked = std::function<void(const std::string& provider, const plan::Observed& so_far)>;

/// Never fails: what did not answer stands in the result with its error.
Task<plan::Observed> look(Context ctx, Session& session, cloud::Depth depth,
                          bool with_existing = false, Looked looked = {});

/// What is known before anybody was asked: every provider and entry of the config, and nothing of
/// them.
plan::Observed nothing_observed(const config::Config& config, cloud::Depth depth,
                                bool with_existing);
/// Asks one provider, and for its `existing` entries; replaces what `into` says of it when all of
/// it is there. Afterwards plan::normalise() is due.
Task<void> look_at_provider(Context ctx, Session& session, const config::Provider& provider,
                            plan::Observed* into);

/// Some provider has answered, for some region.
bool has_answer(const plan::Observed& observed);

/// The error with what is known of where it happened.
Error placed(Error error, const std::string& provider, const std::string& region = {});

}  // namespace ccloud::deploy
