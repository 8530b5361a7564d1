// Where a zone is sold out: the same new nodes in another zone of their place.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "deploy/births.h"

namespace ccloud::deploy {

/// The network, with a subnet in that zone, and the firewalls.
using GroundIn = std::function<Task<Ground>(std::string zone)>;

/// The zones to try, `first` first, then the place's others in an order that every machine computes
/// alike. An empty zone (the cloud chooses) is the only one.
std::vector<std::string> zones_to_try(const plan::Birth& birth, const std::string& first);

/// bear(), and what fails for want of capacity once more in the place's other zones, one after the
/// other. A quota is never gone around: it is the same in every zone. No token spans zones, so the
/// whole region is looked over before each further one (design 4.1). Without `ground_in` the nodes
/// stay in their zone. Returns one line for each move, for people.
Task<std::vector<std::string>> bear_in_zones(Context ctx, Context work, Session& session,
                                             NodeWatch& watch, const plan::Birth& birth,
                                             cloud::NodeBatch batch, GroundIn ground_in,
                                             std::function<void(const Born&)> on_born);

}  // namespace ccloud::deploy
