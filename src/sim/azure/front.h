// The simulated Azure: the token endpoint and Resource Manager over one port, every region.
#pragma once

#include <memory>
#include <string>

#include "sim/front.h"

namespace ccloud::sim::azure {

/// The one service principal of the one subscription; secrets are derived from the simulator's own.
struct Login {
  std::string tenant, client_id, secret, subscription, federated_token;
};
Login login_of(const World& world);

std::unique_ptr<Front> make_front(World& world);

}  // namespace ccloud::sim::azure
