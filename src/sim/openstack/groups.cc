// Neutron: security groups and their rules.
#include <algorithm>

#include <fmt/format.h>

#include "base/cidr.h"
#include "sim/openstack/neutron.h"

namespace ccloud::sim::openstack {
namespace {

void write_rule(json::Writer& out, const Firewall& group, const Rule& rule) {
  const auto text = [&](std::string_view name, const std::string& value) {
    if (value.empty()) {
      out.member(name, nullptr);
    } else {
      out.member(name, value);
    }
  };
  const auto port = [&](std::string_view name, int value) {
    if (value < 0) {
      out.member(name, nullptr);
    } else {
      out.member(name, value);
    }
  };
  out.begin_object().member("id", rule.id).member("security_group_id", group.id);
  out.member("direction", rule.is_ingress ? "ingress" : "egress");
  out.member("ethertype", rule.fields.at("ethertype"));
  text("protocol", rule.protocol == "-1" ? "" : rule.protocol);
  port("port_range_min", rule.from_port);
  port("port_range_max", rule.to_port);
  text("remote_ip_prefix", rule.cidr);
  text("remote_group_id", rule.group);
  out.member("tenant_id", group.place.account).member("project_id", group.place.account);
  out.member("description", rule.description).end_object();
}

void write_group(json::Writer& out, Rest&, const Resource& resource) {
  const auto& group = static_cast<const Firewall&>(resource);
  out.begin_object();
  write_common(out, group);
  out.member("stateful", true).key("security_group_rules").begin_array();
  for (const auto& rule : group.rules) write_rule(out, group, rule);
  out.end_array().end_object();
}

Response list_groups(Rest& rest) {
  return list_of(rest, "security_group", write_group,
                 [](const Resource&, std::string_view, const std::string&) { return true; });
}

Response show_group(Rest& rest) {
  const auto* group = rest.see<Firewall>("security_group", rest.args.at(0));
  return group == nullptr ? not_found("security_group", rest.args.at(0))
                          : one_of(rest, 200, "security_group", write_group, *group);
}

Response create_group(Rest& rest) {
  const auto wanted = rest.body.get("security_group");
  if (auto bad = check_attributes(wanted, "name description stateful project_id tenant_id"))
    return *bad;
  Firewall group;
  group.place = rest.place;
  group.type = "security_group";
  group.id = rest.world.uuid();
  group.name = wanted.get("name").string_or();
  group.fields["description"] = wanted.get("description").string_or();
  for (const auto* ethertype : {"IPv4", "IPv6"}) {  // what goes out is open
    Rule rule;
    rule.id = rest.world.uuid();
    rule.is_ingress = false;
    rule.protocol = "-1";
    rule.fields["ethertype"] = ethertype;
    group.rules.push_back(std::move(rule));
  }
  return one_of(rest, 201, "security_group", write_group, rest.world.add(std::move(group)));
}

Response update_group(Rest& rest) {
  auto* group = rest.see<Firewall>("security_group", rest.args.at(0));
  if (group == nullptr) return not_found("security_group", rest.args.at(0));
  const auto wanted = rest.body.get("security_group");
  if (wanted.has("name")) group->name = wanted.get("name").string_or();
  if (wanted.has("description"))
    group->fields["description"] = wanted.get("description").string_or();
  return one_of(rest, 200, "security_group", write_group, *group);
}

Response remove_group(Rest& rest) {
  auto* group = rest.see<Firewall>("security_group", rest.args.at(0));
  if (group == nullptr) return not_found("security_group", rest.args.at(0));
  for (const auto& [serial, resource] : rest.world.list(rest.place, "port")) {
    const auto& groups = static_cast<const Port&>(*resource).groups;
    if (std::ranges::find(groups, group->id) != groups.end()) {
      return neutron_error(409, "SecurityGroupInUse",
                           fmt::format("Security Group {} in use.", group->id));
    }
  }
  rest.world.remove(*group);
  return no_content();
}

bool same(const Rule& a, const Rule& b) {
  return a.is_ingress == b.is_ingress && a.protocol == b.protocol && a.from_port == b.from_port &&
         a.to_port == b.to_port && a.cidr == b.cidr && a.group == b.group &&
         a.fields.at("ethertype") == b.fields.at("ethertype");
}

/// Null on success; the rule is added to its group.
std::optional<Response> add_rule(Rest& rest, json::Value wanted, Rule& rule, Firewall*& group) {
  if (auto bad = check_attributes(
          wanted,
          "security_group_id direction ethertype protocol port_range_min port_range_max "
          "remote_ip_prefix remote_group_id description project_id tenant_id"))
    return bad;
  const auto id = wanted.get("security_group_id").string_or();
  group = rest.see<Firewall>("security_group", id);
  if (group == nullptr) return not_found("security_group", id);
  rule.id = rest.world.uuid();
  rule.is_ingress = wanted.get("direction").string_or() == "ingress";
  rule.protocol = wanted.get("protocol").string_or("-1");
  rule.from_port = static_cast<int>(wanted.get("port_range_min").to_int().value_or(-1));
  rule.to_port = static_cast<int>(wanted.get("port_range_max").to_int().value_or(-1));
  rule.cidr = wanted.get("remote_ip_prefix").string_or();
  rule.group = wanted.get("remote_group_id").string_or();
  rule.description = wanted.get("description").string_or();
  rule.fields["ethertype"] = wanted.get("ethertype").string_or("IPv4");
  if (!rule.cidr.empty() && !parse_cidr(rule.cidr) && !parse_address(rule.cidr)) {
    return neutron_error(
        400, "HTTPBadRequest",
        fmt::format("Invalid input for remote_ip_prefix. Reason: '{}' is not a valid IP subnet.",
                    rule.cidr));
  }
  if (!rule.group.empty() && rest.see<Firewall>("security_group", rule.group) == nullptr) {
    return not_found("security_group", rule.group);
  }
  if (rule.from_port > rule.to_port) {
    return neutron_error(400, "SecurityGroupInvalidPortRange",
                         "For TCP/UDP protocols, port_range_min must be <= port_range_max");
  }
  const auto known =
      std::ranges::find_if(group->rules, [&](const Rule& one) { return same(one, rule); });
  if (known != group->rules.end()) {
    return neutron_error(
        409, "SecurityGroupRuleExists",
        fmt::format("Security group rule already exists. Rule id is {}.", known->id));
  }
  group->rules.push_back(rule);
  return std::nullopt;
}

Response create_rules(Rest& rest) {
  const bool is_bulk = rest.body.has("security_group_rules");
  json::Writer out;
  out.begin_object().key(is_bulk ? "security_group_rules" : "security_group_rule");
  if (is_bulk) out.begin_array();
  const auto wanted = is_bulk ? rest.body.get("security_group_rules").items()
                              : std::vector<json::Value>{rest.body.get("security_group_rule")};
  for (const auto& one : wanted) {
    Rule rule;
    Firewall* group = nullptr;
    if (auto refused = add_rule(rest, one, rule, group)) return *refused;
    write_rule(out, *group, rule);
  }
  if (is_bulk) out.end_array();
  out.end_object();
  return answer(201, out.take());
}

Response remove_rule(Rest& rest) {
  for (const auto& [serial, resource] : rest.world.list(rest.place, "security_group")) {
    auto& rules = static_cast<Firewall&>(*resource).rules;
    const auto at = std::ranges::find(rules, rest.args.at(0), &Rule::id);
    if (at == rules.end()) continue;
    rules.erase(at);
    return no_content();
  }
  return not_found("security_group_rule", rest.args.at(0));
}

Response list_rules(Rest& rest) {
  json::Writer out;
  out.begin_object().key("security_group_rules").begin_array();
  const auto wanted = rest.param("security_group_id");
  for (const auto& [serial, resource] : rest.world.list(rest.place, "security_group")) {
    const auto& group = static_cast<const Firewall&>(*resource);
    if (!wanted.empty() && group.id != wanted) continue;
    for (const auto& rule : group.rules) write_rule(out, group, rule);
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

}  // namespace

std::vector<Route> group_routes() {
  constexpr auto n = Service::network;
  return {{n, "GET", "/security-groups", list_groups},
          {n, "POST", "/security-groups", create_group},
          {n, "GET", "/security-groups/{}", show_group},
          {n, "PUT", "/security-groups/{}", update_group},
          {n, "DELETE", "/security-groups/{}", remove_group},
          {n, "GET", "/security-group-rules", list_rules},
          {n, "POST", "/security-group-rules", create_rules},
          {n, "DELETE", "/security-group-rules/{}", remove_rule}};
}

}  // namespace ccloud::sim::openstack
