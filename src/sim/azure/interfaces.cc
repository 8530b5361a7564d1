// Public addresses and network interfaces.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {

Interface* interface_of_address(const Arm& arm, std::string_view address_id) {
  const auto* address = arm.find(address_id);
  if (address == nullptr) return nullptr;
  auto* nic = arm.find_as<Interface>(field(*address, "interface"), type::interface);
  return nic != nullptr && nic->address == address->id ? nic : nullptr;
}

namespace {

std::string config_id(const Interface& nic) {
  return fmt::format("{}/ipConfigurations/{}", shown_id(nic), nic.config_name);
}

std::string shown(const Arm& arm, const std::string& id) {
  const auto* found = arm.find(id);
  return found == nullptr ? id : shown_id(*found);
}

Response put_address(Arm& arm) {
  auto order = check_order(arm, type::address,
                           "location tags properties sku zones id name type etag extendedLocation");
  if (order.refused) return *order.refused;
  const auto properties = arm.body.get("properties");
  const auto sku = arm.body.get("sku").get("name").string_or("Basic");
  if (sku == "Basic") {
    return refusal(400, "PublicIPBasicSkuRetired",
                   "Basic SKU public IP addresses are retired: use the Standard SKU.");
  }
  if (properties.get("publicIPAllocationMethod").string_or("Dynamic") != "Static") {
    return refusal(400, "PublicIPAndLBSkuAllocationMethodMismatch",
                   "Standard sku publicIp must have AllocationMethod set to Static.");
  }
  if (order.existing != nullptr) {
    replace_tags(arm.world, *order.existing, order.tags);
    return one(200, arm, write_address, *order.existing);
  }
  const auto limit = arm.world.quota(arm.place(order.location), "addresses", 20);
  if (arm.call.over_quota || arm.count(type::address, order.location) >= limit) {
    return refusal(400, "PublicIPCountLimitReached",
                   fmt::format("Cannot create more than {:.0f} public IP addresses for this "
                               "subscription in this region.",
                               limit));
  }
  PublicAddress fresh;
  fill(fresh, arm, order, type::address);
  fresh.ip = arm.world.fresh_public_ip();
  return one(201, arm, write_address, arm.add(std::move(fresh)));
}

PublicAddress* address_arg(Arm& arm) {
  return arm.find_as<PublicAddress>(id_of(arm, type::address, arm.args[1], name_arg(arm)),
                                    type::address);
}

Response show_address(Arm& arm) {
  const auto* found = address_arg(arm);
  return found == nullptr ? not_found(arm, type::address, name_arg(arm))
                          : one(200, arm, write_address, *found);
}

Response delete_address(Arm& arm) {
  auto* found = address_arg(arm);
  if (found == nullptr) return nothing(204);
  if (const auto* nic = interface_of_address(arm, found->id)) {
    return refusal(400, "PublicIPAddressCannotBeDeleted",
                   fmt::format("Public IP address {} can not be deleted since it is still "
                               "allocated to resource {}.",
                               shown_id(*found), config_id(*nic)));
  }
  const auto region = found->place.region;
  arm.world.remove(*found);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

Response bad_reference(std::string_view id, std::string_view of) {
  return refusal(400, "InvalidResourceReference",
                 fmt::format("Resource {} referenced by resource {} was not found. Please make "
                             "sure that the referenced resource exists, and that both resources "
                             "are in the same region.",
                             id, of));
}

/// The references of one ip configuration, checked.
std::optional<Response> read_configuration(const Arm& arm, json::Value item,
                                           const std::string& location, Interface& into) {
  const auto properties = item.get("properties");
  into.config_name = item.get("name").string_or("ip1");
  const auto in_region = [&](const Resource* found) {
    return found != nullptr && found->place.region == location;
  };
  const auto subnet = properties.get("subnet").get("id").string_or();
  const auto* found = arm.find_as<Subnet>(subnet, type::subnet);
  if (!in_region(found)) return bad_reference(subnet, name_arg(arm));
  into.subnet = found->id;
  const auto address = properties.get("publicIPAddress");
  if (address.is_object()) {
    const auto id = address.get("id").string_or();
    const auto* target = arm.find_as<PublicAddress>(id, type::address);
    if (!in_region(target)) return bad_reference(id, name_arg(arm));
    const auto* holder = interface_of_address(arm, id);
    if (holder != nullptr && holder->id != into.id) {
      return refusal(400, "PublicIPAddressInUse",
                     fmt::format("Resource {} is referencing public IP address {} that is already "
                                 "allocated to resource {}.",
                                 name_arg(arm), id, config_id(*holder)));
    }
    into.address = target->id;
    into.address_dies = address.get("properties").get("deleteOption").string_or() == "Delete";
  }
  for (const auto& group : properties.get("applicationSecurityGroups").items()) {
    const auto id = group.get("id").string_or();
    if (!in_region(arm.find_as<Resource>(id, type::application_group))) {
      return bad_reference(id, name_arg(arm));
    }
    into.application_groups.push_back(to_lower(id));
  }
  return std::nullopt;
}

/// The address remembers whom it serves, so that lists of many need no search.
void tie_address(const Arm& arm, const Interface& nic) {
  if (auto* address = arm.find(nic.address)) address->fields["interface"] = nic.id;
}

Response put_interface(Arm& arm) {
  auto order = check_order(arm, type::interface,
                           "location tags properties id name type etag extendedLocation");
  if (order.refused) return *order.refused;
  const auto properties = arm.body.get("properties");
  const auto configurations = properties.get("ipConfigurations");
  if (configurations.size() != 1) {
    return refusal(
        400,
        configurations.size() == 0 ? "NetworkInterfaceMustHaveIpConfiguration" : "NotSupported",
        "A network interface has one IP configuration here.");
  }
  Interface wanted;
  wanted.id = order.id;
  if (auto bad = read_configuration(arm, configurations.at(0), order.location, wanted)) return *bad;
  if (const auto id = properties.get("networkSecurityGroup").get("id").string_or(); !id.empty()) {
    const auto* group = arm.find_as<Firewall>(id, type::security_group);
    if (group == nullptr || group->place.region != order.location) {
      return bad_reference(id, name_arg(arm));
    }
    wanted.security_group = group->id;
  }
  auto* there = static_cast<Interface*>(order.existing);
  if (there == nullptr) {
    auto* subnet = arm.find_as<Subnet>(wanted.subnet, type::subnet);
    const auto ip = arm.world.allocate_ip(*subnet);
    if (!ip) {
      return refusal(400, "SubnetIsFull",
                     fmt::format("Subnet {} with address prefix {} does not have enough capacity "
                                 "for 1 IP addresses.",
                                 subnet->name, subnet->cidr));
    }
    wanted.ip = *ip;
    fill(wanted, arm, order, type::interface);
    const auto& made = arm.add(std::move(wanted));
    tie_address(arm, made);
    return one(201, arm, write_interface, made);
  }
  if (there->subnet != wanted.subnet) {
    return refusal(400, "NotSupported", "An interface does not move to another subnet here.");
  }
  there->security_group = wanted.security_group;
  there->application_groups = wanted.application_groups;
  there->address = wanted.address;
  there->address_dies = wanted.address_dies;
  there->config_name = wanted.config_name;
  tie_address(arm, *there);
  replace_tags(arm.world, *there, order.tags);
  return one(200, arm, write_interface, *there);
}

Interface* interface_arg(Arm& arm) {
  return arm.find_as<Interface>(id_of(arm, type::interface, arm.args[1], name_arg(arm)),
                                type::interface);
}

Response show_interface(Arm& arm) {
  const auto* found = interface_arg(arm);
  return found == nullptr ? not_found(arm, type::interface, name_arg(arm))
                          : one(200, arm, write_interface, *found);
}

Response delete_interface(Arm& arm) {
  auto* found = interface_arg(arm);
  if (found == nullptr) return nothing(204);
  if (!found->machine.empty() && arm.find(found->machine) != nullptr) {
    return refusal(400, "NicInUse",
                   fmt::format("Network Interface {} is used by existing resource {}. In order to "
                               "delete the network interface, it must be dissociated from the "
                               "resource.",
                               shown_id(*found), shown(arm, found->machine)));
  }
  if (auto* subnet = arm.find_as<Subnet>(found->subnet, type::subnet)) {
    arm.world.release_ip(*subnet, found->ip);
  }
  const auto region = found->place.region;
  arm.world.remove(*found);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

Response list_addresses(Arm& arm) { return list(arm, type::address, write_address, 200); }
Response patch_address(Arm& arm) { return patch_tags(arm, type::address, write_address); }
Response list_interfaces(Arm& arm) { return list(arm, type::interface, write_interface, 200); }
Response patch_interface(Arm& arm) { return patch_tags(arm, type::interface, write_interface); }

}  // namespace

void write_address(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& address = static_cast<const PublicAddress&>(resource);
  const auto* nic = interface_of_address(arm, address.id);
  const auto* machine = nic == nullptr ? nullptr : dynamic_cast<Machine*>(arm.find(nic->machine));
  // A real node is reached where it listens, not at an address that leads nowhere.
  const bool is_real = machine != nullptr && machine->node.has_value();
  write_head(out, address);
  out.key("sku").begin_object().member("name", "Standard").member("tier", "Regional").end_object();
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("resourceGuid", field(address, "guid"));
  out.member("ipAddress", is_real ? machine->node->address : address.ip);
  out.member("publicIPAddressVersion", "IPv4").member("publicIPAllocationMethod", "Static");
  out.member("idleTimeoutInMinutes", 4);
  if (nic != nullptr) {
    out.key("ipConfiguration").begin_object().member("id", config_id(*nic)).end_object();
  }
  out.end_object().end_object();
}

void write_interface(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& nic = static_cast<const Interface&>(resource);
  write_head(out, nic);
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("resourceGuid", field(nic, "guid")).key("ipConfigurations").begin_array();
  out.begin_object().member("name", nic.config_name).member("id", config_id(nic));
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("privateIPAddress", nic.ip).member("privateIPAllocationMethod", "Dynamic");
  out.member("privateIPAddressVersion", "IPv4").member("primary", true);
  out.key("subnet").begin_object().member("id", shown(arm, nic.subnet)).end_object();
  if (!nic.address.empty()) {
    out.key("publicIPAddress").begin_object().member("id", shown(arm, nic.address));
    if (nic.address_dies) {
      out.key("properties").begin_object().member("deleteOption", "Delete").end_object();
    }
    out.end_object();
  }
  if (!nic.application_groups.empty()) {
    out.key("applicationSecurityGroups").begin_array();
    for (const auto& id : nic.application_groups) {
      out.begin_object().member("id", shown(arm, id)).end_object();
    }
    out.end_array();
  }
  out.end_object().end_object().end_array();
  out.key("dnsSettings").begin_object().key("dnsServers").begin_array().end_array().end_object();
  out.member("macAddress", "00-0D-3A-00-00-01").member("primary", true);
  out.member("enableAcceleratedNetworking", false).member("enableIPForwarding", false);
  if (!nic.security_group.empty()) {
    out.key("networkSecurityGroup").begin_object();
    out.member("id", shown(arm, nic.security_group)).end_object();
  }
  if (!nic.machine.empty() && arm.find(nic.machine) != nullptr) {
    out.key("virtualMachine").begin_object().member("id", shown(arm, nic.machine)).end_object();
  }
  out.end_object().end_object();
}

std::vector<Route> interface_routes() {
  const auto address = in_group(providers_path(type::address, true));
  const auto interface = in_group(providers_path(type::interface, true));
  return {{"GET", in_subscription(providers_path(type::address, false)), list_addresses},
          {"GET", in_group(providers_path(type::address, false)), list_addresses},
          {"GET", address, show_address},
          {"PUT", address, put_address},
          {"PATCH", address, patch_address},
          {"DELETE", address, delete_address},
          {"GET", in_subscription(providers_path(type::interface, false)), list_interfaces},
          {"GET", in_group(providers_path(type::interface, false)), list_interfaces},
          {"GET", interface, show_interface},
          {"PUT", interface, put_interface},
          {"PATCH", interface, patch_interface},
          {"DELETE", interface, delete_interface}};
}

}  // namespace ccloud::sim::azure
