// Resolving what names and requirements stand for, for places that are to get new nodes: the type
// and zones from the catalogue inside the binary or from the cloud, the image from the cloud.
#pragma once

#include "deploy/session.h"
#include "plan/desired.h"
#include "plan/resolution.h"

namespace ccloud::deploy {

/// `places`: PlaceWant::id() of those that need it. Never fails; errors stand by their place.
Task<plan::Resolutions> resolve(Context ctx, Session& session, std::vector<std::string> places);

/// That an existing network of the config, and the subnets it names, are there; one of ours is made
/// when it is not.
Task<void> check_network(Context ctx, Session& session, const plan::NetworkWant& want);

/// The type alone, and its zones; for `validate --online`, too.
Task<plan::Resolution> resolve_type(Context ctx, Session& session, const plan::PlaceWant& want);

}  // namespace ccloud::deploy
