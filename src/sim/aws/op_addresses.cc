// Elastic addresses: allocate, associate, disassociate, release, describe.
#include <fmt/format.h>

#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

std::string association_id(const PublicAddress& address) {
  if (address.machine.empty()) return {};
  return "eipassoc-" + address.id.substr(address.id.find('-') + 1);
}

Answer<> allocate(Ec2& ec2) {
  if (ec2.params.has("Domain") && ec2.params.get("Domain") != "vpc") {
    return fail("InvalidParameterValue", "Domain must be vpc");
  }
  if (auto good = check_tag_types(ec2.params, "elastic-ip"); !good) return good;
  const auto used = static_cast<double>(ec2.world.list(ec2.place, "elastic-ip").size());
  if (auto room = ec2.check_quota("addresses", 5, used, "AddressLimitExceeded"); !room) return room;
  PublicAddress address;
  address.id = ec2.new_id("eipalloc-");
  address.ip = ec2.world.fresh_public_ip();
  auto made = ec2.create(std::move(address), "elastic-ip");
  if (!made) return std::unexpected(made.error());
  ec2.xml.leaf("publicIp", (*made)->ip)
      .leaf("domain", "vpc")
      .leaf("allocationId", (*made)->id)
      .leaf("publicIpv4Pool", "amazon")
      .leaf("networkBorderGroup", ec2.region.name);
  return {};
}

Answer<> associate(Ec2& ec2) {
  auto address = ec2.see_as<PublicAddress>("elastic-ip", ec2.params.get("AllocationId"));
  if (!address) return std::unexpected(address.error());
  auto machine = ec2.see_as<Machine>("instance", ec2.params.get("InstanceId"));
  if (!machine) return std::unexpected(machine.error());
  if ((*machine)->power != Power::running && (*machine)->power != Power::stopped) {
    return fail("InvalidInstanceID", fmt::format("The pending instance '{}' is not in a valid "
                                                 "state for this operation.",
                                                 (*machine)->id));
  }
  const auto& current = (*address)->machine;
  if (!current.empty() && current != (*machine)->id &&
      !ec2.params.flag("AllowReassociation", true)) {
    return fail("Resource.AlreadyAssociated",
                fmt::format("resource {} is already associated with associate-id {}",
                            (*address)->id, association_id(**address)));
  }
  ec2.world.assign(**address, *machine);
  ec2.write_true();
  ec2.xml.leaf("associationId", association_id(**address));
  return {};
}

Answer<> disassociate(Ec2& ec2) {
  const auto& id = ec2.params.get("AssociationId");
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "elastic-ip")) {
    auto& address = static_cast<PublicAddress&>(*resource);
    if (address.machine.empty() || association_id(address) != id) continue;
    ec2.world.assign(address, nullptr);
    ec2.write_true();
    return {};
  }
  return fail("InvalidAssociationID.NotFound",
              fmt::format("The association ID '{}' does not exist", id));
}

Answer<> release(Ec2& ec2) {
  auto address = ec2.see_as<PublicAddress>("elastic-ip", ec2.params.get("AllocationId"));
  if (!address) return std::unexpected(address.error());
  if (!(*address)->machine.empty()) {
    return fail("InvalidIPAddress.InUse", fmt::format("Address {} is in use.", (*address)->ip));
  }
  ec2.world.remove(**address);
  ec2.write_true();
  return {};
}

constexpr Field<PublicAddress> fields[] = {
    {"allocation-id", [](const PublicAddress& a) { return Values{a.id}; }},
    {"public-ip", [](const PublicAddress& a) { return Values{a.ip}; }},
    {"instance-id", [](const PublicAddress& a) { return Values{a.machine}; }},
    {"association-id", [](const PublicAddress& a) { return Values{association_id(a)}; }},
    {"domain", [](const PublicAddress&) { return Values{"vpc"}; }},
};

Answer<> describe(Ec2& ec2) {
  auto found = select<PublicAddress>(ec2, {.type = "elastic-ip", .ids = "AllocationId"}, fields);
  if (!found) return std::unexpected(found.error());
  const auto ips = ec2.params.list("PublicIp");
  for (const auto& ip : ips) {
    if (std::ranges::find(found->all, ip, &PublicAddress::ip) != found->all.end()) continue;
    return fail("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", ip));
  }
  if (!ips.empty()) {
    std::erase_if(found->all, [&](const PublicAddress* address) {
      return std::ranges::find(ips, address->ip) == ips.end();
    });
  }
  ec2.xml.list("addressesSet", found->all, [&](const PublicAddress* address) {
    ec2.xml.leaf("publicIp", address->ip)
        .leaf("allocationId", address->id)
        .leaf("domain", "vpc")
        .optional("instanceId", address->machine)
        .optional("associationId", association_id(*address))
        .leaf("publicIpv4Pool", "amazon")
        .leaf("networkBorderGroup", ec2.region.name);
    ec2.write_tags(*address);
  });
  return {};
}

}  // namespace

std::vector<Operation> address_operations() {
  return {
      {"AllocateAddress", "Domain" CCLOUD_EC2_TAGS, true, allocate},
      {"AssociateAddress", "AllocationId! InstanceId! AllowReassociation:bool", true, associate},
      {"DisassociateAddress", "AssociationId!", true, disassociate},
      {"ReleaseAddress", "AllocationId!", true, release},
      {"DescribeAddresses", "AllocationId.N PublicIp.N" CCLOUD_EC2_FILTERS, false, describe},
  };
}

}  // namespace ccloud::sim::aws
