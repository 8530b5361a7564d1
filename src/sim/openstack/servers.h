// What the files about servers share.
#pragma once

#include <optional>
#include <string_view>

#include "sim/openstack/rest.h"

namespace ccloud::sim::openstack {

std::string_view status_of(const Rest& rest, const Machine& machine);
/// The server of the path's first argument; null when it is gone.
Machine* find_server(const Rest& rest);
Response no_such_server(const Rest& rest);
/// Nova's refusal of a map of metadata, by its own pattern of keys.
std::optional<Response> check_metadata(json::Value metadata);

}  // namespace ccloud::sim::openstack
