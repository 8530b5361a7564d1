// Making machines: everything that Compute checks before it says 200. What only shows later (no
// room, no quota, a forbidden service account) comes in the operation.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {

using Refused = std::optional<Response>;

void no_room(const Gce& gce, Operation& operation) {
  operation.error_code = "ZONE_RESOURCE_POOL_EXHAUSTED";
  operation.error_status = 503;
  operation.error_message = fmt::format(
      "The zone 'projects/{}/zones/{}' does not have enough resources available to "
      "fulfill the request.  Try a different zone, or try again later.",
      gce.project.id, gce.zone);
}

Refused check_network_tags(json::Value items, std::string_view field) {
  if (items.size() > 64) return invalid(field, "", "At most 64 tags are allowed.");
  std::size_t index = 0;
  for (const auto& item : items.items()) {
    const auto tag = item.string_or();
    if (!is_name(tag)) {
      return invalid(fmt::format("{}[{}]", field, index), tag,
                     "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
    }
    ++index;
  }
  return std::nullopt;
}

Refused read_service_accounts(const Gce& gce, json::Value accounts, Machine& machine) {
  machine.identity.clear();
  if (accounts.size() == 0) return std::nullopt;
  if (accounts.size() > 1) {
    return invalid("resource.serviceAccounts", "", "At most one service account is allowed.");
  }
  const auto one = accounts.at(0);
  auto email = one.get("email").string_or("default");
  if (email == "default") email = gce.project.default_account;
  if (email.find('@') == std::string::npos) {
    return invalid("resource.serviceAccounts[0].email", email, "Must be an email address.");
  }
  for (const auto& scope : one.get("scopes").items()) {
    if (scope.string_or().starts_with("https://www.googleapis.com/auth/")) continue;
    return invalid("resource.serviceAccounts[0].scopes", scope.string_or(),
                   "The scope is not known.");
  }
  if (one.get("scopes").size() == 0) return missing("resource.serviceAccounts[0].scopes");
  machine.identity = email;
  machine.fields["scopes"] = one.get("scopes").text();
  return std::nullopt;
}

Refused read_machine_type(const Gce& gce, const std::string& url, std::string_view where,
                          Machine& machine) {
  if (url.empty()) return missing(where);
  const auto reference = parse_reference(url);
  if (!reference || reference->collection != "machineTypes") {
    return invalid(where, url, "The URL is malformed.");
  }
  if (reference->scope != "zones/" + gce.zone) {
    return invalid(where, url, fmt::format("The machine type is not one of zone '{}'.", gce.zone));
  }
  const auto* found = find_machine_type(reference->name, gce.zone);
  if (found == nullptr) {
    return invalid(where, url,
                   fmt::format("Machine type with name '{}' does not exist in zone '{}'.",
                               reference->name, gce.zone));
  }
  machine.size = found->name;
  machine.cpus = found->cpus;
  machine.memory_mib = found->memory_mib;
  machine.fields["arm"] = found->is_arm ? "true" : "false";
  return std::nullopt;
}

Refused read_access(const Gce& gce, json::Value config, const std::string& where, Machine& machine,
                    PublicAddress*& address) {
  const auto kind = config.get("type").string_or("ONE_TO_ONE_NAT");
  if (kind != "ONE_TO_ONE_NAT") return invalid(where + ".type", kind, "Must be ONE_TO_ONE_NAT.");
  const auto tier = config.get("networkTier").string_or("PREMIUM");
  if (tier != "PREMIUM" && tier != "STANDARD") {
    return invalid(where + ".networkTier", tier, "Must be PREMIUM or STANDARD.");
  }
  machine.fields["access"] = config.get("name").string_or("External NAT");
  machine.fields["tier"] = tier;
  machine.wants_public_ip = true;
  const auto ip = config.get("natIP").string_or();
  if (ip.empty()) return std::nullopt;
  const auto region = gce.place_of("zones/" + gce.zone);
  for (const auto& [serial, resource] : gce.world.list(region, type::addresses)) {
    auto& one = static_cast<PublicAddress&>(*resource);
    if (one.ip == ip) address = &one;
  }
  if (address == nullptr) {
    return invalid(
        where + ".natIP", ip,
        fmt::format("The specified external IP address '{}' was not found in region '{}'.", ip,
                    region.region));
  }
  if (field(*address, "tier") != tier) {
    return invalid(where + ".networkTier", tier, "It is not the tier of the address.");
  }
  if (by_id(gce, region, address->machine) != nullptr) {
    return invalid(where + ".natIP", ip,
                   fmt::format("External IP address: {} is already in-use.", ip));
  }
  machine.wants_public_ip = false;
  return std::nullopt;
}

namespace {

/// A new machine with all that goes with it, before any of it is there.
struct Order {
  Machine machine;
  std::vector<DiskOrder> disks;  ///< new ones; the first one boots
  std::vector<bool> dies;        ///< of each: autoDelete
  std::vector<std::string> devices;
  Subnet* subnet = nullptr;
  PublicAddress* address = nullptr;
  std::string wanted_ip;
  const ImageFacts* image = nullptr;
};

Refused read_one_disk(const Gce& gce, json::Value wanted, std::size_t index, Order& order) {
  const auto where = fmt::format("resource.disks[{}]", index);
  if (wanted.has("source")) {
    return invalid(where + ".source", wanted.get("source").string_or(),
                   "The simulator attaches disks after the machine is made.");
  }
  const auto kind = wanted.get("type").string_or("PERSISTENT");
  if (kind != "PERSISTENT" && kind != "SCRATCH")
    return invalid(where + ".type", kind, "Must be PERSISTENT or SCRATCH.");
  const auto mode = wanted.get("mode").string_or("READ_WRITE");
  if (mode != "READ_WRITE" && mode != "READ_ONLY")
    return invalid(where + ".mode", mode, "Must be READ_WRITE or READ_ONLY.");
  if (!wanted.has("initializeParams")) return missing(where + ".initializeParams");
  const auto params = wanted.get("initializeParams");
  DiskOrder disk;
  if (auto bad = read_disk(gce, params, where + ".initializeParams", false, disk)) return bad;
  const bool is_boot = wanted.get("boot").bool_or(false);
  if (is_boot != (index == 0)) {
    return invalid(where + ".boot", is_boot ? "true" : "false",
                   "Boot disk must be the first disk attached to the instance.");
  }
  if (is_boot && disk.image == nullptr) {
    return invalid("resource.disks[0]", "", "Boot disk must have a source specified.");
  }
  const auto& name = order.machine.name;
  disk.name = params.get("diskName")
                  .string_or(is_boot ? name : fmt::format("{}-{}", name.substr(0, 60), index));
  if (auto bad = check_name(where + ".initializeParams.diskName", disk.name)) return bad;
  if (gce.find(type::disks, gce.scope(), disk.name) != nullptr) {
    return exists(gce, fmt::format("{}/disks/{}", gce.scope(), disk.name));
  }
  order.devices.push_back(
      wanted.get("deviceName").string_or(fmt::format("persistent-disk-{}", index)));
  order.dies.push_back(wanted.get("autoDelete").bool_or(false));
  order.disks.push_back(std::move(disk));
  return std::nullopt;
}

Refused read_disks(const Gce& gce, json::Value disks, Order& order) {
  if (disks.size() == 0) {
    return refusal(400, "invalid",
                   "Invalid value for field 'resource.disks': ''. No disks are specified.");
  }
  std::size_t index = 0;
  for (const auto& wanted : disks.items()) {
    if (auto bad = read_one_disk(gce, wanted, index++, order)) return bad;
  }
  order.image = order.disks[0].image;
  auto& machine = order.machine;
  machine.image =
      fmt::format("projects/{}/global/images/{}", order.image->project, order.image->name);
  machine.os = order.image->os;
  if (order.image->is_arm != (field(machine, "arm") == "true")) {
    return invalid(
        "resource.disks[0].initializeParams.sourceImage", image_link(*order.image),
        fmt::format("The architecture of the image does not match that of machine type '{}'.",
                    machine.size));
  }
  return std::nullopt;
}

Refused read_network(const Gce& gce, json::Value wanted, Order& order) {
  const std::string where = "resource.networkInterfaces[0]";
  const auto region = region_of_zone(gce.zone);
  const auto subnet_url = wanted.get("subnetwork").string_or();
  auto network_url = wanted.get("network").string_or();
  if (!subnet_url.empty()) {
    const auto reference = parse_reference(subnet_url);
    if (!reference || reference->collection != type::subnetworks) {
      return invalid(where + ".subnetwork", subnet_url, "The URL is malformed.");
    }
    if (reference->scope == "regions/" + region) {
      order.subnet = gce.find_as<Subnet>(type::subnetworks, reference->scope, reference->name);
    }
    if (order.subnet == nullptr) {
      return invalid(where + ".subnetwork", subnet_url,
                     "The referenced subnetwork resource cannot be found.");
    }
  }
  if (subnet_url.empty() && network_url.empty()) network_url = "global/networks/default";
  if (!network_url.empty()) {
    const auto* network = resolve_network(gce, network_url);
    if (network == nullptr) {
      return invalid(where + ".network", network_url,
                     "The referenced network resource cannot be found.");
    }
    if (order.subnet != nullptr && order.subnet->network != network->id) {
      return invalid(where + ".subnetwork", subnet_url,
                     "The subnetwork is not one of the network.");
    }
    if (order.subnet == nullptr && field(*network, "auto") != "true") {
      return invalid(where, "", "Subnetwork should be specified for custom subnetmode network");
    }
    if (order.subnet == nullptr) order.subnet = subnet_of(gce, network->id, region);
  }
  if (!World::is_visible(*order.subnet, gce.world.now())) return not_ready(gce, *order.subnet);
  order.machine.network = order.subnet->network;
  order.machine.subnet = order.subnet->id;
  order.wanted_ip = wanted.get("networkIP").string_or();
  return std::nullopt;
}

Refused read_networks(const Gce& gce, json::Value interfaces, Order& order) {
  if (interfaces.size() == 0) return missing("resource.networkInterfaces");
  if (interfaces.size() > 1) {
    return invalid("resource.networkInterfaces", "",
                   "The simulator's machines have one interface.");
  }
  const auto wanted = interfaces.at(0);
  if (auto bad = read_network(gce, wanted, order)) return bad;
  const auto configs = wanted.get("accessConfigs");
  if (configs.size() > 1) {
    return invalid("resource.networkInterfaces[0].accessConfigs", "",
                   "At most one access config is supported.");
  }
  if (configs.size() == 0) return std::nullopt;
  return read_access(gce, configs.at(0), "resource.networkInterfaces[0].accessConfigs[0]",
                     order.machine, order.address);
}

Refused read_scheduling(json::Value wanted, Machine& machine) {
  const auto model = wanted.get("provisioningModel").string_or("STANDARD");
  constexpr std::string_view where = "resource.scheduling";
  if (model != "STANDARD" && model != "SPOT") {
    return invalid(fmt::format("{}.provisioningModel", where), model, "Must be STANDARD or SPOT.");
  }
  const bool is_spot = model == "SPOT" || wanted.get("preemptible").bool_or(false);
  machine.fields["provisioning"] = is_spot ? "SPOT" : "STANDARD";
  if (is_spot && wanted.get("automaticRestart").bool_or(false)) {
    return invalid(fmt::format("{}.automaticRestart", where), "true",
                   "Spot VMs are not restarted automatically.");
  }
  const auto maintenance =
      wanted.get("onHostMaintenance").string_or(is_spot ? "TERMINATE" : "MIGRATE");
  if (maintenance != "MIGRATE" && maintenance != "TERMINATE") {
    return invalid(fmt::format("{}.onHostMaintenance", where), maintenance,
                   "Must be MIGRATE or TERMINATE.");
  }
  if (is_spot && maintenance != "TERMINATE") {
    return invalid(fmt::format("{}.onHostMaintenance", where), maintenance,
                   "Spot VMs cannot be migrated.");
  }
  const auto action = wanted.get("instanceTerminationAction").string_or();
  if (!action.empty() && action != "STOP" && action != "DELETE") {
    return invalid(fmt::format("{}.instanceTerminationAction", where), action,
                   "Must be STOP or DELETE.");
  }
  machine.fields["termination"] = action;
  machine.fields["restart"] = wanted.get("automaticRestart").bool_or(true) ? "true" : "false";
  return std::nullopt;
}

Refused read_order(const Gce& gce, json::Value body, Order& order) {
  auto& machine = order.machine;
  if (auto bad = read_machine_type(gce, body.get("machineType").string_or(), "resource.machineType",
                                   machine))
    return bad;
  if (auto bad = check_labels(body.get("labels"), "resource.labels", machine.tags)) return bad;
  if (auto bad = check_network_tags(body.get("tags").get("items"), "resource.tags.items"))
    return bad;
  if (body.get("tags").get("items").size() > 0)
    machine.fields["tags"] = body.get("tags").get("items").text();
  Tags metadata;
  if (auto bad = read_metadata(body.get("metadata"), "resource.metadata", metadata)) return bad;
  keep_metadata(machine, metadata);
  if (auto bad = read_scheduling(body.get("scheduling"), machine)) return bad;
  if (auto bad = read_service_accounts(gce, body.get("serviceAccounts"), machine)) return bad;
  if (auto bad = read_disks(gce, body.get("disks"), order)) return bad;
  if (auto bad = read_networks(gce, body.get("networkInterfaces"), order)) return bad;
  const auto host = body.get("hostname").string_or();
  if (!host.empty() && (host.find('.') == std::string::npos || host.size() > 253)) {
    return invalid("resource.hostname", host, "Must be a fully qualified domain name.");
  }
  machine.fields["hostname"] = host;
  machine.fields["description"] = body.get("description").string_or();
  machine.fields["forward"] = body.get("canIpForward").bool_or(false) ? "true" : "false";
  machine.fields["protected"] = body.get("deletionProtection").bool_or(false) ? "true" : "false";
  machine.host_name = host.empty() ? machine.name : host.substr(0, host.find('.'));
  return std::nullopt;
}

/// What is refused in the operation only.
bool is_granted(const Gce& gce, const Order& order, Operation& operation) {
  const auto region = region_of_zone(gce.zone);
  const auto& machine = order.machine;
  const bool is_spot = field(machine, "provisioning") == "SPOT";
  const auto metric = is_spot ? std::string("PREEMPTIBLE_CPUS") : cpu_metric(machine.size);
  if (!check_quota(gce, region, metric, machine.cpus, operation)) return false;
  if (!check_quota(gce, "", "CPUS_ALL_REGIONS", machine.cpus, operation)) return false;
  if (!check_quota(gce, region, "INSTANCES", 1, operation)) return false;
  if (machine.wants_public_ip && !check_quota(gce, region, "IN_USE_ADDRESSES", 1, operation))
    return false;
  for (const auto& disk : order.disks) {
    if (!is_disk_in_quota(gce, disk, operation)) return false;
  }
  const auto& account = machine.identity;
  if (!account.empty() && account != gce.project.default_account &&
      account != gce.project.node_account) {
    operation.error_code = "SERVICE_ACCOUNT_ACCESS_DENIED";
    operation.error_message = fmt::format(
        "The user does not have access to service account '{}'.  User: '{}'.  Ask a "
        "project owner to grant you the iam.serviceAccountUser role on the service "
        "account",
        account, gce.user);
    return false;
  }
  if (!gce.call.is_full(gce.zone)) return true;
  no_room(gce, operation);
  return false;
}

/// An address in the subnet; the last two of the range are the cloud's own, as the first two are.
bool take_address(const Gce& gce, Order& order, Operation& operation) {
  auto& world = gce.world;
  auto& subnet = *order.subnet;
  if (!order.wanted_ip.empty()) {
    order.machine.private_ip = order.wanted_ip;
    if (world.take_ip(subnet, order.wanted_ip)) return true;
    operation.error_code = "IP_IN_USE_BY_ANOTHER_RESOURCE";
    operation.error_message =
        fmt::format("IP '{}' is already being used by another resource.", order.wanted_ip);
    return false;
  }
  const auto ip = world.allocate_ip(subnet, 2);
  const auto most = World::capacity(subnet, 2);
  if (ip && subnet.used.size() < most) {
    order.machine.private_ip = *ip;
    return true;
  }
  if (ip) world.release_ip(subnet, *ip);
  operation.error_code = "IP_SPACE_EXHAUSTED";
  operation.error_message = fmt::format("IP space of '{}' is exhausted.", path_of(subnet));
  return false;
}

Machine& make(Gce& gce, Order& order) {
  auto& machine = order.machine;
  machine.type = type::instances;
  machine.id = numeric_id(gce.world);
  // It is shown as long as it is there, and no longer.
  machine.lingers = Duration(1);
  for (std::size_t i = 0; i < order.disks.size(); ++i) {
    auto disk = make_disk(gce, order.disks[i]);
    disk.machine = machine.id;
    disk.device = order.devices[i];
    disk.dies_with_machine = order.dies[i];
    machine.disks.push_back(gce.add(std::move(disk), gce.scope()).id);
  }
  prepare_guest(gce, machine, *order.image);
  gce.prepare(machine, gce.scope());
  auto& made = gce.world.launch(std::move(machine));
  if (order.address != nullptr) gce.world.assign(*order.address, &made);
  return made;
}

Response insert(Gce& gce) {
  Order order;
  order.machine.name = gce.body.get("name").string_or();
  if (auto bad = check_name("resource.name", order.machine.name)) return *bad;
  const auto& name = order.machine.name;
  if (gce.find(type::instances, gce.scope(), name) != nullptr) {
    return exists(gce, fmt::format("{}/instances/{}", gce.scope(), name));
  }
  if (auto bad = read_order(gce, gce.body, order)) return *bad;
  Operation operation;
  if (!is_granted(gce, order, operation) || !take_address(gce, order, operation)) {
    return begin_at(gce, "insert", gce.link(gce.scope(), type::instances, name),
                    numeric_id(gce.world), operation);
  }
  const auto& made = make(gce, order);
  operation.until = Until::running;
  return begin(gce, "insert", &made, operation);
}

}  // namespace

std::vector<Route> insert_routes() {
  return {{"instances.insert", "POST", "zones/{}/instances", insert, "requestId", "Instance"}};
}

}  // namespace ccloud::sim::gcp
