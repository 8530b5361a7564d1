// Existing networks, as a config names them, against what is there.
#pragma once

#include <vector>

#include "base/result.h"
#include "cloud/model.h"

namespace ccloud::cloud {

Error no_such_network(const NetworkSpec& spec);
/// `wanted`, the config's subnets by the cloud's own ids and zones, if all are among those `seen`
/// in the network; not_found, or invalid_argument for one that lies in another zone.
Result<std::vector<Subnet>> chosen_subnets(const NetworkSpec& spec, std::vector<Subnet> wanted,
                                           const std::vector<Subnet>& seen);

}  // namespace ccloud::cloud
