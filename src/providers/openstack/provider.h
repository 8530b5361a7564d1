// The OpenStack driver: Keystone, Nova, Neutron, Glance.
#pragma once

#include <memory>

#include "cloud/provider.h"

namespace ccloud::openstack {

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings);

}  // namespace ccloud::openstack
