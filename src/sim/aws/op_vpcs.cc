// VPCs: create, describe, attributes, delete.
#include <fmt/format.h>

#include "sim/aws/listing.h"
#include "sim/aws/network.h"

namespace ccloud::sim::aws {
namespace {

bool is_default(const Resource& resource) { return resource.fields.contains("default"); }
std::string default_text(const Resource& resource) {
  return is_default(resource) ? "true" : "false";
}

void write_vpc(Ec2& ec2, const Network& vpc, std::string_view state) {
  ec2.xml.leaf("vpcId", vpc.id)
      .leaf("ownerId", ec2.place.account)
      .leaf("state", state)
      .leaf("cidrBlock", vpc.cidrs.front())
      .list("cidrBlockAssociationSet", vpc.cidrs,
            [&](const std::string& cidr) {
              ec2.xml.leaf("cidrBlock", cidr)
                  .leaf("associationId", "vpc-cidr-assoc-" + vpc.id.substr(4))
                  .open("cidrBlockState")
                  .leaf("state", "associated")
                  .close("cidrBlockState");
            })
      .leaf("dhcpOptionsId", "dopt-0" + std::string(16, '0'))
      .leaf("instanceTenancy", "default")
      .leaf("isDefault", is_default(vpc));
  ec2.write_tags(vpc);
}

Answer<> create_vpc(Ec2& ec2) {
  auto cidr = vpc_cidr(ec2.params.get("CidrBlock"), 16, 28);
  if (!cidr) {
    if (cidr.error().code != "InvalidRange") return std::unexpected(cidr.error());
    return fail("InvalidVpc.Range", fmt::format("The CIDR '{}' is invalid.", cidr.error().message));
  }
  if (auto good = check_tag_types(ec2.params, "vpc"); !good) return good;
  auto tags = tags_for(ec2.params, "vpc");
  if (!tags) return std::unexpected(tags.error());
  const auto used = static_cast<double>(ec2.world.list(ec2.place, "vpc").size());
  if (auto room = ec2.check_quota("VPCs", 5, used, "VpcLimitExceeded"); !room) return room;
  Network vpc;
  vpc.id = ec2.new_id("vpc-");
  vpc.cidrs = {ec2.params.get("CidrBlock")};
  vpc.tags = std::move(*tags);
  const auto& made = make_vpc(ec2.world, ec2.place, std::move(vpc));
  ec2.xml.open("vpc");
  write_vpc(ec2, made, "pending");
  ec2.xml.close("vpc");
  return {};
}

constexpr Field<Network> fields[] = {
    {"vpc-id", [](const Network& v) { return Values{v.id}; }},
    {"cidr", [](const Network& v) { return v.cidrs; }},
    {"cidr-block-association.cidr-block", [](const Network& v) { return v.cidrs; }},
    {"state", [](const Network&) { return Values{"available"}; }},
    {"is-default", [](const Network& v) { return Values{default_text(v)}; }},
    {"isDefault", [](const Network& v) { return Values{default_text(v)}; }},
    {"owner-id", [](const Network& v) { return Values{v.place.account}; }},
};

Answer<> describe_vpcs(Ec2& ec2) {
  auto found = select<Network>(ec2, {.type = "vpc", .ids = "VpcId"}, fields);
  if (!found) return std::unexpected(found.error());
  ec2.xml.list("vpcSet", found->all,
               [&](const Network* vpc) { write_vpc(ec2, *vpc, "available"); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

Answer<> modify_vpc_attribute(Ec2& ec2) {
  auto vpc = ec2.see_as<Network>("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  const bool has_support = ec2.params.has("EnableDnsSupport.Value");
  const bool has_names = ec2.params.has("EnableDnsHostnames.Value");
  if (has_support == has_names) {
    return fail("InvalidParameterCombination", "Exactly one attribute can be modified at a time");
  }
  const auto* key = has_support ? "dns_support" : "dns_hostnames";
  const auto* parameter = has_support ? "EnableDnsSupport.Value" : "EnableDnsHostnames.Value";
  (*vpc)->fields[key] = ec2.params.get(parameter);
  ec2.write_true();
  return {};
}

Answer<> describe_vpc_attribute(Ec2& ec2) {
  auto vpc = ec2.see_as<Network>("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  const auto& attribute = ec2.params.get("Attribute");
  const bool is_support = attribute == "enableDnsSupport";
  if (!is_support && attribute != "enableDnsHostnames") {
    return fail("InvalidParameterValue",
                fmt::format("Value ({}) for parameter attribute is invalid.", attribute));
  }
  ec2.xml.leaf("vpcId", (*vpc)->id).open(attribute);
  ec2.xml.leaf("value", (*vpc)->fields[is_support ? "dns_support" : "dns_hostnames"]);
  ec2.xml.close(attribute);
  return {};
}

bool has_dependents(Ec2& ec2, const std::string& vpc) {
  for (const auto& [serial, subnet] : ec2.world.list(ec2.place, "subnet")) {
    if (static_cast<Subnet&>(*subnet).network == vpc) return true;
  }
  for (const auto& [serial, group] : ec2.world.list(ec2.place, "security-group")) {
    const auto& it = static_cast<Firewall&>(*group);
    if (it.network == vpc && it.name != "default") return true;
  }
  for (const auto* type : {"internet-gateway", "route-table"}) {
    for (const auto& [serial, resource] : ec2.world.list(ec2.place, type)) {
      if (resource->fields["vpc"] == vpc && !resource->fields.contains("main")) return true;
    }
  }
  return false;
}

Answer<> delete_vpc(Ec2& ec2) {
  auto vpc = ec2.see_as<Network>("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  const auto id = (*vpc)->id;
  if (has_dependents(ec2, id)) {
    return fail("DependencyViolation",
                fmt::format("The vpc '{}' has dependencies and cannot be deleted.", id));
  }
  std::vector<Resource*> parts;
  for (const auto& [serial, group] : ec2.world.list(ec2.place, "security-group")) {
    if (static_cast<Firewall&>(*group).network == id) parts.push_back(group);
  }
  for (const auto& [serial, table] : ec2.world.list(ec2.place, "route-table")) {
    if (table->fields["vpc"] == id) parts.push_back(table);
  }
  for (auto* part : parts) ec2.world.remove(*part);
  ec2.world.remove(**vpc);
  ec2.write_true();
  return {};
}

}  // namespace

std::vector<Operation> vpc_operations() {
  return {
      {"CreateVpc", "CidrBlock!" CCLOUD_EC2_TAGS, true, create_vpc},
      {"DescribeVpcs", "VpcId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false, describe_vpcs},
      {"ModifyVpcAttribute", "VpcId! EnableDnsHostnames.Value:bool EnableDnsSupport.Value:bool",
       true, modify_vpc_attribute},
      {"DescribeVpcAttribute", "VpcId! Attribute!", false, describe_vpc_attribute},
      {"DeleteVpc", "VpcId!", true, delete_vpc},
  };
}

}  // namespace ccloud::sim::aws
