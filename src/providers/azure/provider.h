// The Azure driver: Resource Manager's Compute, Network and Resources; public, China, Government.
#pragma once

#include <memory>

#include "cloud/provider.h"

namespace ccloud::azure {

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings);

}  // namespace ccloud::azure
