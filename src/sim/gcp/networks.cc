// VPC networks, and the default one that every project has.
#include <fmt/format.h>

#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {

Resource* by_id(const Gce& gce, const Place& place, const std::string& id) {
  return gce.world.find(place, id);
}

Network* network_of(const Gce& gce, const Subnet& subnet) {
  return gce.world.find_as<Network>(gce.place_of("global"), subnet.network);
}

Resource* resolve_network(const Gce& gce, const std::string& url) {
  const auto reference = parse_reference(url);
  if (!reference || reference->collection != type::networks || reference->scope != "global") {
    return nullptr;
  }
  if (!reference->project.empty() && reference->project != gce.project.id) return nullptr;
  return gce.find(type::networks, "global", reference->name);
}

Subnet* subnet_of(const Gce& gce, const std::string& network, const std::string& region) {
  for (const auto& [serial, resource] :
       gce.world.list(gce.place_of("regions/" + region), type::subnetworks)) {
    auto& subnet = static_cast<Subnet&>(*resource);
    if (subnet.network == network) return &subnet;
  }
  return nullptr;
}

namespace {

std::vector<Subnet*> subnets_of(const Gce& gce, const std::string& network) {
  std::vector<Subnet*> out;
  for (const auto& region : region_scopes()) {
    for (const auto& [serial, resource] : gce.world.list(gce.place_of(region), type::subnetworks)) {
      auto& subnet = static_cast<Subnet&>(*resource);
      if (subnet.network == network) out.push_back(&subnet);
    }
  }
  return out;
}

void write_network(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& network = static_cast<const Network&>(*item.resource);
  out.begin_object().member("kind", "compute#network").member("id", network.id);
  out.member("creationTimestamp", time_text(network.created)).member("name", network.name);
  if (const auto text = field(network, "description"); !text.empty())
    out.member("description", text);
  out.member("selfLink", link_of(network));
  out.member("selfLinkWithId", gce.link("global", type::networks, network.id));
  out.member("autoCreateSubnetworks", field(network, "auto") == "true");
  const auto subnets = subnets_of(gce, network.id);
  if (!subnets.empty()) {
    out.key("subnetworks").begin_array();
    for (const auto* subnet : subnets) out.value(link_of(*subnet));
    out.end_array();
  }
  out.key("routingConfig").begin_object().member("routingMode", field(network, "routing"));
  out.end_object();
  if (const auto mtu = field(network, "mtu"); !mtu.empty()) out.key("mtu").raw(mtu);
  out.member("networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL").end_object();
}

/// An automatic network has a /20 of 10.128.0.0/9 in each region.
void add_automatic_subnets(Gce& gce, const Network& network) {
  unsigned index = 0;
  for (const auto& scope : region_scopes()) {
    Subnet subnet;
    subnet.type = type::subnetworks;
    subnet.name = network.name;
    subnet.network = network.id;
    subnet.is_builtin = network.is_builtin;
    subnet.fields["automatic"] = "true";
    const unsigned block = index++ * 16;
    subnet.cidr = fmt::format("10.{}.{}.0/20", 128 + block / 256, block % 256);
    gce.add(std::move(subnet), scope);
  }
}

Response insert(Gce& gce) {
  const auto name = gce.body.get("name").string_or();
  if (auto bad = check_name("resource.name", name)) return *bad;
  if (gce.body.has("IPv4Range") || !gce.body.get("autoCreateSubnetworks").is_bool()) {
    return refusal(400, "invalid",
                   "Legacy networks can no longer be created: set autoCreateSubnetworks.");
  }
  const auto routing = gce.body.get("routingConfig").get("routingMode").string_or("REGIONAL");
  if (routing != "REGIONAL" && routing != "GLOBAL") {
    return invalid("resource.routingConfig.routingMode", routing, "Must be REGIONAL or GLOBAL.");
  }
  const auto mtu = gce.body.get("mtu").int_or(1460);
  if (mtu < 1300 || mtu > 8896) {
    return invalid("resource.mtu", std::to_string(mtu), "Must be between 1300 and 8896.");
  }
  if (gce.find(type::networks, "global", name) != nullptr)
    return exists(gce, "global/networks/" + name);
  Operation operation;
  if (!check_quota(gce, "", "NETWORKS", 1, operation)) {
    return begin_at(gce, "insert", gce.link("global", type::networks, name), numeric_id(gce.world),
                    operation);
  }
  Network network;
  network.type = type::networks;
  network.name = name;
  network.fields["auto"] = gce.body.get("autoCreateSubnetworks").bool_or(false) ? "true" : "false";
  network.fields["routing"] = routing;
  network.fields["mtu"] = std::to_string(mtu);
  network.fields["description"] = gce.body.get("description").string_or();
  auto& made = gce.add(std::move(network), "global");
  if (field(made, "auto") == "true") add_automatic_subnets(gce, made);
  return begin(gce, "insert", &made);
}

Response list_all(Gce& gce) {
  return list_resources(gce, "network", type::networks, write_network);
}

Response show(Gce& gce) {
  const auto* network = gce.target<Network>(type::networks);
  if (network == nullptr) return not_found_target(gce, type::networks);
  json::Writer out;
  write_network(out, gce, {.resource = network});
  return answer(200, out.take());
}

/// What keeps a network: empty when nothing does.
std::string user_of(const Gce& gce, const Network& network) {
  for (const auto& [serial, firewall] : gce.world.list(gce.place_of("global"), type::firewalls)) {
    if (static_cast<const Firewall&>(*firewall).network == network.id) return path_of(*firewall);
  }
  for (const auto* subnet : subnets_of(gce, network.id)) {
    if (field(*subnet, "automatic").empty()) return path_of(*subnet);
    for (const auto& [serial, machine] : gce.world.machines(subnet->place)) {
      const bool uses = static_cast<const Machine&>(*machine).subnet == subnet->id;
      if (uses && !is_gone(machine)) return path_of(*machine);
    }
  }
  return {};
}

/// Unlike a subnet's, its refusal comes in the operation.
Response remove(Gce& gce) {
  auto* network = gce.target<Network>(type::networks);
  if (network == nullptr) return not_found_target(gce, type::networks);
  Operation operation{.until = Until::gone};
  if (const auto user = user_of(gce, *network); !user.empty()) {
    operation.until = Until::now;
    operation.error_code = "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE";
    operation.error_message = fmt::format("The network resource '{}' is already being used by '{}'",
                                          path_of(*network), user);
    return begin(gce, "delete", network, operation);
  }
  const auto response = begin(gce, "delete", network, operation);
  for (auto* subnet : subnets_of(gce, network->id)) gce.remove(*subnet);
  gce.remove(*network);
  return response;
}

Response patch(Gce& gce) {
  auto* network = gce.target<Network>(type::networks);
  if (network == nullptr) return not_found_target(gce, type::networks);
  const auto routing = gce.body.get("routingConfig").get("routingMode").string_or();
  if (!routing.empty() && routing != "REGIONAL" && routing != "GLOBAL") {
    return invalid("resource.routingConfig.routingMode", routing, "Must be REGIONAL or GLOBAL.");
  }
  if (!routing.empty()) network->fields["routing"] = routing;
  return begin(gce, "patch", network);
}

void add_default_rule(Gce& gce, const Network& network, std::string_view name,
                      std::string_view allowed, std::string_view ranges) {
  Firewall rule;
  rule.type = type::firewalls;
  rule.name = fmt::format("default-allow-{}", name);
  rule.network = network.id;
  rule.is_builtin = true;
  rule.fields = {{"direction", "INGRESS"},
                 {"priority", "65534"},
                 {"allowed", std::string(allowed)},
                 {"sourceRanges", std::string(ranges)}};
  gce.add(std::move(rule), "global");
}

}  // namespace

void furnish(Gce& gce) {
  gce.memory.is_furnished = true;
  Network network;
  network.type = type::networks;
  network.name = "default";
  network.is_builtin = true;
  network.fields = {{"auto", "true"},
                    {"routing", "REGIONAL"},
                    {"description", "Default network for the project"}};
  const auto& made = gce.add(std::move(network), "global");
  add_automatic_subnets(gce, made);
  constexpr std::string_view everywhere = R"(["0.0.0.0/0"])";
  add_default_rule(gce, made, "icmp", R"([{"IPProtocol":"icmp"}])", everywhere);
  add_default_rule(
      gce, made, "internal",
      R"([{"IPProtocol":"tcp","ports":["0-65535"]},{"IPProtocol":"udp","ports":["0-65535"]},{"IPProtocol":"icmp"}])",
      R"(["10.128.0.0/9"])");
  add_default_rule(gce, made, "rdp", R"([{"IPProtocol":"tcp","ports":["3389"]}])", everywhere);
  add_default_rule(gce, made, "ssh", R"([{"IPProtocol":"tcp","ports":["22"]}])", everywhere);
}

std::vector<Route> network_routes() {
  return {{"networks.list", "GET", "global/networks", list_all, list_params, ""},
          {"networks.get", "GET", "global/networks/{}", show, "", ""},
          {"networks.insert", "POST", "global/networks", insert, "requestId", "Network"},
          {"networks.patch", "PATCH", "global/networks/{}", patch, "requestId", "Network"},
          {"networks.delete", "DELETE", "global/networks/{}", remove, "requestId", ""}};
}

}  // namespace ccloud::sim::gcp
