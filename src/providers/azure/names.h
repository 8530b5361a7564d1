// Names that every machine computes alike, and resource ids. Ids are compared without regard to
// case: the service changes it.
#pragma once

#include <string>
#include <string_view>

namespace ccloud::azure {

/// "ccloud-{project}-{region}": everything of a project in a region lies in this group.
std::string group_name(std::string_view project, std::string_view region);
std::string group_path(std::string_view subscription, std::string_view group);

enum class Kind {
  machine,
  disk,
  network,
  interface,
  address,
  security_group,
  application_group,
};
/// "{group}/providers/Microsoft.Network/virtualNetworks/{name}".
std::string resource_path(std::string_view group, Kind kind, std::string_view name);
/// ".../providers/Microsoft.Compute/virtualMachines", for lists over a group or a subscription.
std::string list_path(std::string_view scope, Kind kind);

std::string network_name(std::string_view network);
std::string firewall_name(std::string_view network, std::string_view firewall);
std::string interface_name(std::string_view node);
std::string address_name(std::string_view node);
std::string disk_name(std::string_view node);
inline constexpr std::string_view subnet_name = "nodes";

/// The last segment.
std::string name_of(std::string_view id);
/// The group's segment, lower case.
std::string group_of(std::string_view id);
/// The id of a child's parent: a subnet's network, an ip configuration's interface.
std::string parent_of(std::string_view id);
/// The id as we write it, when it lies in a group of ours; else as it is.
std::string canonical(std::string_view id);

/// An incarnation of a machine: its resource id and what changes when it is made anew.
std::string node_id(std::string_view resource_id, std::string_view vm_id);
std::string path_of_node(std::string_view node_id);

/// "West Europe" and "westeurope" are one.
std::string normal_location(std::string_view location);

}  // namespace ccloud::azure
