// What the files about Neutron share: its generic lists, names, tags and refusals.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/openstack/rest.h"

namespace ccloud::sim::openstack {

/// Writes one object of a collection.
using Render = void (*)(json::Writer& out, Rest& rest, const Resource& resource);

/// GET of a collection with `name`, `id`, `description`, `tags` and other attribute filters. `fits`
/// answers for attributes of the kind's own.
Response list_of(Rest& rest, std::string_view type, Render render,
                 const std::function<bool(const Resource&, std::string_view name,
                                          const std::string& value)>& fits);
Response one_of(Rest& rest, int status, std::string_view type, Render render,
                const Resource& resource);
/// "Network ID could not be found." with the type's name in CamelCase.
Response not_found(std::string_view type, const std::string& id);
/// The members that every Neutron object has.
void write_common(json::Writer& out, const Resource& resource);
std::string field_of(const Resource& resource, const std::string& name);
/// Refuses attributes that the kind does not have, as Neutron does.
std::optional<Response> check_attributes(json::Value object, std::string_view allowed);

}  // namespace ccloud::sim::openstack
