// The simulated Google Cloud: the token server, the metadata server and Compute Engine v1 over one
// port, every region.
#pragma once

#include <memory>

#include "sim/front.h"

namespace ccloud::sim::gcp {

std::unique_ptr<Front> make_front(World& world);

}  // namespace ccloud::sim::gcp
