// What other tools call the keys of this config.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::config {

/// The one of the known keys that other tools call so: "instances" is "count".
std::optional<std::string> key_elsewhere(std::string_view written,
                                         const std::vector<std::string_view>& known);

}  // namespace ccloud::config
