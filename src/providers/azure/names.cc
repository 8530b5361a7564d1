// Names keep to the narrowest of Azure's rules: letters, digits, '-', '.', 2 to 64 characters.
#include "providers/azure/names.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::azure {
namespace {

constexpr std::array<std::string_view, 7> types = {
    "Microsoft.Compute/virtualMachines",          "Microsoft.Compute/disks",
    "Microsoft.Network/virtualNetworks",          "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/publicIPAddresses",        "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/applicationSecurityGroups"};

std::string_view type_of(Kind kind) { return types.at(static_cast<std::size_t>(kind)); }

}  // namespace

std::string group_name(std::string_view project, std::string_view region) {
  return fmt::format("ccloud-{}-{}", project, region);
}

std::string group_path(std::string_view subscription, std::string_view group) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}", subscription, group);
}

std::string resource_path(std::string_view group, Kind kind, std::string_view name) {
  return fmt::format("{}/providers/{}/{}", group, type_of(kind), name);
}

std::string list_path(std::string_view scope, Kind kind) {
  return fmt::format("{}/providers/{}", scope, type_of(kind));
}

std::string network_name(std::string_view network) { return fmt::format("net-{}", network); }
std::string firewall_name(std::string_view network, std::string_view firewall) {
  return fmt::format("fw-{}.{}", network, firewall);
}
std::string interface_name(std::string_view node) { return fmt::format("{}-nic", node); }
std::string address_name(std::string_view node) { return fmt::format("{}-ip", node); }
std::string disk_name(std::string_view node) { return fmt::format("{}-os", node); }

std::string name_of(std::string_view id) { return std::string(id.substr(id.rfind('/') + 1)); }

std::string group_of(std::string_view id) {
  const auto parts = split(id, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (equals_ignoring_case(parts[i], "resourceGroups")) return to_lower(parts[i + 1]);
  }
  return {};
}

std::string parent_of(std::string_view id) {
  for (int i = 0; i < 2; ++i) id = id.substr(0, id.rfind('/'));
  return std::string(id);
}

std::string canonical(std::string_view id) {
  auto parts = split(id, '/');
  // "", subscriptions, S, resourceGroups, G, providers, Namespace, type, name, ...
  if (parts.size() < 9 || !to_lower(parts[4]).starts_with("ccloud-")) return std::string(id);
  const auto type = parts[6] + "/" + parts[7];
  for (const auto known : types) {
    if (!equals_ignoring_case(known, type)) continue;
    auto out =
        fmt::format("{}/providers/{}", group_path(to_lower(parts[2]), to_lower(parts[4])), known);
    for (std::size_t i = 8; i < parts.size(); ++i) out += "/" + to_lower(parts[i]);
    return out;
  }
  return std::string(id);
}

std::string node_id(std::string_view resource_id, std::string_view vm_id) {
  return vm_id.empty() ? std::string(resource_id) : fmt::format("{}#{}", resource_id, vm_id);
}

std::string path_of_node(std::string_view node_id) {
  return std::string(node_id.substr(0, node_id.find('#')));
}

std::string normal_location(std::string_view location) {
  return replace_all(to_lower(location), " ", "");
}

}  // namespace ccloud::azure
