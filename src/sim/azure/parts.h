// What the handlers of one type need of another's.
#pragma once

#include "sim/azure/arm.h"

namespace ccloud::sim::azure {

/// GET, PUT, PATCH, DELETE {scope}/providers/Microsoft.Resources/tags/default.
Response serve_tags(Arm& arm, std::string_view scope);

/// PATCH of a network resource: its tags alone.
Response patch_tags(Arm& arm, std::string_view wanted, Write write);

void write_network(json::Writer& out, const Arm& arm, const Resource& resource);
void write_interface(json::Writer& out, const Arm& arm, const Resource& resource);
void write_address(json::Writer& out, const Arm& arm, const Resource& resource);
void write_machine(json::Writer& out, const Arm& arm, const Resource& resource);
void write_disk(json::Writer& out, const Arm& arm, const Resource& resource);
void write_instance_view(json::Writer& out, const Arm& arm, const Machine& machine);

/// The interface that this public address serves; null when it is free.
Interface* interface_of_address(const Arm& arm, std::string_view address_id);
/// The last segment of the request's resource, as args have it.
const std::string& name_arg(const Arm& arm);

}  // namespace ccloud::sim::azure
