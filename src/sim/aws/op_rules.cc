// Rules of security groups: authorize, revoke, describe. A call is all or nothing.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/aws/groups.h"
#include "sim/aws/listing.h"
#include "sim/aws/network.h"

namespace ccloud::sim::aws {
namespace {

bool is_same(const Rule& a, const Rule& b) {
  return a.is_ingress == b.is_ingress && a.protocol == b.protocol && a.from_port == b.from_port &&
         a.to_port == b.to_port && a.cidr == b.cidr && a.group == b.group;
}

Answer<std::string> protocol_of(const std::string& text) {
  if (text == "tcp" || text == "6") return "tcp";
  if (text == "udp" || text == "17") return "udp";
  if (text == "icmp" || text == "1") return "icmp";
  if (text == "icmpv6" || text == "58") return "icmpv6";
  if (text == "-1" || text == "all") return "-1";
  if (parse_int(text).value_or(-1) >= 0 && parse_int(text).value_or(256) < 256) return text;
  return fail("InvalidParameterValue",
              fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", text));
}

/// The ports of a permission whose parameters start with `prefix` ("IpPermissions.1." or "").
Answer<Rule> base_rule(Ec2& ec2, const std::string& prefix, bool is_ingress) {
  Rule rule;
  rule.is_ingress = is_ingress;
  auto protocol = protocol_of(ec2.params.get(prefix + "IpProtocol"));
  if (!protocol) return std::unexpected(protocol.error());
  rule.protocol = *protocol;
  const bool has_ports = rule.protocol == "tcp" || rule.protocol == "udp";
  const bool is_icmp = rule.protocol.starts_with("icmp");
  if (!has_ports && !is_icmp) return rule;
  const auto from = ec2.params.number(prefix + "FromPort", -2);
  const auto to = ec2.params.number(prefix + "ToPort", -2);
  if (from == -2 || to == -2) {
    return fail("MissingParameter", fmt::format("The request must contain the parameter {}Port",
                                                from == -2 ? "From" : "To"));
  }
  const bool is_good = is_icmp ? from >= -1 && from <= 255 && to >= -1 && to <= 255
                               : from >= 0 && to <= 65535 && from <= to;
  if (!is_good) {
    return fail("InvalidParameterValue",
                fmt::format("Invalid value '{} - {}' for portRange.", from, to));
  }
  rule.from_port = static_cast<int>(from);
  rule.to_port = static_cast<int>(to);
  return rule;
}

Answer<std::string> rule_cidr(const std::string& text, bool wants_v6) {
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6 != wants_v6) {
    return fail("InvalidParameterValue", fmt::format("CIDR block {} is malformed", text));
  }
  return to_string(network_of(*cidr));  // EC2 cuts the host bits off
}

struct Sides {
  std::string_view list;
  std::string_view key;
  bool is_v6;
};

Answer<> add_sides(Ec2& ec2, const std::string& prefix, const Rule& base,
                   std::vector<Rule>& rules) {
  for (const auto& [list, key, is_v6] :
       {Sides{"IpRanges", "CidrIp", false}, Sides{"Ipv6Ranges", "CidrIpv6", true}}) {
    for (const auto& entry : ec2.params.entries(fmt::format("{}{}", prefix, list))) {
      auto cidr = rule_cidr(ec2.params.get(fmt::format("{}.{}", entry, key)), is_v6);
      if (!cidr) return std::unexpected(cidr.error());
      auto rule = base;
      rule.cidr = *cidr;
      rule.description = ec2.params.get(entry + ".Description");
      rules.push_back(std::move(rule));
    }
  }
  for (const auto& entry : ec2.params.entries(prefix + "Groups")) {
    auto group = ec2.see("security-group", ec2.params.get(entry + ".GroupId"));
    if (!group) return std::unexpected(group.error());
    auto rule = base;
    rule.group = (*group)->id;
    rule.description = ec2.params.get(entry + ".Description");
    rules.push_back(std::move(rule));
  }
  return {};
}

/// All single rules that the request's permissions stand for.
Answer<std::vector<Rule>> wanted_rules(Ec2& ec2, bool is_ingress) {
  std::vector<Rule> rules;
  if (ec2.params.has("IpProtocol")) {
    auto base = base_rule(ec2, "", is_ingress);
    if (!base) return std::unexpected(base.error());
    auto cidr = rule_cidr(ec2.params.get("CidrIp"), false);
    if (!cidr) return std::unexpected(cidr.error());
    base->cidr = *cidr;
    rules.push_back(std::move(*base));
  }
  for (const auto& entry : ec2.params.entries("IpPermissions")) {
    const auto prefix = entry + ".";
    auto base = base_rule(ec2, prefix, is_ingress);
    if (!base) return std::unexpected(base.error());
    const auto before = rules.size();
    if (auto added = add_sides(ec2, prefix, *base, rules); !added) {
      return std::unexpected(added.error());
    }
    if (rules.size() == before) {
      return fail(
          "MissingParameter",
          "The request must contain the parameter cidrIp, cidrIpv6, prefixListId or groupId");
    }
  }
  return rules;
}

void write_rule(Ec2& ec2, const Firewall& group, const Rule& rule) {
  auto& xml = ec2.xml;
  xml.leaf("securityGroupRuleId", rule.id)
      .leaf("groupId", group.id)
      .leaf("groupOwnerId", ec2.place.account)
      .leaf("isEgress", !rule.is_ingress)
      .leaf("ipProtocol", rule.protocol)
      .leaf("fromPort", rule.from_port)
      .leaf("toPort", rule.to_port);
  if (!rule.group.empty()) {
    xml.open("referencedGroupInfo")
        .leaf("groupId", rule.group)
        .leaf("userId", ec2.place.account)
        .leaf("vpcId", group.network)
        .close("referencedGroupInfo");
  } else {
    xml.leaf(rule.cidr.find(':') == std::string::npos ? "cidrIpv4" : "cidrIpv6", rule.cidr);
  }
  xml.optional("description", rule.description);
}

Answer<> authorize(Ec2& ec2, bool is_ingress) {
  auto group = see_group(ec2);
  if (!group) return std::unexpected(group.error());
  auto rules = wanted_rules(ec2, is_ingress);
  if (!rules) return std::unexpected(rules.error());
  if (rules->empty()) {
    return fail("MissingParameter", "The request must contain the parameter ipPermissions");
  }
  auto& existing = (*group)->rules;
  for (std::size_t i = 0; i < rules->size(); ++i) {
    const auto& rule = (*rules)[i];
    const auto is_it = [&](const Rule& other) { return is_same(other, rule); };
    if (std::ranges::any_of(existing, is_it) ||
        std::any_of(rules->begin(), rules->begin() + static_cast<std::ptrdiff_t>(i), is_it)) {
      return fail("InvalidPermission.Duplicate",
                  fmt::format("the specified rule \"peer: {}, {}, from port: {}, to port: {}, "
                              "ALLOW\" already exists",
                              rule.cidr.empty() ? rule.group : rule.cidr, rule.protocol,
                              rule.from_port, rule.to_port));
    }
  }
  const auto total = std::ranges::count(existing, is_ingress, &Rule::is_ingress) +
                     static_cast<std::ptrdiff_t>(rules->size());
  if (auto room = ec2.check_quota("rules per security group", 60, static_cast<double>(total) - 1,
                                  "RulesPerSecurityGroupLimitExceeded");
      !room) {
    return room;
  }
  for (auto& rule : *rules) rule.id = ec2.new_id("sgr-");
  existing.insert(existing.end(), rules->begin(), rules->end());
  ec2.write_true();
  ec2.xml.list("securityGroupRuleSet", *rules,
               [&](const Rule& rule) { write_rule(ec2, **group, rule); });
  return {};
}

Answer<> revoke(Ec2& ec2, bool is_ingress) {
  auto group = see_group(ec2);
  if (!group) return std::unexpected(group.error());
  auto rules = wanted_rules(ec2, is_ingress);
  if (!rules) return std::unexpected(rules.error());
  auto& existing = (*group)->rules;
  std::vector<std::string> gone;
  for (const auto& rule : *rules) {
    const auto found =
        std::ranges::find_if(existing, [&](const Rule& other) { return is_same(other, rule); });
    if (found == existing.end()) {
      return fail("InvalidPermission.NotFound",
                  "The specified rule does not exist in this security group.");
    }
    gone.push_back(found->id);
  }
  for (const auto& id : ec2.params.list("SecurityGroupRuleId")) {
    const auto found = std::ranges::find(existing, id, &Rule::id);
    if (found == existing.end() || found->is_ingress != is_ingress) {
      return fail("InvalidSecurityGroupRuleId.NotFound",
                  fmt::format("The security group rule ID '{}' does not exist", id));
    }
    gone.push_back(id);
  }
  if (gone.empty()) {
    return fail("MissingParameter", "The request must contain the parameter ipPermissions");
  }
  std::erase_if(existing,
                [&](const Rule& rule) { return std::ranges::find(gone, rule.id) != gone.end(); });
  ec2.write_true();
  return {};
}

Answer<> authorize_ingress(Ec2& ec2) { return authorize(ec2, true); }
Answer<> authorize_egress(Ec2& ec2) { return authorize(ec2, false); }
Answer<> revoke_ingress(Ec2& ec2) { return revoke(ec2, true); }
Answer<> revoke_egress(Ec2& ec2) { return revoke(ec2, false); }

Answer<> describe_rules(Ec2& ec2) {
  struct Shown {
    const Firewall* group;
    const Rule* rule;
  };
  static constexpr Field<Shown> fields[] = {
      {"group-id", [](const Shown& s) { return Values{s.group->id}; }},
      {"security-group-rule-id", [](const Shown& s) { return Values{s.rule->id}; }},
  };
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  if (auto known = check_fields<Shown>(*filters, fields); !known) return known;
  auto page = wanted_page(ec2.params, 5, 1000);
  if (!page) return std::unexpected(page.error());
  const auto ids = ec2.params.list("SecurityGroupRuleId");
  std::vector<Shown> all;
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "security-group")) {
    const auto& group = static_cast<Firewall&>(*resource);
    if (!ec2.is_visible(group)) continue;
    for (const auto& rule : group.rules) {
      const Shown shown{&group, &rule};
      const bool is_wanted = ids.empty() || std::ranges::find(ids, rule.id) != ids.end();
      if (is_wanted && matches<Shown>(*filters, fields, shown)) all.push_back(shown);
    }
  }
  const auto begin = std::min<std::size_t>(page->after, all.size());
  const auto end = page->max > all.size() - begin ? all.size() : begin + page->max;
  ec2.xml.list("securityGroupRuleSet", std::span(all).subspan(begin, end - begin),
               [&](const Shown& s) { write_rule(ec2, *s.group, *s.rule); });
  if (end < all.size()) ec2.xml.leaf("nextToken", page_token(end));
  return {};
}

#define CCLOUD_EC2_PERMISSIONS                                                    \
  "GroupId IpPermissions.N.IpProtocol IpPermissions.N.FromPort:int "              \
  "IpPermissions.N.ToPort:int IpPermissions.N.IpRanges.N.CidrIp "                 \
  "IpPermissions.N.IpRanges.N.Description IpPermissions.N.Ipv6Ranges.N.CidrIpv6 " \
  "IpPermissions.N.Ipv6Ranges.N.Description IpPermissions.N.Groups.N.GroupId "    \
  "IpPermissions.N.Groups.N.UserId IpPermissions.N.Groups.N.VpcId "               \
  "IpPermissions.N.Groups.N.Description IpProtocol FromPort:int ToPort:int CidrIp"

}  // namespace

std::vector<Operation> rule_operations() {
  return {
      {"AuthorizeSecurityGroupIngress", CCLOUD_EC2_PERMISSIONS " GroupName", true,
       authorize_ingress},
      {"AuthorizeSecurityGroupEgress", CCLOUD_EC2_PERMISSIONS, true, authorize_egress},
      {"RevokeSecurityGroupIngress", CCLOUD_EC2_PERMISSIONS " GroupName SecurityGroupRuleId.N",
       true, revoke_ingress},
      {"RevokeSecurityGroupEgress", CCLOUD_EC2_PERMISSIONS " SecurityGroupRuleId.N", true,
       revoke_egress},
      {"DescribeSecurityGroupRules", "SecurityGroupRuleId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES,
       false, describe_rules},
  };
}

}  // namespace ccloud::sim::aws
