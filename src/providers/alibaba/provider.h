// The Alibaba Cloud driver: ECS, VPC, STS.
#pragma once

#include <memory>

#include "cloud/provider.h"

namespace ccloud::alibaba {

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings);

}  // namespace ccloud::alibaba
