// Shapes as in the network API, version 2024-05-01. Security groups let everything of the virtual
// network in by default (rule 65000), which the contract does not: our last rule closes it.
#include "providers/azure/network_wire.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/hash.h"
#include "base/text.h"
#include "cloud/marks.h"
#include "json/writer.h"
#include "providers/azure/names.h"

namespace ccloud::azure {

using cloud::FirewallRule;
using cloud::Protocol;

namespace {

constexpr int first_priority = 100;
constexpr int closing_priority = 4096;
constexpr std::string_view closing_name = "ccloud-closed-inside";

std::string_view word_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::udp:
      return "Udp";
    case Protocol::icmp:
      return "Icmp";
    default:
      return "Tcp";
  }
}

std::string ports_of(const FirewallRule& rule) {
  if (rule.protocol == Protocol::icmp) return "*";
  return rule.from_port == rule.to_port ? std::to_string(rule.from_port)
                                        : fmt::format("{}-{}", rule.from_port, rule.to_port);
}

bool is_host(std::string_view cidr) { return cidr.ends_with("/32") || cidr.ends_with("/128"); }

/// One rule on the wire: hosts with the same ports share one (a group has room for 1,000 rules but
/// 4,000 addresses); ranges stand alone, since those of one rule may not overlap.
struct WireRule {
  FirewallRule form;  ///< without a source
  std::vector<std::string> cidrs;
  std::string group;
};

std::vector<WireRule> group_rules(const std::vector<FirewallRule>& rules) {
  std::vector<WireRule> out;
  std::map<std::pair<FirewallRule, bool>, std::size_t> hosts;
  for (const auto& rule : rules) {
    FirewallRule form = rule;
    form.cidr.clear();
    form.group.clear();
    if (rule.group.empty() && is_host(rule.cidr)) {
      const bool is_v6 = rule.cidr.find(':') != std::string::npos;
      const auto [at, is_new] = hosts.emplace(std::pair(form, is_v6), out.size());
      if (!is_new) {
        out[at->second].cidrs.push_back(rule.cidr);
        continue;
      }
    }
    out.push_back({form, rule.cidr.empty() ? std::vector<std::string>{} : std::vector{rule.cidr},
                   rule.group});
  }
  return out;
}

void write_rule(json::Writer& out, const WireRule& rule, int priority, const GroupIds& ids) {
  const auto source = rule.group.empty() ? join(rule.cidrs, ",") : rule.group;
  const auto ports = ports_of(rule.form);
  out.begin_object();
  out.member("name",
             fmt::format("{}-{}-{}", cloud::to_string(rule.form.protocol),
                         rule.form.protocol == Protocol::icmp ? std::string_view("all") : ports,
                         sha256_hex(source).substr(0, 8)));
  out.key("properties").begin_object().member("priority", priority);
  out.member("direction", "Inbound").member("access", "Allow");
  out.member("protocol", word_of(rule.form.protocol)).member("sourcePortRange", "*");
  out.member("destinationAddressPrefix", "*").member("destinationPortRange", ports);
  if (!rule.group.empty()) {
    out.key("sourceApplicationSecurityGroups").begin_array().begin_object();
    out.member("id", ids.of(rule.group)).end_object().end_array();
  } else if (rule.cidrs.size() == 1) {
    out.member("sourceAddressPrefix", rule.cidrs.front());
  } else {
    out.member("sourceAddressPrefixes", rule.cidrs);
  }
  out.end_object().end_object();
}

void write_closing_rule(json::Writer& out) {
  out.begin_object().member("name", closing_name).key("properties").begin_object();
  out.member("priority", closing_priority).member("direction", "Inbound").member("access", "Deny");
  out.member("protocol", "*").member("sourcePortRange", "*").member("destinationPortRange", "*");
  out.member("sourceAddressPrefix", "VirtualNetwork").member("destinationAddressPrefix", "*");
  out.end_object().end_object();
}

void write_members(json::Writer& out, const cloud::Labels& tags) {
  out.begin_object();
  for (const auto& [key, value] : tags) out.member(key, value);
  out.end_object();
}

/// "*" and "a-b" and "a" as a range.
std::optional<std::pair<int, int>> read_ports(std::string_view text) {
  if (text == "*") return std::pair(0, 65535);
  const auto dash = text.find('-');
  const auto from = parse_int(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_int(text.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  return std::pair(static_cast<int>(*from), static_cast<int>(*to));
}

/// The singular member and the plural one; the service fills one of the two.
std::vector<std::string> either(json::Value properties, std::string_view one,
                                std::string_view many) {
  std::vector<std::string> out;
  for (const auto& item : properties.get(many).items()) out.push_back(item.string_or());
  const auto single = properties.get(one).string_or();
  if (out.empty() && !single.empty()) out.push_back(single);
  return out;
}

std::string firewall_of(std::string_view application_group_id) {
  const auto name = name_of(application_group_id);
  return name.starts_with("fw-") ? name.substr(name.find('.') + 1) : name;
}

void read_rule(json::Value properties, std::vector<FirewallRule>& into) {
  FirewallRule form;
  const auto protocol = to_lower(properties.get("protocol").string_or());
  form.protocol = protocol == "udp"    ? Protocol::udp
                  : protocol == "icmp" ? Protocol::icmp
                                       : Protocol::tcp;
  auto sources = either(properties, "sourceAddressPrefix", "sourceAddressPrefixes");
  for (const auto& port : either(properties, "destinationPortRange", "destinationPortRanges")) {
    const auto range = read_ports(port).value_or(std::pair(0, 65535));
    form.from_port = form.protocol == Protocol::icmp ? 0 : range.first;
    form.to_port = form.protocol == Protocol::icmp ? 0 : range.second;
    for (const auto& group : properties.get("sourceApplicationSecurityGroups").items()) {
      auto rule = form;
      rule.group = firewall_of(group.get("id").string_or());
      into.push_back(std::move(rule));
    }
    for (const auto& source : sources) {
      auto rule = form;
      rule.cidr = source == "*" || source == "Internet" ? "0.0.0.0/0" : source;
      if (const auto host = parse_address(source)) rule.cidr = to_string(*host);
      into.push_back(std::move(rule));
    }
  }
}

bool is_closing(json::Value properties) {
  return properties.get("access").string_or() == "Deny" &&
         properties.get("protocol").string_or() == "*" &&
         properties.get("priority").int_or(0) == closing_priority &&
         properties.get("sourceAddressPrefix").string_or() == "VirtualNetwork";
}

}  // namespace

cloud::Labels read_tags(json::Value tags) {
  cloud::Labels out;
  for (const auto& tag : tags.members()) out.emplace(std::string(tag.key), tag.value.string_or());
  return out;
}

std::string encode_tags(const cloud::Labels& tags) {
  json::Writer out;
  write_members(out, tags);
  return out.take();
}

std::string encode_network(const cloud::NetworkSpec& spec, std::string_view subnet) {
  json::Writer out;
  out.begin_object().member("location", spec.region).key("tags");
  write_members(out, spec.labels);
  out.key("properties").begin_object().key("addressSpace").begin_object();
  out.key("addressPrefixes").begin_array().value(spec.cidr).end_array().end_object();
  out.key("subnets").begin_array().begin_object().member("name", subnet);
  out.key("properties").begin_object().member("addressPrefix", spec.cidr).end_object();
  out.end_object().end_array().end_object().end_object();
  return out.take();
}

cloud::Network parse_network(json::Value network) {
  cloud::Network out;
  const auto properties = network.get("properties");
  out.id = canonical(network.get("id").string_or());
  out.region = normal_location(network.get("location").string_or());
  out.labels = read_tags(network.get("tags"));
  const auto mark = out.labels.find(std::string(cloud::mark_network));
  const auto own = network.get("name").string_or();
  out.name = mark != out.labels.end()  ? mark->second
             : own.starts_with("net-") ? own.substr(4)
                                       : own;
  out.cidr = properties.get("addressSpace").get("addressPrefixes").at(0).string_or();
  for (const auto& subnet : properties.get("subnets").items()) {
    const auto inner = subnet.get("properties");
    out.subnets.push_back(
        {.id = canonical(subnet.get("id").string_or()),
         .zone = "",
         .cidr =
             inner.get("addressPrefix").string_or(inner.get("addressPrefixes").at(0).string_or())});
  }
  out.is_complete = !out.subnets.empty();
  return out;
}

std::string encode_security_group(const cloud::FirewallSpec& spec, const GroupIds& ids) {
  json::Writer out;
  out.begin_object().member("location", spec.region).key("tags");
  write_members(out, spec.labels);
  out.key("properties").begin_object().key("securityRules").begin_array();
  int priority = first_priority;
  for (const auto& rule : group_rules(spec.rules)) write_rule(out, rule, priority++, ids);
  write_closing_rule(out);
  out.end_array().end_object().end_object();
  return out.take();
}

std::vector<FirewallRule> parse_rules(json::Value security_group) {
  std::vector<FirewallRule> rules;
  bool is_closed = false;
  for (const auto& item : security_group.get("properties").get("securityRules").items()) {
    const auto properties = item.get("properties");
    if (properties.get("direction").string_or() != "Inbound") continue;
    if (is_closing(properties)) {
      is_closed = true;
      continue;
    }
    read_rule(properties, rules);
  }
  // Without the closing rule the whole network may come in; "VirtualNetwork" is no range that a
  // config can ask for, so it shows as a difference and is put right.
  if (!is_closed) {
    rules.push_back({.protocol = Protocol::tcp,
                     .from_port = 0,
                     .to_port = 65535,
                     .cidr = "VirtualNetwork",
                     .group = {}});
  }
  std::ranges::sort(rules);
  return rules;
}

std::string encode_interface(const Interface& it, std::string_view location,
                             const cloud::Labels& tags) {
  json::Writer out;
  out.begin_object().member("location", location).key("tags");
  write_members(out, tags);
  out.key("properties").begin_object();
  if (!it.security_group_id.empty()) {
    out.key("networkSecurityGroup").begin_object().member("id", it.security_group_id).end_object();
  }
  out.key("ipConfigurations").begin_array().begin_object().member("name", "ip1");
  out.key("properties").begin_object().member("primary", true);
  out.member("privateIPAllocationMethod", "Dynamic");
  out.key("subnet").begin_object().member("id", it.subnet_id).end_object();
  if (!it.application_group_ids.empty()) {
    out.key("applicationSecurityGroups").begin_array();
    for (const auto& id : it.application_group_ids) {
      out.begin_object().member("id", id).end_object();
    }
    out.end_array();
  }
  if (!it.address_id.empty()) {
    out.key("publicIPAddress").begin_object().member("id", it.address_id);
    out.key("properties").begin_object().member("deleteOption", "Delete").end_object();
    out.end_object();
  }
  out.end_object().end_object().end_array().end_object().end_object();
  return out.take();
}

std::string encode_address(std::string_view location, const cloud::Labels& tags) {
  json::Writer out;
  out.begin_object().member("location", location).key("tags");
  write_members(out, tags);
  out.key("sku").begin_object().member("name", "Standard").end_object();
  out.key("properties").begin_object().member("publicIPAllocationMethod", "Static");
  out.member("publicIPAddressVersion", "IPv4").end_object().end_object();
  return out.take();
}

Attachment parse_interface(json::Value interface) {
  Attachment out;
  const auto properties = interface.get("properties");
  out.id = to_lower(interface.get("id").string_or());
  out.machine_id = to_lower(properties.get("virtualMachine").get("id").string_or());
  out.security_group_id = canonical(properties.get("networkSecurityGroup").get("id").string_or());
  out.tags = read_tags(interface.get("tags"));
  for (const auto& item : properties.get("ipConfigurations").items()) {
    const auto ip = item.get("properties");
    if (!out.subnet_id.empty() && !ip.get("primary").bool_or(false)) continue;
    out.subnet_id = canonical(ip.get("subnet").get("id").string_or());
    out.private_ip = ip.get("privateIPAddress").string_or();
    out.address_id = to_lower(ip.get("publicIPAddress").get("id").string_or());
    out.application_group_ids.clear();
    for (const auto& group : ip.get("applicationSecurityGroups").items()) {
      out.application_group_ids.push_back(canonical(group.get("id").string_or()));
    }
  }
  return out;
}

}  // namespace ccloud::azure
