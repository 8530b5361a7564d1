// Which drivers this program has. A new cloud is one line in registry.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/provider.h"

namespace ccloud::registry {

/// A cloud::Factory: opens `settings.driver`. What is known but not built answers
/// invalid_argument with raw_code "not-supported".
Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings);

std::vector<std::string_view> drivers();  ///< those that are built

}  // namespace ccloud::registry
