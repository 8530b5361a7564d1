// Subnets: create, describe, attributes, delete.
#include <fmt/format.h>

#include "sim/aws/listing.h"
#include "sim/aws/network.h"

namespace ccloud::sim::aws {
namespace {

std::string free_addresses(const Subnet& subnet) {
  return std::to_string(World::capacity(subnet) - subnet.used.size());
}

void write_subnet(Ec2& ec2, const Subnet& subnet) {
  const bool is_default = subnet.fields.contains("default");
  const auto& arn_partition = ec2.region.partition;
  ec2.xml.leaf("subnetId", subnet.id)
      .leaf("subnetArn", fmt::format("arn:{}:ec2:{}:{}:subnet/{}", arn_partition, ec2.region.name,
                                     ec2.place.account, subnet.id))
      .leaf("state", "available")
      .leaf("ownerId", ec2.place.account)
      .leaf("vpcId", subnet.network)
      .leaf("cidrBlock", subnet.cidr)
      .open("ipv6CidrBlockAssociationSet")
      .close("ipv6CidrBlockAssociationSet")
      .leaf("availableIpAddressCount", free_addresses(subnet))
      .leaf("availabilityZone", subnet.zone)
      .leaf("availabilityZoneId", zone_id(ec2.region, subnet.zone))
      .leaf("defaultForAz", is_default)
      .leaf("mapPublicIpOnLaunch", subnet.gives_public_ip)
      .leaf("assignIpv6AddressOnCreation", false);
  ec2.write_tags(subnet);
}

Answer<std::string> wanted_zone(Ec2& ec2) {
  const auto zones = zones_of(ec2.region);
  if (ec2.params.has("AvailabilityZoneId")) {
    for (const auto& zone : zones) {
      if (zone_id(ec2.region, zone) == ec2.params.get("AvailabilityZoneId")) return zone;
    }
  }
  if (!ec2.params.has("AvailabilityZone") && !ec2.params.has("AvailabilityZoneId")) {
    return zones.front();
  }
  const auto& name = ec2.params.get("AvailabilityZone");
  if (std::ranges::find(zones, name) != zones.end()) return name;
  return fail("InvalidParameterValue",
              fmt::format("Value ({}) for parameter availabilityZone is invalid. Subnets can "
                          "currently only be created in the following availability zones: {}.",
                          name, fmt::join(zones, ", ")));
}

Answer<> create_subnet(Ec2& ec2) {
  auto vpc = ec2.see_as<Network>("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  const auto& text = ec2.params.get("CidrBlock");
  auto cidr = vpc_cidr(text, 16, 28);
  const auto outside = fail("InvalidSubnet.Range", fmt::format("The CIDR '{}' is invalid.", text));
  if (!cidr && cidr.error().code == "InvalidRange") return outside;
  if (!cidr) return std::unexpected(cidr.error());
  if (!contains(*parse_cidr((*vpc)->cidrs.front()), *cidr)) return outside;
  auto zone = wanted_zone(ec2);
  if (!zone) return std::unexpected(zone.error());
  for (const auto& [serial, other] : ec2.world.list(ec2.place, "subnet")) {
    const auto& subnet = static_cast<Subnet&>(*other);
    if (subnet.network == (*vpc)->id && overlaps(*parse_cidr(subnet.cidr), *cidr)) {
      return fail("InvalidSubnet.Conflict",
                  fmt::format("The CIDR '{}' conflicts with another subnet", text));
    }
  }
  if (auto good = check_tag_types(ec2.params, "subnet"); !good) return good;
  Subnet subnet;
  subnet.id = ec2.new_id("subnet-");
  subnet.zone = *zone;
  subnet.network = (*vpc)->id;
  subnet.cidr = text;
  auto made = ec2.create(std::move(subnet), "subnet");
  if (!made) return std::unexpected(made.error());
  ec2.xml.open("subnet");
  write_subnet(ec2, **made);
  ec2.xml.close("subnet");
  return {};
}

constexpr Field<Subnet> fields[] = {
    {"subnet-id", [](const Subnet& s) { return Values{s.id}; }},
    {"vpc-id", [](const Subnet& s) { return Values{s.network}; }},
    {"availability-zone", [](const Subnet& s) { return Values{s.zone}; }},
    {"availabilityZone", [](const Subnet& s) { return Values{s.zone}; }},
    {"cidr-block", [](const Subnet& s) { return Values{s.cidr}; }},
    {"cidr", [](const Subnet& s) { return Values{s.cidr}; }},
    {"state", [](const Subnet&) { return Values{"available"}; }},
    {"available-ip-address-count", [](const Subnet& s) { return Values{free_addresses(s)}; }},
    {"default-for-az",
     [](const Subnet& s) { return Values{s.fields.contains("default") ? "true" : "false"}; }},
    {"map-public-ip-on-launch",
     [](const Subnet& s) { return Values{s.gives_public_ip ? "true" : "false"}; }},
};

Answer<> describe_subnets(Ec2& ec2) {
  auto found = select<Subnet>(ec2, {.type = "subnet", .ids = "SubnetId"}, fields);
  if (!found) return std::unexpected(found.error());
  ec2.xml.list("subnetSet", found->all, [&](const Subnet* subnet) { write_subnet(ec2, *subnet); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

Answer<> modify_subnet_attribute(Ec2& ec2) {
  auto subnet = ec2.see_as<Subnet>("subnet", ec2.params.get("SubnetId"));
  if (!subnet) return std::unexpected(subnet.error());
  (*subnet)->gives_public_ip =
      ec2.params.flag("MapPublicIpOnLaunch.Value", (*subnet)->gives_public_ip);
  ec2.write_true();
  return {};
}

Answer<> delete_subnet(Ec2& ec2) {
  auto subnet = ec2.see_as<Subnet>("subnet", ec2.params.get("SubnetId"));
  if (!subnet) return std::unexpected(subnet.error());
  const auto id = (*subnet)->id;
  if (has_machines(ec2.world, ec2.place, [&](const Machine& m) { return m.subnet == id; })) {
    return fail("DependencyViolation",
                fmt::format("The subnet '{}' has dependencies and cannot be deleted.", id));
  }
  for (const auto& [serial, table] : ec2.world.list(ec2.place, "route-table")) {
    std::erase_if(table->fields, [&](const auto& field) {
      return field.first.starts_with("rtbassoc-") && field.second == id;
    });
  }
  ec2.world.remove(**subnet);
  ec2.write_true();
  return {};
}

}  // namespace

std::vector<Operation> subnet_operations() {
  return {
      {"CreateSubnet", "VpcId! CidrBlock! AvailabilityZone AvailabilityZoneId" CCLOUD_EC2_TAGS,
       true, create_subnet},
      {"DescribeSubnets", "SubnetId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_subnets},
      {"ModifySubnetAttribute", "SubnetId! MapPublicIpOnLaunch.Value:bool!", true,
       modify_subnet_attribute},
      {"DeleteSubnet", "SubnetId!", true, delete_subnet},
  };
}

}  // namespace ccloud::sim::aws
