// Which actions of a role a request takes, and the refusals of those that are not granted
// (/_sim/permissions).
#pragma once

#include <optional>

#include "sim/azure/arm.h"

namespace ccloud::sim::azure {

/// nullopt: the caller may do what the request asks for. 403 AuthorizationFailed, or
/// LinkedAuthorizationFailed for what the body refers to.
std::optional<Response> check_permissions(const Arm& arm, std::string_view principal);

}  // namespace ccloud::sim::azure
