// Where tokens come from: the v2.0 endpoint with its discovery document, and the metadata service
// of a machine with a managed identity.
#pragma once

#include <optional>
#include <string>

#include "sim/azure/arm.h"

namespace ccloud::sim::azure {

/// nullopt: the request is none of these.
std::optional<Response> serve_login(World& world, Memory& memory, const Request& request,
                                    const std::string& base);
bool is_login(std::string_view url);

/// nullopt: the request's token is good.
std::optional<Response> check_token(const World& world, const Memory& memory,
                                    const Request& request);
Response expired_token();

}  // namespace ccloud::sim::azure
