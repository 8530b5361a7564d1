// The `aws` driver: Amazon EC2 in every partition, as a cloud::Provider.
#pragma once

#include <memory>

#include "cloud/provider.h"

namespace ccloud::aws {

/// A cloud::Factory. Sends nothing until it is asked something.
Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings);

}  // namespace ccloud::aws
