// Security groups with their rules, key pairs.
#include <algorithm>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

Response create_group(Rpc& rpc) {
  std::optional<Response> refused;
  const auto answer = [&](const std::string& id) {
    return succeed(rpc, [&](json::Writer& out) { out.member("SecurityGroupId", id); });
  };
  if (const auto* earlier = recall(rpc, refused))
    return refused ? *refused : answer(earlier->ids.front());
  if (auto bad = check_tags(rpc)) return *bad;
  const auto name = rpc.get("SecurityGroupName");
  if (name.size() == 1 || name.size() > 128 || name.starts_with("http://") ||
      name.starts_with("https://")) {
    return fail(rpc, 400, "InvalidSecurityGroupName.Malformed",
                "The specified parameter \"SecurityGroupName\" is not valid.");
  }
  if (rpc.see<Network>("vpc", rpc.get("VpcId")) == nullptr) {
    return fail(rpc, 404, "InvalidVpcId.NotFound", "The specified VpcId does not exist.");
  }
  Firewall group;
  group.place = rpc.place;
  group.type = "securitygroup";
  group.id = rpc.new_id("sg-");
  group.name = name;
  group.description = rpc.get("Description");
  group.network = rpc.get("VpcId");
  group.tags = rpc.tags();
  group.fields["inner"] = "Accept";
  const auto& made = rpc.world.add(std::move(group));
  remember(rpc, {made.id});
  return answer(made.id);
}

Response describe_groups(Rpc& rpc) {
  std::vector<Resource*> found;
  for (auto* one : rpc.all("securitygroup")) {
    if (rpc.is("VpcId", static_cast<const Firewall*>(one)->network) &&
        rpc.is("SecurityGroupId", one->id) && rpc.is("SecurityGroupName", one->name)) {
      found.push_back(one);
    }
  }
  const auto page = page_of(rpc, std::move(found), Paging::both, {});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.member("RegionId", rpc.place.region);
    out.key("SecurityGroups").begin_object().key("SecurityGroup").begin_array();
    for (const auto* one : page.items) {
      const auto& group = static_cast<const Firewall&>(*one);
      out.begin_object()
          .member("SecurityGroupId", group.id)
          .member("SecurityGroupName", group.name);
      out.member("VpcId", group.network)
          .member("Description", group.description)
          .member("SecurityGroupType", "normal");
      out.member("CreationTime", second_text(group.created));
      write_tags(out, group, false);
      out.end_object();
    }
    out.end_array().end_object();
  });
}

Firewall* group_of(const Rpc& rpc) {
  return rpc.see<Firewall>("securitygroup", rpc.get("SecurityGroupId"));
}

Response no_such_group(const Rpc& rpc) {
  return fail(rpc, 404, "InvalidSecurityGroupId.NotFound",
              "The specified SecurityGroupId does not exist.");
}

Response describe_attribute(Rpc& rpc) {
  const auto* group = group_of(rpc);
  if (group == nullptr) return no_such_group(rpc);
  return succeed(rpc, [&](json::Writer& out) {
    out.member("SecurityGroupId", group->id)
        .member("SecurityGroupName", group->name)
        .member("VpcId", group->network);
    out.member("RegionId", group->place.region).member("Description", group->description);
    out.member("InnerAccessPolicy", group->fields.at("inner")).key("Permissions").begin_object();
    out.key("Permission").begin_array();
    for (const auto& rule : group->rules) {
      if (rpc.get("Direction") == "egress") continue;  // what goes out is open, without a rule
      const bool is_v6 = rule.cidr.find(':') != std::string::npos;
      out.begin_object()
          .member("IpProtocol", rule.protocol)
          .member("Direction", "ingress")
          .member("Policy", rule.fields.at("policy"))
          .member("SecurityGroupRuleId", rule.id);
      out.member("PortRange", fmt::format("{}/{}", rule.from_port, rule.to_port))
          .member("Priority", rule.fields.at("priority"));
      out.member("SourceCidrIp", is_v6 ? "" : rule.cidr)
          .member("Ipv6SourceCidrIp", is_v6 ? rule.cidr : "");
      out.member("SourceGroupId", rule.group)
          .member("NicType", "intranet")
          .member("Description", rule.description)
          .end_object();
    }
    out.end_array().end_object();
  });
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

/// "22/22", the lower port first; all ports of what has none are -1/-1.
bool read_ports(std::string_view range, Rule& rule) {
  const auto slash = range.find('/');
  if (slash == std::string_view::npos) return false;
  const auto from = parse_int(range.substr(0, slash));
  const auto to = parse_int(range.substr(slash + 1));
  if (!from || !to) return false;
  rule.from_port = static_cast<int>(*from);
  rule.to_port = static_cast<int>(*to);
  const bool has_ports = rule.protocol == "TCP" || rule.protocol == "UDP";
  if (!has_ports) return *from == -1 && *to == -1;
  return *from >= 1 && *from <= *to && *to <= 65535;
}

bool is_range(const std::string& text, bool is_v6) {
  const auto range = text.find('/') == std::string::npos ? parse_address(text) : parse_cidr(text);
  return range && range->is_v6 == is_v6;
}

/// Permissions.N.X, or the older single rule without a prefix.
std::optional<Response> read_rules(Rpc& rpc, std::vector<Rule>& rules) {
  for (int n = 1;; ++n) {
    const auto prefix = fmt::format("Permissions.{}.", n);
    const bool is_there = rpc.params.contains(prefix + "IpProtocol");
    const bool is_single = n == 1 && !is_there && rpc.params.contains("IpProtocol");
    if (!is_there && !is_single) break;
    const auto get = [&](const char* name) { return rpc.get(is_single ? name : prefix + name); };
    Rule rule;
    rule.protocol = upper(get("IpProtocol"));
    if (rule.protocol != "TCP" && rule.protocol != "UDP" && rule.protocol != "ICMP" &&
        rule.protocol != "GRE" && rule.protocol != "ALL") {
      return fail(rpc, 400, "InvalidIpProtocol.ValueNotSupported",
                  "The specified IpProtocol is not supported.");
    }
    if (get("PortRange").empty()) return missing(rpc, "PortRange");
    if (!read_ports(get("PortRange"), rule))
      return fail(rpc, 400, "InvalidParam.PortRange",
                  "The specified parameter \"PortRange\" is not valid.");
    rule.cidr = get("SourceCidrIp");
    if (!rule.cidr.empty() && !is_range(rule.cidr, false))
      return fail(rpc, 400, "InvalidSourceCidrIp.Malformed",
                  "The specified parameter \"SourceCidrIp\" is not valid.");
    if (rule.cidr.empty()) {
      rule.cidr = get("Ipv6SourceCidrIp");
      if (!rule.cidr.empty() && !is_range(rule.cidr, true))
        return fail(rpc, 400, "InvalidIpv6SourceCidrIp.Malformed",
                    "The specified parameter \"Ipv6SourceCidrIp\" is not valid.");
    }
    rule.description = get("Description");
    const auto priority = get("Priority");
    rule.fields["priority"] = priority.empty() ? "1" : priority;
    rule.fields["policy"] = to_lower(get("Policy")) == "drop" ? "Drop" : "Accept";
    rule.group = get("SourceGroupId");
    if (!rule.group.empty() && rpc.see<Firewall>("securitygroup", rule.group) == nullptr) {
      return fail(rpc, 404, "InvalidSourceGroupId.NotFound", "The SourceGroupId does not exist.");
    }
    rules.push_back(std::move(rule));
  }
  if (rules.empty()) return missing(rpc, "Permissions");
  return std::nullopt;
}

bool same(const Rule& a, const Rule& b) {
  return a.protocol == b.protocol && a.from_port == b.from_port && a.to_port == b.to_port &&
         a.cidr == b.cidr && a.group == b.group && a.fields.at("policy") == b.fields.at("policy") &&
         a.fields.at("priority") == b.fields.at("priority");
}

Response authorize(Rpc& rpc) {
  auto* group = group_of(rpc);
  if (group == nullptr) return no_such_group(rpc);
  std::vector<Rule> rules;
  if (auto bad = read_rules(rpc, rules)) return *bad;
  for (auto& rule : rules) {  // one that is there already succeeds silently
    if (std::ranges::any_of(group->rules, [&](const Rule& one) { return same(one, rule); }))
      continue;
    rule.id = rpc.new_id("sgr-");
    group->rules.push_back(std::move(rule));
  }
  return done(rpc);
}

Response revoke(Rpc& rpc) {
  auto* group = group_of(rpc);
  if (group == nullptr) return no_such_group(rpc);
  if (const auto ids = rpc.list("SecurityGroupRuleId"); !ids.empty()) {
    std::erase_if(group->rules,
                  [&](const Rule& one) { return std::ranges::find(ids, one.id) != ids.end(); });
    return done(rpc);
  }
  std::vector<Rule> rules;
  if (auto bad = read_rules(rpc, rules)) return *bad;
  for (const auto& rule : rules)
    std::erase_if(group->rules, [&](const Rule& one) { return same(one, rule); });
  return done(rpc);
}

Response modify_policy(Rpc& rpc) {
  auto* group = group_of(rpc);
  if (group == nullptr) return no_such_group(rpc);
  group->fields["inner"] = rpc.get("InnerAccessPolicy");
  return done(rpc);
}

Response delete_group(Rpc& rpc) {
  auto* group = group_of(rpc);
  if (group == nullptr) return no_such_group(rpc);
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (is_there(machine) &&
        std::ranges::find(machine.firewalls, group->id) != machine.firewalls.end()) {
      return fail(rpc, 403, "DependencyViolation",
                  "There is still instance(s) in the specified security group.");
    }
  }
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "securitygroup")) {
    if (resource->id == group->id) continue;
    for (const auto& rule : static_cast<const Firewall&>(*resource).rules) {
      if (rule.group == group->id)
        return fail(rpc, 403, "DependencyViolation",
                    "The specified security group is referenced by another one.");
    }
  }
  rpc.world.remove(*group);
  return done(rpc);
}

Key* key_of(const Rpc& rpc, const std::string& name) {
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "keypair")) {
    if (resource->name == name) return static_cast<Key*>(resource);
  }
  return nullptr;
}

Response import_key(Rpc& rpc) {
  if (auto bad = require(rpc, {"KeyPairName", "PublicKeyBody"})) return *bad;
  if (auto bad = check_tags(rpc)) return *bad;
  if (key_of(rpc, rpc.get("KeyPairName")) != nullptr) {
    return fail(rpc, 400, "KeyPair.AlreadyExist", "The key pair already exists.");
  }
  const auto parts = split(rpc.get("PublicKeyBody"), ' ');
  const auto blob = parts.size() < 2 ? std::nullopt : decode_base64(parts[1]);
  if (!blob)
    return fail(rpc, 400, "InvalidPublicKeyBody.Malformed", "The public key is not valid.");
  Key key;
  key.place = rpc.place;
  key.type = "keypair";
  key.name = rpc.get("KeyPairName");
  key.id = rpc.new_id("kp-");
  key.public_key = rpc.get("PublicKeyBody");
  key.fingerprint = hex(md5(*blob));
  key.tags = rpc.tags();
  const auto& made = rpc.world.add(std::move(key));
  return succeed(rpc, [&](json::Writer& out) {
    out.member("KeyPairName", made.name).member("KeyPairFingerPrint", made.fingerprint);
  });
}

Response describe_keys(Rpc& rpc) {
  std::vector<Resource*> found;
  for (auto* one : rpc.all("keypair")) {
    const auto name = rpc.get("KeyPairName");
    if (name.empty() || glob_match(name, one->name)) found.push_back(one);
  }
  const auto page = page_of(rpc, std::move(found), Paging::numbers, {.most = 50});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("KeyPairs").begin_object().key("KeyPair").begin_array();
    for (const auto* one : page.items) {
      out.begin_object().member("KeyPairName", one->name);
      out.member("KeyPairFingerPrint", static_cast<const Key*>(one)->fingerprint);
      out.member("CreationTime", second_text(one->created));
      write_tags(out, *one, false);
      out.end_object();
    }
    out.end_array().end_object();
  });
}

Response delete_keys(Rpc& rpc) {
  const auto names = json::parse(rpc.get("KeyPairNames"));
  if (!names)
    return fail(rpc, 400, "InvalidParameter.KeyPairNames", "KeyPairNames is a JSON array.");
  for (const auto& name : names->root().items()) {
    if (auto* key = key_of(rpc, name.string_or())) rpc.world.remove(*key);
  }
  return done(rpc);
}

}  // namespace

std::vector<Operation> group_operations() {
  return {{"ecs", "CreateSecurityGroup", true, create_group},
          {"ecs", "DescribeSecurityGroups", false, describe_groups},
          {"ecs", "DescribeSecurityGroupAttribute", false, describe_attribute},
          {"ecs", "AuthorizeSecurityGroup", true, authorize},
          {"ecs", "RevokeSecurityGroup", true, revoke},
          {"ecs", "ModifySecurityGroupPolicy", true, modify_policy},
          {"ecs", "DeleteSecurityGroup", true, delete_group},
          {"ecs", "ImportKeyPair", true, import_key},
          {"ecs", "DescribeKeyPairs", false, describe_keys},
          {"ecs", "DeleteKeyPairs", true, delete_keys}};
}

}  // namespace ccloud::sim::alibaba
