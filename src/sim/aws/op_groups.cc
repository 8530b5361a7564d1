// Security groups: create, describe, delete. Their rules are in op_rules.cc.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/aws/groups.h"
#include "sim/aws/listing.h"
#include "sim/aws/network.h"

namespace ccloud::sim::aws {

Answer<Firewall*> see_group(Ec2& ec2) {
  if (ec2.params.has("GroupId")) {
    return ec2.see_as<Firewall>("security-group", ec2.params.get("GroupId"));
  }
  // By name only in the default VPC.
  const auto& name = ec2.params.get("GroupName");
  if (name.empty()) {
    return fail("MissingParameter", "The request must contain the parameter groupName or groupId");
  }
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "security-group")) {
    auto& group = static_cast<Firewall&>(*resource);
    const auto* vpc = ec2.world.find(ec2.place, group.network);
    const bool is_default = vpc != nullptr && vpc->fields.contains("default");
    if (is_default && group.name == name && ec2.is_visible(group)) return &group;
  }
  return fail("InvalidGroup.NotFound",
              fmt::format("The security group '{}' does not exist in default VPC", name));
}

namespace {

bool is_good_name(std::string_view name) {
  constexpr std::string_view special = " ._-:/()#,@[]+=&;{}!$*";
  if (name.empty() || name.size() > 255 || name.starts_with("sg-")) return false;
  return std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           special.find(c) != std::string_view::npos;
  });
}

Answer<std::string> wanted_vpc(Ec2& ec2) {
  if (ec2.params.has("VpcId")) {
    auto vpc = ec2.see("vpc", ec2.params.get("VpcId"));
    if (!vpc) return std::unexpected(vpc.error());
    return (*vpc)->id;
  }
  for (const auto& [serial, vpc] : ec2.world.list(ec2.place, "vpc")) {
    if (vpc->fields.contains("default")) return vpc->id;
  }
  return fail("VPCIdNotSpecified", "No default VPC for this user");
}

Answer<> create_group(Ec2& ec2) {
  const auto& name = ec2.params.get("GroupName");
  const auto& description = ec2.params.get("GroupDescription");
  if (!is_good_name(name) || name == "default") {
    return fail("InvalidParameterValue",
                fmt::format("Value ({}) for parameter GroupName is invalid.", name));
  }
  if (!is_good_name(description) && !description.starts_with("sg-")) {
    return fail("InvalidParameterValue",
                fmt::format("Value ({}) for parameter GroupDescription is invalid. Character sets "
                            "beyond ASCII are not supported.",
                            description));
  }
  auto vpc = wanted_vpc(ec2);
  if (!vpc) return std::unexpected(vpc.error());
  double used = 0;
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "security-group")) {
    const auto& other = static_cast<Firewall&>(*resource);
    if (other.network != *vpc) continue;
    ++used;
    if (equals_ignoring_case(other.name, name)) {
      return fail("InvalidGroup.Duplicate",
                  fmt::format("The security group '{}' already exists for VPC '{}'", name, *vpc));
    }
  }
  if (auto room = ec2.check_quota("security groups", 2500, used, "SecurityGroupLimitExceeded");
      !room) {
    return room;
  }
  if (auto good = check_tag_types(ec2.params, "security-group"); !good) return good;
  Firewall group;
  group.id = ec2.new_id("sg-");
  group.name = name;
  group.network = *vpc;
  group.description = description;
  Rule out;
  out.id = ec2.new_id("sgr-");
  out.is_ingress = false;
  out.protocol = "-1";
  out.cidr = "0.0.0.0/0";
  group.rules.push_back(std::move(out));
  auto made = ec2.create(std::move(group), "security-group");
  if (!made) return std::unexpected(made.error());
  ec2.write_true();
  ec2.xml.leaf("groupId", (*made)->id);
  ec2.write_tags(**made);
  return {};
}

/// Rules of one direction that differ only in their other side, as EC2 groups them.
std::vector<std::vector<const Rule*>> permissions(const Firewall& group, bool is_ingress) {
  std::vector<std::vector<const Rule*>> all;
  for (const auto& rule : group.rules) {
    if (rule.is_ingress != is_ingress) continue;
    const auto same = std::ranges::find_if(all, [&](const auto& some) {
      return some.front()->protocol == rule.protocol && some.front()->from_port == rule.from_port &&
             some.front()->to_port == rule.to_port;
    });
    same == all.end() ? all.push_back({&rule}) : same->push_back(&rule);
  }
  return all;
}

bool is_v6(const Rule& rule) { return rule.cidr.find(':') != std::string::npos; }

void write_permissions(Ec2& ec2, const Firewall& group, bool is_ingress) {
  auto& xml = ec2.xml;
  const auto pick = [](const std::vector<const Rule*>& rules, auto is_it) {
    std::vector<const Rule*> some;
    std::ranges::copy_if(rules, std::back_inserter(some), is_it);
    return some;
  };
  xml.list(is_ingress ? "ipPermissions" : "ipPermissionsEgress", permissions(group, is_ingress),
           [&](const std::vector<const Rule*>& rules) {
             const auto& first = *rules.front();
             xml.leaf("ipProtocol", first.protocol);
             if (first.protocol != "-1") {
               xml.leaf("fromPort", first.from_port).leaf("toPort", first.to_port);
             }
             xml.list("groups", pick(rules, [](const Rule* r) { return !r->group.empty(); }),
                      [&](const Rule* r) {
                        xml.leaf("userId", ec2.place.account).leaf("groupId", r->group);
                        xml.optional("description", r->description);
                      });
             xml.list("ipRanges",
                      pick(rules, [](const Rule* r) { return !r->cidr.empty() && !is_v6(*r); }),
                      [&](const Rule* r) {
                        xml.leaf("cidrIp", r->cidr).optional("description", r->description);
                      });
             xml.list("ipv6Ranges", pick(rules, [](const Rule* r) { return is_v6(*r); }),
                      [&](const Rule* r) {
                        xml.leaf("cidrIpv6", r->cidr).optional("description", r->description);
                      });
             xml.open("prefixListIds").close("prefixListIds");
           });
}

Values rule_values(const Firewall& group, bool is_ingress, std::string (*of)(const Rule&)) {
  Values values;
  for (const auto& rule : group.rules) {
    if (rule.is_ingress == is_ingress) values.push_back(of(rule));
  }
  return values;
}

constexpr Field<Firewall> fields[] = {
    {"group-id", [](const Firewall& g) { return Values{g.id}; }},
    {"group-name", [](const Firewall& g) { return Values{g.name}; }},
    {"description", [](const Firewall& g) { return Values{g.description}; }},
    {"vpc-id", [](const Firewall& g) { return Values{g.network}; }},
    {"owner-id", [](const Firewall& g) { return Values{g.place.account}; }},
    {"ip-permission.cidr",
     [](const Firewall& g) { return rule_values(g, true, [](const Rule& r) { return r.cidr; }); }},
    {"ip-permission.group-id",
     [](const Firewall& g) { return rule_values(g, true, [](const Rule& r) { return r.group; }); }},
    {"ip-permission.protocol",
     [](const Firewall& g) {
       return rule_values(g, true, [](const Rule& r) { return r.protocol; });
     }},
    {"ip-permission.from-port",
     [](const Firewall& g) {
       return rule_values(g, true, [](const Rule& r) { return std::to_string(r.from_port); });
     }},
    {"ip-permission.to-port",
     [](const Firewall& g) {
       return rule_values(g, true, [](const Rule& r) { return std::to_string(r.to_port); });
     }},
};

Answer<> describe_groups(Ec2& ec2) {
  auto found = select<Firewall>(ec2, {.type = "security-group", .ids = "GroupId"}, fields);
  if (!found) return std::unexpected(found.error());
  const auto names = ec2.params.list("GroupName");
  for (const auto& name : names) {
    if (std::ranges::find(found->all, name, &Firewall::name) == found->all.end()) {
      return fail("InvalidGroup.NotFound",
                  fmt::format("The security group '{}' does not exist", name));
    }
  }
  if (!names.empty()) {
    std::erase_if(found->all, [&](const Firewall* group) {
      return std::ranges::find(names, group->name) == names.end();
    });
  }
  ec2.xml.list("securityGroupInfo", found->all, [&](const Firewall* group) {
    ec2.xml.leaf("ownerId", ec2.place.account)
        .leaf("groupId", group->id)
        .leaf("groupName", group->name)
        .leaf("groupDescription", group->description)
        .leaf("vpcId", group->network);
    write_permissions(ec2, *group, true);
    write_permissions(ec2, *group, false);
    ec2.write_tags(*group);
  });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

Answer<> delete_group(Ec2& ec2) {
  auto group = see_group(ec2);
  if (!group) return std::unexpected(group.error());
  const auto id = (*group)->id;
  if ((*group)->name == "default") {
    return fail("CannotDelete", fmt::format("the specified group: \"{}\" name: \"default\" cannot "
                                            "be deleted by a user",
                                            id));
  }
  const auto uses_it = [&](const Machine& machine) {
    return std::ranges::find(machine.firewalls, id) != machine.firewalls.end();
  };
  if (has_machines(ec2.world, ec2.place, uses_it)) {
    return fail("DependencyViolation", fmt::format("resource {} has a dependent object", id));
  }
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "security-group")) {
    const auto& other = static_cast<Firewall&>(*resource);
    if (other.id == id) continue;
    if (std::ranges::find(other.rules, id, &Rule::group) != other.rules.end()) {
      return fail("InvalidGroup.InUse",
                  fmt::format("{} is referenced by a rule of {}", id, other.id));
    }
  }
  ec2.world.remove(**group);
  ec2.write_true();
  ec2.xml.leaf("groupId", id);
  return {};
}

}  // namespace

std::vector<Operation> group_operations() {
  auto all = rule_operations();
  all.insert(
      all.end(),
      {
          {"CreateSecurityGroup", "GroupName! GroupDescription! VpcId" CCLOUD_EC2_TAGS, true,
           create_group},
          {"DescribeSecurityGroups", "GroupId.N GroupName.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES,
           false, describe_groups},
          {"DeleteSecurityGroup", "GroupId GroupName", true, delete_group},
      });
  return all;
}

}  // namespace ccloud::sim::aws
