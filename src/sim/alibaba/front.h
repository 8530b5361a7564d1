// The simulated Alibaba Cloud: ECS, VPC and STS, RPC style, on one port.
#pragma once

#include <memory>

#include "sim/front.h"

namespace ccloud::sim::alibaba {

std::unique_ptr<Front> make_front(World& world);

}  // namespace ccloud::sim::alibaba
