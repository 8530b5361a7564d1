// The public images of every region, and the SSM parameters that name the newest of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/aws/regions.h"
#include "sim/world.h"

namespace ccloud::sim::aws {

/// Puts the public images into a region of the World.
void add_images(World& world, const Place& place, const Region& region);
/// The value of a public parameter ("/aws/service/debian/release/12/latest/amd64"): an AMI id.
std::optional<std::string> public_parameter(std::string_view name, const Region& region);

}  // namespace ccloud::sim::aws
