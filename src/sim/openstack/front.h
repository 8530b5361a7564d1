// The simulated OpenStack: Keystone, Nova, Neutron and Glance over one port, two regions.
#pragma once

#include <memory>
#include <string>

#include "sim/front.h"

namespace ccloud::sim::openstack {

/// The one user of the one project; secrets are derived from the simulator's own.
struct Login {
  std::string user, user_id, password, project, project_id, application_id, application_secret;
};
Login login_of(const World& world);

std::unique_ptr<Front> make_front(World& world);

}  // namespace ccloud::sim::openstack
