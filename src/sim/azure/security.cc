// Network security groups with their rules, and application security groups.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/text.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::string_view rule_type = "Microsoft.Network/networkSecurityGroups/securityRules";

Response bad_rule(std::string_view name, std::string_view why) {
  return refusal(400, "SecurityRuleInvalid", fmt::format("Security rule {}: {}", name, why));
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto one) { return equals_ignoring_case(one, word); });
}

bool is_port(std::string_view text) {
  if (text == "*") return true;
  const auto dash = text.find('-');
  const auto from = parse_int(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_int(text.substr(dash + 1));
  return from && to && *from >= 0 && *to <= 65535 && *from <= *to;
}

bool is_address(std::string_view text) {
  constexpr std::array tags = {"Internet", "VirtualNetwork", "AzureLoadBalancer", "AzureCloud"};
  if (text == "*" || std::ranges::find(tags, text) != tags.end()) return true;
  return parse_cidr(text).has_value() || parse_address(text).has_value();
}

/// The members `one` and `many`; false when neither is there.
bool each(json::Value properties, std::string_view one, std::string_view many,
          bool (*is_good)(std::string_view), bool& good) {
  bool has_any = false;
  const auto look = [&](const std::string& text) {
    has_any = true;
    good = good && is_good(text);
  };
  if (const auto text = properties.get(one).string_or(); !text.empty()) look(text);
  for (const auto& item : properties.get(many).items()) look(item.string_or());
  return has_any;
}

std::optional<Response> check_rule(const Arm& arm, std::string_view name, json::Value properties) {
  if (auto bad = check_members(properties,
                               "description protocol sourcePortRange sourcePortRanges "
                               "destinationPortRange destinationPortRanges sourceAddressPrefix "
                               "sourceAddressPrefixes destinationAddressPrefix "
                               "destinationAddressPrefixes sourceApplicationSecurityGroups "
                               "destinationApplicationSecurityGroups access priority direction "
                               "provisioningState",
                               "SecurityRulePropertiesFormat")) {
    return bad;
  }
  const auto priority = properties.get("priority").int_or(0);
  if (priority < 100 || priority > 4096) {
    return refusal(400, "SecurityRuleInvalidPriority",
                   fmt::format("Security rule has invalid Priority. Value provided: {}. Allowed "
                               "range: 100-4096.",
                               priority));
  }
  if (!is_one_of(properties.get("direction").string_or(), {"Inbound", "Outbound"}) ||
      !is_one_of(properties.get("access").string_or(), {"Allow", "Deny"}) ||
      !is_one_of(properties.get("protocol").string_or(),
                 {"Tcp", "Udp", "Icmp", "Esp", "Ah", "*"})) {
    return bad_rule(name, "direction, access or protocol has no allowed value.");
  }
  bool good = true;
  if (!each(properties, "destinationPortRange", "destinationPortRanges", is_port, good) || !good) {
    return refusal(400, "SecurityRuleInvalidPortRange",
                   fmt::format("Security rule {} has an invalid port range.", name));
  }
  const bool has_groups = properties.get("sourceApplicationSecurityGroups").size() > 0;
  const bool has_source =
      each(properties, "sourceAddressPrefix", "sourceAddressPrefixes", is_address, good);
  if (!good || has_source == has_groups) {
    return refusal(400, "SecurityRuleInvalidAddressPrefix",
                   fmt::format("Security rule {} has an invalid address prefix.", name));
  }
  for (const auto& group : properties.get("sourceApplicationSecurityGroups").items()) {
    const auto id = group.get("id").string_or();
    if (arm.find_as<Resource>(id, type::application_group) != nullptr) continue;
    return refusal(400, "InvalidResourceReference",
                   fmt::format("Resource {} referenced by security rule {} was not found. Please "
                               "make sure that the referenced resource exists.",
                               id, name));
  }
  return std::nullopt;
}

/// A rule keeps the text of its properties; what is compared stands beside it.
Rule make_rule(std::string name, json::Value properties) {
  Rule rule;
  rule.id = std::move(name);
  rule.is_ingress = equals_ignoring_case(properties.get("direction").string_or(), "Inbound");
  rule.from_port = static_cast<int>(properties.get("priority").int_or(0));
  rule.fields["properties"] = properties.text();
  return rule;
}

std::optional<Response> check_priorities(const std::vector<Rule>& rules) {
  std::set<std::pair<bool, int>> seen;
  for (const auto& rule : rules) {
    if (seen.emplace(rule.is_ingress, rule.from_port).second) continue;
    return refusal(400, "SecurityRuleConflict",
                   fmt::format("Security rule {} conflicts with another rule. Rules cannot have "
                               "the same Priority and Direction.",
                               rule.id));
  }
  return std::nullopt;
}

void write_rule(json::Writer& out, const Firewall& group, const Rule& rule) {
  out.begin_object().member("name", rule.id);
  out.member("id", fmt::format("{}/securityRules/{}", shown_id(group), rule.id));
  out.member("type", rule_type).member("etag", fmt::format("W/\"{}\"", field(group, "etag")));
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  const auto kept = json::parse(rule.fields.find("properties")->second);
  for (const auto& member : kept->root().members()) {
    if (member.key != "provisioningState") out.key(member.key).raw(member.value.text());
  }
  for (const auto* many : {"sourceAddressPrefixes", "destinationAddressPrefixes",
                           "sourcePortRanges", "destinationPortRanges"}) {
    if (!kept->root().has(many)) out.key(many).begin_array().end_array();
  }
  out.end_object().end_object();
}

void write_group(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& group = static_cast<const Firewall&>(resource);
  write_head(out, group);
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("resourceGuid", field(group, "guid")).key("securityRules").begin_array();
  for (const auto& rule : group.rules) write_rule(out, group, rule);
  out.end_array().key("defaultSecurityRules").begin_array().end_array();
  out.key("networkInterfaces").begin_array();
  for (const auto& [serial, other] : arm.world.list(group.place, type::interface)) {
    if (static_cast<const Interface&>(*other).security_group != group.id) continue;
    out.begin_object().member("id", shown_id(*other)).end_object();
  }
  out.end_array().end_object().end_object();
}

Response put_group(Arm& arm) {
  auto order = check_order(arm, type::security_group, "location tags properties id name type etag");
  if (order.refused) return *order.refused;
  std::vector<Rule> rules;
  for (const auto& item : arm.body.get("properties").get("securityRules").items()) {
    const auto name = item.get("name").string_or();
    if (name.empty() || name.size() > 80) return bad_rule(name, "its name is invalid.");
    if (auto bad = check_rule(arm, name, item.get("properties"))) return *bad;
    rules.push_back(make_rule(name, item.get("properties")));
  }
  if (rules.size() > 1000) {
    return refusal(400, "SecurityRuleLimitReached", "A group holds at most 1000 rules.");
  }
  if (auto bad = check_priorities(rules)) return *bad;
  auto* group = static_cast<Firewall*>(order.existing);
  if (group != nullptr) {
    group->rules = std::move(rules);
    replace_tags(arm.world, *group, order.tags);
    return one(200, arm, write_group, *group);
  }
  Firewall fresh;
  fill(fresh, arm, order, type::security_group);
  fresh.rules = std::move(rules);
  return one(201, arm, write_group, arm.add(std::move(fresh)));
}

Firewall* group_arg(Arm& arm) {
  return arm.find_as<Firewall>(id_of(arm, type::security_group, arm.args[1], name_arg(arm)),
                               type::security_group);
}

Response show_group(Arm& arm) {
  const auto* group = group_arg(arm);
  return group == nullptr ? not_found(arm, type::security_group, name_arg(arm))
                          : one(200, arm, write_group, *group);
}

Response delete_group(Arm& arm) {
  auto* group = group_arg(arm);
  if (group == nullptr) return nothing(204);
  for (const auto& [serial, other] : arm.world.list(group->place, type::interface)) {
    if (static_cast<const Interface&>(*other).security_group != group->id) continue;
    return refusal(400, "InUseNetworkSecurityGroupCannotBeDeleted",
                   fmt::format("Network security group {} cannot be deleted because it is in use "
                               "by the following resources: {}.",
                               group->name, shown_id(*other)));
  }
  const auto region = group->place.region;
  arm.world.remove(*group);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

std::vector<Rule>::iterator rule_arg(Firewall& group, const std::string& name) {
  return std::ranges::find_if(
      group.rules, [&](const Rule& rule) { return equals_ignoring_case(rule.id, name); });
}

Response one_rule(int status, const Firewall& group, const Rule& rule) {
  json::Writer out;
  write_rule(out, group, rule);
  return answer(status, out.take());
}

Response show_rule(Arm& arm) {
  auto* group = group_arg(arm);
  if (group == nullptr) return not_found(arm, type::security_group, name_arg(arm));
  const auto rule = rule_arg(*group, arm.args.at(3));
  return rule == group->rules.end() ? not_found(arm, rule_type, arm.args[3])
                                    : one_rule(200, *group, *rule);
}

Response list_rules(Arm& arm) {
  const auto* group = group_arg(arm);
  if (group == nullptr) return not_found(arm, type::security_group, name_arg(arm));
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto& rule : group->rules) write_rule(out, *group, rule);
  out.end_array().end_object();
  return answer(200, out.take());
}

Response put_rule(Arm& arm) {
  auto* group = group_arg(arm);
  if (group == nullptr) return not_found(arm, type::security_group, name_arg(arm));
  const auto& name = arm.args.at(3);
  if (auto bad = check_rule(arm, name, arm.body.get("properties"))) return *bad;
  auto rules = group->rules;
  const bool is_new = rule_arg(*group, name) == group->rules.end();
  std::erase_if(rules, [&](const Rule& rule) { return equals_ignoring_case(rule.id, name); });
  rules.push_back(make_rule(name, arm.body.get("properties")));
  if (auto bad = check_priorities(rules)) return *bad;
  group->rules = std::move(rules);
  return one_rule(is_new ? 201 : 200, *group, group->rules.back());
}

Response delete_rule(Arm& arm) {
  auto* group = group_arg(arm);
  if (group == nullptr) return nothing(204);
  const auto rule = rule_arg(*group, arm.args.at(3));
  if (rule == group->rules.end()) return nothing(204);
  group->rules.erase(rule);
  return accepted(arm, {.until = Until::now, .target = "", .region = group->place.region});
}

void write_application_group(json::Writer& out, const Arm&, const Resource& resource) {
  write_head(out, resource);
  out.key("properties").begin_object().member("provisioningState", "Succeeded");
  out.member("resourceGuid", field(resource, "guid")).end_object().end_object();
}

Response put_application_group(Arm& arm) {
  auto order =
      check_order(arm, type::application_group, "location tags properties id name type etag");
  if (order.refused) return *order.refused;
  if (order.existing != nullptr) {
    replace_tags(arm.world, *order.existing, order.tags);
    return one(200, arm, write_application_group, *order.existing);
  }
  Resource fresh;
  fill(fresh, arm, order, type::application_group);
  return one(201, arm, write_application_group, arm.add(std::move(fresh)));
}

Response show_application_group(Arm& arm) {
  const auto* found = arm.find(id_of(arm, type::application_group, arm.args[1], name_arg(arm)));
  return found == nullptr ? not_found(arm, type::application_group, name_arg(arm))
                          : one(200, arm, write_application_group, *found);
}

bool is_named_by(const Firewall& group, const std::string& id) {
  return std::ranges::any_of(group.rules, [&](const Rule& rule) {
    return to_lower(rule.fields.find("properties")->second).find("\"" + id + "\"") !=
           std::string::npos;
  });
}

Response delete_application_group(Arm& arm) {
  auto* found = arm.find(id_of(arm, type::application_group, arm.args[1], name_arg(arm)));
  if (found == nullptr) return nothing(204);
  bool is_used = false;
  for (const auto& [serial, other] : arm.world.list(found->place, type::interface)) {
    const auto& groups = static_cast<const Interface&>(*other).application_groups;
    is_used |=
        std::ranges::any_of(groups, [&](const auto& id) { return to_lower(id) == found->id; });
  }
  for (const auto& [serial, other] : arm.world.list(found->place, type::security_group)) {
    is_used |= is_named_by(static_cast<const Firewall&>(*other), found->id);
  }
  if (is_used) {
    return refusal(400, "InUseApplicationSecurityGroupCannotBeDeleted",
                   fmt::format("Application security group {} cannot be deleted because it is in "
                               "use.",
                               found->name));
  }
  const auto region = found->place.region;
  arm.world.remove(*found);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

Response list_groups(Arm& arm) { return list(arm, type::security_group, write_group, 200); }
Response patch_group(Arm& arm) { return patch_tags(arm, type::security_group, write_group); }
Response list_application_groups(Arm& arm) {
  return list(arm, type::application_group, write_application_group, 200);
}

}  // namespace

std::vector<Route> security_routes() {
  const auto group = in_group(providers_path(type::security_group, true));
  const auto application = in_group(providers_path(type::application_group, true));
  return {
      {"GET", in_subscription(providers_path(type::security_group, false)), list_groups},
      {"GET", in_group(providers_path(type::security_group, false)), list_groups},
      {"GET", group, show_group},
      {"PUT", group, put_group},
      {"PATCH", group, patch_group},
      {"DELETE", group, delete_group},
      {"GET", group + "/securityRules", list_rules},
      {"GET", group + "/securityRules/{}", show_rule},
      {"PUT", group + "/securityRules/{}", put_rule},
      {"DELETE", group + "/securityRules/{}", delete_rule},
      {"GET", in_subscription(providers_path(type::application_group, false)),
       list_application_groups},
      {"GET", in_group(providers_path(type::application_group, false)), list_application_groups},
      {"GET", application, show_application_group},
      {"PUT", application, put_application_group},
      {"DELETE", application, delete_application_group}};
}

}  // namespace ccloud::sim::azure
