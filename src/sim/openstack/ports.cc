// Neutron: ports and floating addresses.
#include <algorithm>

#include <fmt/format.h>

#include "sim/openstack/neutron.h"

namespace ccloud::sim::openstack {

Port* make_port(Rest& rest, const std::string& network, const std::string& subnet_id) {
  for (const auto& [serial, resource] : rest.world.list(rest.place, "subnet")) {
    auto& subnet = static_cast<Subnet&>(*resource);
    if (subnet.network != network || (!subnet_id.empty() && subnet.id != subnet_id)) continue;
    const auto ip = rest.world.allocate_ip(subnet);
    if (!ip) return nullptr;
    Port port;
    port.place = rest.place;
    port.type = "port";
    port.id = rest.world.uuid();
    port.network = network;
    port.subnet = subnet.id;
    port.ip = *ip;
    return &rest.world.add(std::move(port));
  }
  return nullptr;
}

void release_port(Rest& rest, Port& port) {
  if (auto* subnet = rest.world.find_as<Subnet>(port.place, port.subnet)) {
    rest.world.release_ip(*subnet, port.ip);
  }
  rest.world.remove(port);
}

void bind_floating_ip(Rest& rest, const std::string& port_id, Machine* machine) {
  for (const auto& [serial, resource] : rest.world.list(rest.place, "floatingip")) {
    if (field_of(*resource, "port_id") != port_id) continue;
    rest.world.assign(static_cast<PublicAddress&>(*resource), machine);
  }
}

namespace {

void write_port(json::Writer& out, Rest&, const Resource& resource) {
  const auto& port = static_cast<const Port&>(resource);
  out.begin_object();
  write_common(out, port);
  out.member("network_id", port.network)
      .member("device_id", port.device)
      .member("device_owner", port.owner);
  out.member("status", port.device.empty() ? "DOWN" : "ACTIVE").member("admin_state_up", true);
  out.member("mac_address", "fa:16:3e:00:00:01").key("fixed_ips").begin_array().begin_object();
  out.member("subnet_id", port.subnet).member("ip_address", port.ip).end_object().end_array();
  out.member("security_groups", port.groups).end_object();
}

Response list_ports(Rest& rest) {
  return list_of(rest, "port", write_port,
                 [](const Resource& resource, std::string_view name, const std::string& value) {
                   const auto& port = static_cast<const Port&>(resource);
                   if (name == "network_id") return port.network == value;
                   if (name == "device_id") return port.device == value;
                   if (name == "device_owner") return port.owner == value;
                   return true;
                 });
}

Response show_port(Rest& rest) {
  const auto* port = rest.see<Port>("port", rest.args.at(0));
  return port == nullptr ? not_found("port", rest.args.at(0))
                         : one_of(rest, 200, "port", write_port, *port);
}

std::optional<Response> read_groups(Rest& rest, json::Value wanted,
                                    std::vector<std::string>& into) {
  into.clear();
  for (const auto& group : wanted.items()) {
    const auto id = group.string_or();
    if (rest.see<Firewall>("security_group", id) == nullptr) return not_found("security_group", id);
    into.push_back(id);
  }
  return std::nullopt;
}

Response create_port(Rest& rest) {
  const auto wanted = rest.body.get("port");
  if (auto bad =
          check_attributes(wanted,
                           "name description network_id fixed_ips security_groups admin_state_up "
                           "device_id device_owner mac_address project_id tenant_id"))
    return *bad;
  const auto network = wanted.get("network_id").string_or();
  if (rest.see<Network>("network", network) == nullptr) return not_found("network", network);
  std::vector<std::string> groups;
  if (auto bad = read_groups(rest, wanted.get("security_groups"), groups)) return *bad;
  auto* port = make_port(rest, network, wanted.get("fixed_ips").at(0).get("subnet_id").string_or());
  if (port == nullptr) {
    return neutron_error(409, "IpAddressGenerationFailure",
                         fmt::format("No more IP addresses available on network {}.", network));
  }
  port->name = wanted.get("name").string_or();
  port->fields["description"] = wanted.get("description").string_or();
  port->groups = groups;
  return one_of(rest, 201, "port", write_port, *port);
}

Response update_port(Rest& rest) {
  auto* port = rest.see<Port>("port", rest.args.at(0));
  if (port == nullptr) return not_found("port", rest.args.at(0));
  const auto wanted = rest.body.get("port");
  if (wanted.has("security_groups")) {
    if (auto bad = read_groups(rest, wanted.get("security_groups"), port->groups)) return *bad;
    if (auto* machine = rest.world.find_as<Machine>(rest.place, port->device)) {
      machine->firewalls = port->groups;
    }
  }
  if (wanted.has("name")) port->name = wanted.get("name").string_or();
  return one_of(rest, 200, "port", write_port, *port);
}

Response remove_port(Rest& rest) {
  auto* port = rest.see<Port>("port", rest.args.at(0));
  if (port == nullptr) return not_found("port", rest.args.at(0));
  if (port->owner == "network:router_interface") {
    return neutron_error(409, "ServicePortInUse",
                         fmt::format("Port {} cannot be deleted directly via the port API: has "
                                     "device owner network:router_interface.",
                                     port->id));
  }
  for (const auto& [serial, resource] : rest.world.list(rest.place, "floatingip")) {
    if (field_of(*resource, "port_id") == port->id) resource->fields["port_id"] = "";
  }
  release_port(rest, *port);
  return no_content();
}

void write_floating(json::Writer& out, Rest& rest, const Resource& resource) {
  const auto& address = static_cast<const PublicAddress&>(resource);
  const auto port_id = field_of(address, "port_id");
  out.begin_object();
  write_common(out, address);
  out.member("floating_ip_address", address.ip)
      .member("floating_network_id", field_of(address, "network"));
  out.member("status", address.machine.empty() ? "DOWN" : "ACTIVE");
  const auto* port = rest.world.find_as<Port>(rest.place, port_id);
  if (port == nullptr) {
    out.member("port_id", nullptr).member("fixed_ip_address", nullptr);
  } else {
    out.member("port_id", port_id).member("fixed_ip_address", port->ip);
  }
  out.member("router_id", nullptr).end_object();
}

Response list_floating(Rest& rest) {
  return list_of(rest, "floatingip", write_floating,
                 [](const Resource& resource, std::string_view name, const std::string& value) {
                   if (name == "port_id") return field_of(resource, "port_id") == value;
                   if (name == "floating_ip_address") {
                     return static_cast<const PublicAddress&>(resource).ip == value;
                   }
                   return true;
                 });
}

void attach(Rest& rest, PublicAddress& address, const std::string& port_id) {
  address.fields["port_id"] = port_id;
  const auto* port = rest.world.find_as<Port>(rest.place, port_id);
  rest.world.assign(
      address, port == nullptr ? nullptr : rest.world.find_as<Machine>(rest.place, port->device));
}

/// A fixed address takes one, whether or not lists show it already.
bool has_address(const Rest& rest, const std::string& port_id) {
  if (port_id.empty()) return false;
  return std::ranges::any_of(rest.world.list(rest.place, "floatingip"), [&](const auto& entry) {
    return field_of(*entry.second, "port_id") == port_id;
  });
}

Response create_floating(Rest& rest) {
  const auto wanted = rest.body.get("floatingip");
  if (auto bad = check_attributes(wanted,
                                  "floating_network_id port_id description fixed_ip_address "
                                  "subnet_id project_id tenant_id"))
    return *bad;
  const auto network = wanted.get("floating_network_id").string_or();
  const auto* external = rest.see<Network>("network", network);
  if (external == nullptr || field_of(*external, "external") != "true") {
    return neutron_error(
        400, "BadRequest",
        fmt::format("Bad floatingip request: Network {} is not a valid external network.",
                    network));
  }
  const auto used = static_cast<double>(rest.world.list(rest.place, "floatingip").size());
  if (rest.call.over_quota || used >= rest.world.quota(rest.place, "floatingips", 50)) {
    return neutron_error(409, "OverQuota", "Quota exceeded for resources: ['floatingip'].");
  }
  const auto port_id = wanted.get("port_id").string_or();
  if (!port_id.empty() && rest.see<Port>("port", port_id) == nullptr)
    return not_found("port", port_id);
  if (has_address(rest, port_id)) {
    return neutron_error(409, "FloatingIPPortAlreadyAssociated",
                         fmt::format("Cannot associate a floating IP with port {} using its fixed "
                                     "IP, as that fixed IP already has a floating IP on external "
                                     "network {}.",
                                     port_id, network));
  }
  PublicAddress address;
  address.place = rest.place;
  address.type = "floatingip";
  address.id = rest.world.uuid();
  address.ip = rest.world.fresh_public_ip();
  address.fields = {{"network", network}, {"description", wanted.get("description").string_or()}};
  auto& made = rest.world.add(std::move(address));
  if (!port_id.empty()) attach(rest, made, port_id);
  return one_of(rest, 201, "floatingip", write_floating, made);
}

Response update_floating(Rest& rest) {
  auto* address = rest.see<PublicAddress>("floatingip", rest.args.at(0));
  if (address == nullptr) return not_found("floatingip", rest.args.at(0));
  const auto wanted = rest.body.get("floatingip").get("port_id");
  if (wanted.exists()) attach(rest, *address, wanted.string_or());
  return one_of(rest, 200, "floatingip", write_floating, *address);
}

Response show_floating(Rest& rest) {
  const auto* address = rest.see<PublicAddress>("floatingip", rest.args.at(0));
  return address == nullptr ? not_found("floatingip", rest.args.at(0))
                            : one_of(rest, 200, "floatingip", write_floating, *address);
}

Response remove_floating(Rest& rest) {
  auto* address = rest.see<PublicAddress>("floatingip", rest.args.at(0));
  if (address == nullptr) return not_found("floatingip", rest.args.at(0));
  rest.world.assign(*address, nullptr);
  rest.world.remove(*address);
  return no_content();
}

}  // namespace

std::vector<Route> port_routes() {
  constexpr auto n = Service::network;
  return {{n, "GET", "/ports", list_ports},
          {n, "POST", "/ports", create_port},
          {n, "GET", "/ports/{}", show_port},
          {n, "PUT", "/ports/{}", update_port},
          {n, "DELETE", "/ports/{}", remove_port},
          {n, "GET", "/floatingips", list_floating},
          {n, "POST", "/floatingips", create_floating},
          {n, "GET", "/floatingips/{}", show_floating},
          {n, "PUT", "/floatingips/{}", update_floating},
          {n, "DELETE", "/floatingips/{}", remove_floating}};
}

}  // namespace ccloud::sim::openstack
