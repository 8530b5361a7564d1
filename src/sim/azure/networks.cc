// Virtual networks and their subnets.
#include <algorithm>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/text.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {

const std::string& name_arg(const Arm& arm) { return arm.args.at(2); }

Response patch_tags(Arm& arm, std::string_view wanted, Write write) {
  auto* found = arm.find(id_of(arm, wanted, arm.args[1], name_arg(arm)));
  if (found == nullptr) return not_found(arm, wanted, name_arg(arm));
  Tags tags;
  if (auto bad = read_tags(arm.body.get("tags"), tags)) return *bad;
  if (arm.body.has("tags")) replace_tags(arm.world, *found, tags);
  return one(200, arm, write, *found);
}

namespace {

std::vector<Subnet*> subnets_of(const Arm& arm, const Resource& network) {
  std::vector<Subnet*> out;
  for (const auto& [serial, resource] : arm.world.list(network.place, type::subnet)) {
    auto& subnet = static_cast<Subnet&>(*resource);
    if (subnet.network == network.id) out.push_back(&subnet);
  }
  return out;
}

bool is_used(const Arm& arm, const Subnet& subnet) {
  for (const auto& [serial, resource] : arm.world.list(subnet.place, type::interface)) {
    if (static_cast<const Interface&>(*resource).subnet == subnet.id) return true;
  }
  return false;
}

void write_subnet(json::Writer& out, const Arm&, const Resource& resource) {
  const auto& subnet = static_cast<const Subnet&>(resource);
  out.begin_object().member("name", subnet.name).member("id", shown_id(subnet));
  out.member("type", subnet.type).member("etag", fmt::format("W/\"{}\"", field(subnet, "etag")));
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("addressPrefix", subnet.cidr);
  if (const auto group = field(subnet, "security_group"); !group.empty()) {
    out.key("networkSecurityGroup").begin_object().member("id", group).end_object();
  }
  out.key("delegations").begin_array().end_array();
  out.member("privateEndpointNetworkPolicies", "Disabled");
  out.member("privateLinkServiceNetworkPolicies", "Enabled").end_object().end_object();
}

Response bad_cidr(std::string_view text) {
  return refusal(400, "InvalidAddressPrefixFormat",
                 fmt::format("Address prefix {} has an invalid format.", text));
}

struct WantedSubnet {
  std::string name, cidr, security_group;
};

std::optional<Response> read_subnet(const Arm& arm, json::Value item, const Network& network,
                                    WantedSubnet& into) {
  const auto properties = item.get("properties");
  into.cidr = properties.get("addressPrefix")
                  .string_or(properties.get("addressPrefixes").at(0).string_or());
  into.security_group = properties.get("networkSecurityGroup").get("id").string_or();
  const auto cidr = parse_cidr(into.cidr);
  if (!cidr || has_host_bits(*cidr) || cidr->prefix > 29) return bad_cidr(into.cidr);
  const bool fits = std::ranges::any_of(
      network.cidrs, [&](const auto& space) { return contains(*parse_cidr(space), *cidr); });
  if (!fits) {
    return refusal(
        400, "NetcfgInvalidSubnet",
        fmt::format("Subnet '{}' is not valid in virtual network '{}'.", into.name, network.name));
  }
  if (!into.security_group.empty() &&
      arm.find_as<Firewall>(into.security_group, type::security_group) == nullptr) {
    return refusal(400, "InvalidResourceReference",
                   fmt::format("Resource {} referenced by resource {} was not found.",
                               into.security_group, into.name));
  }
  return std::nullopt;
}

std::optional<Response> check_overlap(const std::vector<WantedSubnet>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      if (!overlaps(*parse_cidr(all[i].cidr), *parse_cidr(all[j].cidr))) continue;
      return refusal(400, "NetcfgSubnetRangesOverlap",
                     fmt::format("Subnet '{}' is not valid because its IP address range overlaps "
                                 "with that of an existing subnet.",
                                 all[j].name));
    }
  }
  return std::nullopt;
}

Subnet& put_subnet_record(Arm& arm, const Network& network, const WantedSubnet& wanted) {
  const auto shown = fmt::format("{}/subnets/{}", shown_id(network), wanted.name);
  if (auto* there = arm.find_as<Subnet>(shown, type::subnet)) {
    there->cidr = wanted.cidr;
    there->fields["security_group"] = wanted.security_group;
    return *there;
  }
  Subnet subnet;
  subnet.place = network.place;
  subnet.type = type::subnet;
  subnet.id = to_lower(shown);
  subnet.name = wanted.name;
  subnet.network = network.id;
  subnet.cidr = wanted.cidr;
  subnet.fields = {
      {"id", shown}, {"etag", arm.world.uuid()}, {"security_group", wanted.security_group}};
  return arm.add(std::move(subnet));
}

Response in_use(const Subnet& subnet) {
  return refusal(400, "InUseSubnetCannotBeDeleted",
                 fmt::format("Subnet {} is in use by a network interface and cannot be deleted.",
                             subnet.name));
}

Response put_network(Arm& arm) {
  auto order = check_order(arm, type::network,
                           "location tags properties id name type etag extendedLocation");
  if (order.refused) return *order.refused;
  const auto properties = arm.body.get("properties");
  Network wanted;
  wanted.name = name_arg(arm);
  for (const auto& space : properties.get("addressSpace").get("addressPrefixes").items()) {
    const auto cidr = parse_cidr(space.string_or());
    if (!cidr || has_host_bits(*cidr)) return bad_cidr(space.string_or());
    wanted.cidrs.push_back(space.string_or());
  }
  if (wanted.cidrs.empty()) {
    return refusal(400, "InvalidRequestFormat", "The virtual network has no address space.");
  }
  std::vector<WantedSubnet> subnets;
  for (const auto& item : properties.get("subnets").items()) {
    WantedSubnet one{.name = item.get("name").string_or()};
    if (auto bad = read_subnet(arm, item, wanted, one)) return *bad;
    subnets.push_back(std::move(one));
  }
  if (auto bad = check_overlap(subnets)) return *bad;
  auto* network = static_cast<Network*>(order.existing);
  const bool is_new = network == nullptr;
  if (is_new) {
    if (arm.call.over_quota || arm.count(type::network, order.location) >=
                                   arm.world.quota(arm.place(order.location), "networks", 1000)) {
      return refusal(400, "VnetCountLimitReached",
                     "Cannot create more than 1000 virtual networks for this subscription in this "
                     "region.");
    }
    fill(wanted, arm, order, type::network);
    network = &arm.add(std::move(wanted));
  } else {
    // What the new body does not name goes, or refuses to.
    for (auto* subnet : subnets_of(arm, *network)) {
      const bool stays = std::ranges::any_of(
          subnets, [&](const auto& one) { return equals_ignoring_case(one.name, subnet->name); });
      if (stays) continue;
      if (is_used(arm, *subnet)) return in_use(*subnet);
      arm.world.remove(*subnet);
    }
    network->cidrs = wanted.cidrs;
    replace_tags(arm.world, *network, order.tags);
  }
  for (const auto& one : subnets) put_subnet_record(arm, *network, one);
  return one(is_new ? 201 : 200, arm, write_network, *network);
}

Response show_network(Arm& arm) {
  const auto* found =
      arm.find_as<Network>(id_of(arm, type::network, arm.args[1], name_arg(arm)), type::network);
  return found == nullptr ? not_found(arm, type::network, name_arg(arm))
                          : one(200, arm, write_network, *found);
}

Response delete_network(Arm& arm) {
  auto* found =
      arm.find_as<Network>(id_of(arm, type::network, arm.args[1], name_arg(arm)), type::network);
  if (found == nullptr) return nothing(204);
  for (const auto* subnet : subnets_of(arm, *found)) {
    if (is_used(arm, *subnet)) return in_use(*subnet);
  }
  for (auto* subnet : subnets_of(arm, *found)) arm.world.remove(*subnet);
  const auto region = found->place.region;
  arm.world.remove(*found);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

Network* parent(Arm& arm) {
  return arm.find_as<Network>(id_of(arm, type::network, arm.args[1], arm.args[2]), type::network);
}

Subnet* child(Arm& arm) {
  return arm.find_as<Subnet>(
      fmt::format("{}/subnets/{}", id_of(arm, type::network, arm.args[1], arm.args[2]),
                  arm.args.at(3)),
      type::subnet);
}

Response list_subnets(Arm& arm) {
  const auto* network = parent(arm);
  if (network == nullptr) return not_found(arm, type::network, arm.args[2]);
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto* subnet : subnets_of(arm, *network)) write_subnet(out, arm, *subnet);
  out.end_array().end_object();
  return answer(200, out.take());
}

Response show_subnet(Arm& arm) {
  const auto* subnet = child(arm);
  return subnet == nullptr ? not_found(arm, type::subnet, arm.args[3])
                           : one(200, arm, write_subnet, *subnet);
}

Response put_subnet(Arm& arm) {
  const auto* network = parent(arm);
  if (network == nullptr) return not_found(arm, type::network, arm.args[2]);
  WantedSubnet wanted{.name = arm.args[3]};
  if (auto bad = read_subnet(arm, arm.body, *network, wanted)) return *bad;
  std::vector<WantedSubnet> all{wanted};
  for (const auto* other : subnets_of(arm, *network)) {
    if (!equals_ignoring_case(other->name, wanted.name))
      all.push_back({other->name, other->cidr, ""});
  }
  if (auto bad = check_overlap(all)) return *bad;
  const bool is_new = child(arm) == nullptr;
  return one(is_new ? 201 : 200, arm, write_subnet, put_subnet_record(arm, *network, wanted));
}

Response delete_subnet(Arm& arm) {
  auto* subnet = child(arm);
  if (subnet == nullptr) return nothing(204);
  if (is_used(arm, *subnet)) return in_use(*subnet);
  const auto region = subnet->place.region;
  arm.world.remove(*subnet);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

Response list_networks(Arm& arm) { return list(arm, type::network, write_network, 200); }
Response patch_network(Arm& arm) { return patch_tags(arm, type::network, write_network); }

}  // namespace

void write_network(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& network = static_cast<const Network&>(resource);
  write_head(out, network);
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("resourceGuid", field(network, "guid"));
  out.key("addressSpace").begin_object().member("addressPrefixes", network.cidrs).end_object();
  out.key("subnets").begin_array();
  for (const auto* subnet : subnets_of(arm, network)) write_subnet(out, arm, *subnet);
  out.end_array().key("virtualNetworkPeerings").begin_array().end_array();
  out.member("enableDdosProtection", false).end_object().end_object();
}

std::vector<Route> network_routes() {
  const auto one = in_group(providers_path(type::network, true));
  return {{"GET", in_subscription(providers_path(type::network, false)), list_networks},
          {"GET", in_group(providers_path(type::network, false)), list_networks},
          {"GET", one, show_network},
          {"PUT", one, put_network},
          {"PATCH", one, patch_network},
          {"DELETE", one, delete_network},
          {"GET", one + "/subnets", list_subnets},
          {"GET", one + "/subnets/{}", show_subnet},
          {"PUT", one + "/subnets/{}", put_subnet},
          {"DELETE", one + "/subnets/{}", delete_subnet}};
}

}  // namespace ccloud::sim::azure
