// The last known nodes of a region as text, for the journal's cache.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"

namespace ccloud::deploy {

std::string encode_nodes(const std::vector<cloud::Instance>& nodes);
/// Empty for what cannot be read: it is a cache.
std::vector<cloud::Instance> decode_nodes(std::string_view text);

}  // namespace ccloud::deploy
