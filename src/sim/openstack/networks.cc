// Neutron: networks, subnets, routers, tags, quota, extensions.
#include <algorithm>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/text.h"
#include "sim/openstack/neutron.h"

namespace ccloud::sim::openstack {
namespace {

void write_network(json::Writer& out, Rest& rest, const Resource& network) {
  out.begin_object();
  write_common(out, network);
  out.member("status", "ACTIVE")
      .member("admin_state_up", true)
      .member("shared", network.is_builtin);
  out.member("router:external", field_of(network, "external") == "true").member("mtu", 1450);
  out.member("is_default", field_of(network, "external") == "true");
  out.key("subnets").begin_array();
  for (const auto& [serial, resource] : rest.world.list(rest.place, "subnet")) {
    if (static_cast<const Subnet&>(*resource).network == network.id) out.value(resource->id);
  }
  out.end_array().end_object();
}

Response list_networks(Rest& rest) {
  return list_of(rest, "network", write_network,
                 [](const Resource& network, std::string_view name, const std::string& value) {
                   if (name != "router:external") return true;
                   return (field_of(network, "external") == "true") == (to_lower(value) == "true");
                 });
}

Response show_network(Rest& rest) {
  const auto* network = rest.see<Network>("network", rest.args.at(0));
  return network == nullptr ? not_found("network", rest.args.at(0))
                            : one_of(rest, 200, "network", write_network, *network);
}

Response create_network(Rest& rest) {
  const auto wanted = rest.body.get("network");
  if (auto bad = check_attributes(wanted,
                                  "name description admin_state_up shared mtu router:external tags "
                                  "port_security_enabled project_id tenant_id"))
    return *bad;
  const auto used = static_cast<double>(rest.world.list(rest.place, "network").size()) - 1;
  if (rest.call.over_quota || used >= rest.world.quota(rest.place, "networks", 100)) {
    return neutron_error(409, "OverQuota", "Quota exceeded for resources: ['network'].");
  }
  Network network;
  network.place = rest.place;
  network.type = "network";
  network.id = rest.world.uuid();
  network.name = wanted.get("name").string_or();
  network.fields["description"] = wanted.get("description").string_or();
  return one_of(rest, 201, "network", write_network, rest.world.add(std::move(network)));
}

bool has_servers(Rest& rest, const std::string& network) {
  for (const auto& [serial, resource] : rest.world.list(rest.place, "port")) {
    if (static_cast<const Port&>(*resource).network == network) return true;
  }
  return false;
}

Response remove_network(Rest& rest) {
  auto* network = rest.see<Network>("network", rest.args.at(0));
  if (network == nullptr || network->is_builtin) return not_found("network", rest.args.at(0));
  if (has_servers(rest, network->id)) {
    return neutron_error(409, "NetworkInUse",
                         fmt::format("Unable to complete operation on network {}. There are one or "
                                     "more ports still in use on the network.",
                                     network->id));
  }
  std::vector<Resource*> subnets;
  for (const auto& [serial, resource] : rest.world.list(rest.place, "subnet")) {
    if (static_cast<const Subnet&>(*resource).network == network->id) subnets.push_back(resource);
  }
  for (auto* subnet : subnets) rest.world.remove(*subnet);
  rest.world.remove(*network);
  return no_content();
}

std::string first_address(const std::string& cidr, std::uint64_t offset) {
  const auto parsed = parse_cidr(cidr);
  const auto at = parsed ? address_at(network_of(*parsed), offset) : std::nullopt;
  return at ? address_text(*at) : std::string();
}

void write_subnet(json::Writer& out, Rest&, const Resource& resource) {
  const auto& subnet = static_cast<const Subnet&>(resource);
  out.begin_object();
  write_common(out, subnet);
  out.member("network_id", subnet.network).member("cidr", subnet.cidr).member("ip_version", 4);
  out.member("enable_dhcp", true).member("gateway_ip", first_address(subnet.cidr, 1));
  out.key("dns_nameservers").begin_array().end_array().key("host_routes").begin_array().end_array();
  out.key("allocation_pools").begin_array().end_array().end_object();
}

Response list_subnets(Rest& rest) {
  return list_of(rest, "subnet", write_subnet,
                 [](const Resource& resource, std::string_view name, const std::string& value) {
                   const auto& subnet = static_cast<const Subnet&>(resource);
                   if (name == "network_id") return subnet.network == value;
                   return name != "cidr" || subnet.cidr == value;
                 });
}

Response show_subnet(Rest& rest) {
  const auto* subnet = rest.see<Subnet>("subnet", rest.args.at(0));
  return subnet == nullptr ? not_found("subnet", rest.args.at(0))
                           : one_of(rest, 200, "subnet", write_subnet, *subnet);
}

Response create_subnet(Rest& rest) {
  const auto wanted = rest.body.get("subnet");
  if (auto bad =
          check_attributes(wanted,
                           "name description network_id cidr ip_version enable_dhcp gateway_ip "
                           "dns_nameservers allocation_pools host_routes project_id tenant_id"))
    return *bad;
  const auto network = wanted.get("network_id").string_or();
  if (rest.see<Network>("network", network) == nullptr) return not_found("network", network);
  const auto cidr = parse_cidr(wanted.get("cidr").string_or());
  if (!cidr || cidr->is_v6 || has_host_bits(*cidr)) {
    return neutron_error(
        400, "HTTPBadRequest",
        fmt::format("Invalid input for cidr. Reason: '{}' is not a valid IP subnet.",
                    wanted.get("cidr").string_or()));
  }
  for (const auto& [serial, resource] : rest.world.list(rest.place, "subnet")) {
    const auto& other = static_cast<const Subnet&>(*resource);
    if (other.network == network && overlaps(*parse_cidr(other.cidr), *cidr)) {
      return neutron_error(400, "InvalidInput",
                           fmt::format("Invalid input for operation: Requested subnet with cidr: "
                                       "{} for network: {} overlaps with another subnet.",
                                       to_string(*cidr), network));
    }
  }
  Subnet subnet;
  subnet.place = rest.place;
  subnet.type = "subnet";
  subnet.id = rest.world.uuid();
  subnet.name = wanted.get("name").string_or();
  subnet.network = network;
  subnet.cidr = to_string(*cidr);
  subnet.fields["description"] = wanted.get("description").string_or();
  return one_of(rest, 201, "subnet", write_subnet, rest.world.add(std::move(subnet)));
}

Response remove_subnet(Rest& rest) {
  auto* subnet = rest.see<Subnet>("subnet", rest.args.at(0));
  if (subnet == nullptr) return not_found("subnet", rest.args.at(0));
  for (const auto& [serial, resource] : rest.world.list(rest.place, "port")) {
    if (static_cast<const Port&>(*resource).subnet == subnet->id) {
      return neutron_error(409, "SubnetInUse",
                           fmt::format("Unable to complete operation on subnet {}: One or more "
                                       "ports have an IP allocation from this subnet.",
                                       subnet->id));
    }
  }
  rest.world.remove(*subnet);
  return no_content();
}

void write_router(json::Writer& out, Rest&, const Resource& router) {
  out.begin_object();
  write_common(out, router);
  out.member("status", "ACTIVE").member("admin_state_up", true);
  const auto external = field_of(router, "external");
  out.key("external_gateway_info");
  if (external.empty()) {
    out.value(nullptr);
  } else {
    out.begin_object().member("network_id", external).member("enable_snat", true).end_object();
  }
  out.key("routes").begin_array().end_array().end_object();
}

Response list_routers(Rest& rest) {
  return list_of(rest, "router", write_router,
                 [](const Resource&, std::string_view, const std::string&) { return true; });
}

Response create_router(Rest& rest) {
  const auto wanted = rest.body.get("router");
  if (auto bad = check_attributes(
          wanted, "name description admin_state_up external_gateway_info project_id tenant_id"))
    return *bad;
  Resource router;
  router.place = rest.place;
  router.type = "router";
  router.id = rest.world.uuid();
  router.name = wanted.get("name").string_or();
  router.fields["description"] = wanted.get("description").string_or();
  const auto external = wanted.get("external_gateway_info").get("network_id").string_or();
  if (!external.empty()) {
    if (rest.see<Network>("network", external) == nullptr) return not_found("network", external);
    router.fields["external"] = external;
  }
  return one_of(rest, 201, "router", write_router, rest.world.add(std::move(router)));
}

std::vector<Port*> interfaces_of(Rest& rest, const std::string& router) {
  std::vector<Port*> out;
  for (const auto& [serial, resource] : rest.world.list(rest.place, "port")) {
    auto& port = static_cast<Port&>(*resource);
    if (port.device == router) out.push_back(&port);
  }
  return out;
}

Response show_router(Rest& rest) {
  const auto* router = rest.see<Resource>("router", rest.args.at(0));
  return router == nullptr ? not_found("router", rest.args.at(0))
                           : one_of(rest, 200, "router", write_router, *router);
}

Response remove_router(Rest& rest) {
  auto* router = rest.see<Resource>("router", rest.args.at(0));
  if (router == nullptr) return not_found("router", rest.args.at(0));
  if (!interfaces_of(rest, router->id).empty()) {
    return neutron_error(409, "RouterInUse", fmt::format("Router {} still has ports", router->id));
  }
  rest.world.remove(*router);
  return no_content();
}

Response add_interface(Rest& rest) {
  auto* router = rest.see<Resource>("router", rest.args.at(0));
  if (router == nullptr) return not_found("router", rest.args.at(0));
  auto* subnet = rest.see<Subnet>("subnet", rest.body.get("subnet_id").string_or());
  if (subnet == nullptr) return not_found("subnet", rest.body.get("subnet_id").string_or());
  for (const auto* port : interfaces_of(rest, router->id)) {
    if (port->subnet == subnet->id) {
      return neutron_error(
          400, "BadRequest",
          fmt::format("Bad router request: Router already has a port on subnet {}.", subnet->id));
    }
  }
  const auto gateway = first_address(subnet->cidr, 1);
  if (!rest.world.take_ip(*subnet, gateway)) {
    return neutron_error(
        409, "IpAddressInUse",
        fmt::format("Unable to complete operation for network {}. The IP address {} is in use.",
                    subnet->network, gateway));
  }
  Port port;
  port.place = rest.place;
  port.type = "port";
  port.id = rest.world.uuid();
  port.network = subnet->network;
  port.subnet = subnet->id;
  port.ip = gateway;
  port.device = router->id;
  port.owner = "network:router_interface";
  const auto& made = rest.world.add(std::move(port));
  return answer(
      200,
      fmt::format(
          R"({{"id":"{}","tenant_id":"{}","port_id":"{}","network_id":"{}","subnet_id":"{}","subnet_ids":["{}"],"tags":[]}})",
          router->id, rest.place.account, made.id, subnet->network, subnet->id, subnet->id));
}

Response remove_interface(Rest& rest) {
  const auto subnet_id = rest.body.get("subnet_id").string_or();
  const auto router = rest.args.at(0);
  for (auto* port : interfaces_of(rest, router)) {
    if (port->subnet != subnet_id) continue;
    release_port(rest, *port);
    return answer(200, fmt::format(R"({{"id":"{}","subnet_id":"{}"}})", router, subnet_id));
  }
  return neutron_error(404, "RouterInterfaceNotFoundForSubnet",
                       fmt::format("Router {} has no interface on subnet {}", router, subnet_id));
}

/// PUT /{collection}/{id}: the name and the description change in place.
Response rename(Rest& rest, std::string_view type, Render render) {
  auto* resource = rest.see<Resource>(type, rest.args.at(0));
  if (resource == nullptr || resource->is_builtin) return not_found(type, rest.args.at(0));
  const auto wanted = rest.body.get(type);
  if (auto bad = check_attributes(wanted, "name description")) return *bad;
  if (wanted.has("name")) resource->name = wanted.get("name").string_or();
  if (wanted.has("description")) {
    resource->fields["description"] = wanted.get("description").string_or();
  }
  return one_of(rest, 200, type, render, *resource);
}

Response rename_network(Rest& rest) { return rename(rest, "network", write_network); }
Response rename_subnet(Rest& rest) { return rename(rest, "subnet", write_subnet); }

/// Or it gets another way out, or (null) none.
Response change_router(Rest& rest) {
  const auto wanted = rest.body.get("router");
  if (!wanted.has("external_gateway_info")) return rename(rest, "router", write_router);
  auto* router = rest.see<Resource>("router", rest.args.at(0));
  if (router == nullptr) return not_found("router", rest.args.at(0));
  const auto external = wanted.get("external_gateway_info").get("network_id").string_or();
  if (!external.empty() && rest.see<Network>("network", external) == nullptr) {
    return not_found("network", external);
  }
  router->fields["external"] = external;
  return one_of(rest, 200, "router", write_router, *router);
}

/// PUT /{collection}/{id}/tags replaces them all.
Response put_tags(Rest& rest, std::string_view type) {
  auto* resource = rest.see<Resource>(type, rest.args.at(0));
  if (resource == nullptr) return not_found(type, rest.args.at(0));
  const auto old = resource->tags;
  for (const auto& [tag, value] : old) rest.world.remove_tag(*resource, tag);
  json::Writer out;
  out.begin_object().key("tags").begin_array();
  for (const auto& tag : rest.body.get("tags").items()) {
    rest.world.set_tag(*resource, tag.string_or(), "");
    out.value(tag.string_or());
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

Response tag_network(Rest& rest) { return put_tags(rest, "network"); }
Response tag_group(Rest& rest) { return put_tags(rest, "security_group"); }
Response tag_port(Rest& rest) { return put_tags(rest, "port"); }
Response tag_router(Rest& rest) { return put_tags(rest, "router"); }

Response quota(Rest& rest) {
  const auto one = [&](std::string_view name, std::string_view type, double documented) {
    return fmt::format(
        R"("{}":{{"limit":{:.0f},"used":{},"reserved":0}})", name,
        std::min(rest.world.quota(rest.place, std::string(name) + "s", documented), 1e9),
        rest.world.list(rest.place, type).size());
  };
  return answer(200, fmt::format(R"({{"quota":{{{},{},{}}}}})", one("network", "network", 100),
                                 one("floatingip", "floatingip", 50), one("port", "port", 500)));
}

Response extensions(Rest&) {
  return answer(
      200,
      R"({"extensions":[{"alias":"standard-attr-tag","name":"Tag support","description":"","links":[],"updated":"2017-01-01T00:00:00-00:00"},{"alias":"router","name":"Neutron L3 Router","description":"","links":[],"updated":"2012-07-20T10:00:00-00:00"},{"alias":"security-group","name":"security-group","description":"","links":[],"updated":"2012-10-05T10:00:00-00:00"}]})");
}

}  // namespace

std::vector<Route> network_routes() {
  constexpr auto n = Service::network;
  return {{n, "GET", "/networks", list_networks},
          {n, "POST", "/networks", create_network},
          {n, "GET", "/networks/{}", show_network},
          {n, "PUT", "/networks/{}", rename_network},
          {n, "DELETE", "/networks/{}", remove_network},
          {n, "PUT", "/networks/{}/tags", tag_network},
          {n, "GET", "/subnets", list_subnets},
          {n, "POST", "/subnets", create_subnet},
          {n, "GET", "/subnets/{}", show_subnet},
          {n, "PUT", "/subnets/{}", rename_subnet},
          {n, "DELETE", "/subnets/{}", remove_subnet},
          {n, "GET", "/routers", list_routers},
          {n, "POST", "/routers", create_router},
          {n, "GET", "/routers/{}", show_router},
          {n, "PUT", "/routers/{}", change_router},
          {n, "DELETE", "/routers/{}", remove_router},
          {n, "PUT", "/routers/{}/add_router_interface", add_interface},
          {n, "PUT", "/routers/{}/remove_router_interface", remove_interface},
          {n, "PUT", "/routers/{}/tags", tag_router},
          {n, "PUT", "/ports/{}/tags", tag_port},
          {n, "PUT", "/security-groups/{}/tags", tag_group},
          {n, "GET", "/quotas/{}/details.json", quota},
          {n, "GET", "/extensions", extensions}};
}

}  // namespace ccloud::sim::openstack
