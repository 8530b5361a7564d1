// The Google Cloud driver: Compute Engine.
#pragma once

#include <memory>

#include "cloud/provider.h"

namespace ccloud::gcp {

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings);

}  // namespace ccloud::gcp
