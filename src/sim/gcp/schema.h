// The bodies that requests may have: members and types, after the vendor's interface definition.
#pragma once

#include <optional>
#include <string_view>

#include "sim/gcp/gce.h"

namespace ccloud::sim::gcp {

/// nullopt: the body fits the message of that name; else Google's 400 for unknown names and wrong
/// types.
std::optional<Response> check_body(json::Value body, std::string_view message);

}  // namespace ccloud::sim::gcp
