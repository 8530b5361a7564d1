// Which IAM permissions a method takes, and the refusal of those that are not granted
// (/_sim/permissions).
#pragma once

#include <optional>

#include "sim/gcp/gce.h"

namespace ccloud::sim::gcp {

/// nullopt: the caller may do what the request asks for. 403 "Required 'P' permission for 'R'".
std::optional<Response> check_permissions(const Gce& gce, const Route& route);

}  // namespace ccloud::sim::gcp
