// Shapes as in the networking API reference, v2.0.
#include "providers/openstack/neutron.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "json/writer.h"

namespace ccloud::openstack {

using cloud::FirewallRule;
using cloud::Protocol;

namespace {

/// Neutron takes no comma in a tag: it separates tags in filters.
constexpr std::string_view comma = "%2C";

}  // namespace

std::string description_of(std::string_view project) {
  return fmt::format("{}={}", cloud::mark_project, project);
}

std::string resource_name(std::string_view project, std::string_view kind, std::string_view name) {
  return fmt::format("ccloud_{}_{}_{}", project, kind, name);
}

std::string name_in(std::string_view text, std::string_view project, std::string_view kind) {
  const auto prefix = resource_name(project, kind, "");
  return text.starts_with(prefix) ? std::string(text.substr(prefix.size())) : std::string();
}

cloud::Labels labels_of(json::Value tags) {
  cloud::Labels labels;
  for (const auto& tag : tags.items()) {
    const auto text = tag.string_or();
    const auto equal = text.find('=');
    if (equal == std::string::npos) continue;
    labels.emplace(replace_all(text.substr(0, equal), comma, ","),
                   replace_all(text.substr(equal + 1), comma, ","));
  }
  return labels;
}

std::string encode_tags(const cloud::Labels& labels) {
  json::Writer out;
  out.begin_object().key("tags").begin_array();
  for (const auto& [key, value] : labels) out.value(replace_all(key + "=" + value, ",", comma));
  out.end_array().end_object();
  return out.take();
}

cloud::Network parse_network(json::Value network, std::string_view region) {
  cloud::Network out;
  out.id = network.get("id").string_or();
  out.name = network.get("name").string_or();
  out.region = region;
  out.has_labels = network.has("tags");
  out.labels = labels_of(network.get("tags"));
  return out;
}

std::vector<GroupRule> parse_rules(json::Value group) {
  std::vector<GroupRule> rules;
  for (const auto& item : group.get("security_group_rules").items()) {
    GroupRule one;
    one.id = item.get("id").string_or();
    one.is_egress = item.get("direction").string_or() == "egress";
    const auto protocol = item.get("protocol").string_or();
    one.rule.protocol = protocol == "udp"    ? Protocol::udp
                        : protocol == "icmp" ? Protocol::icmp
                                             : Protocol::tcp;
    one.is_ours = (protocol == "tcp" || protocol == "udp" || protocol == "icmp") &&
                  item.get("ethertype").string_or("IPv4") == "IPv4";
    one.rule.from_port = static_cast<int>(item.get("port_range_min").int_or(0));
    one.rule.to_port = static_cast<int>(item.get("port_range_max").int_or(0));
    one.rule.cidr = item.get("remote_ip_prefix").string_or();
    one.rule.group = item.get("remote_group_id").string_or();
    if (one.rule.cidr.empty() && one.rule.group.empty()) one.rule.cidr = "0.0.0.0/0";
    if (one.rule.cidr.find(':') != std::string::npos) one.is_ours = true;
    rules.push_back(std::move(one));
  }
  return rules;
}

std::string encode_rules(std::string_view group_id, const std::vector<FirewallRule>& rules) {
  json::Writer out;
  out.begin_object().key("security_group_rules").begin_array();
  for (const auto& rule : rules) {
    const bool is_v6 = rule.cidr.find(':') != std::string::npos;
    out.begin_object().member("security_group_id", group_id).member("direction", "ingress");
    out.member("ethertype", is_v6 ? "IPv6" : "IPv4");
    out.member("protocol", rule.protocol == Protocol::icmp && is_v6 ? std::string_view("ipv6-icmp")
                                                                    : to_string(rule.protocol));
    if (rule.protocol != Protocol::icmp) {
      out.member("port_range_min", rule.from_port).member("port_range_max", rule.to_port);
    }
    if (rule.group.empty()) {
      out.member("remote_ip_prefix", rule.cidr);
    } else {
      out.member("remote_group_id", rule.group);
    }
    out.end_object();
  }
  out.end_array().end_object();
  return out.take();
}

std::string encode_port(const CreatePort& port) {
  json::Writer out;
  out.begin_object().key("port").begin_object();
  out.member("name", port.name).member("description", description_of(port.project));
  out.member("network_id", port.network_id);
  if (!port.subnet_id.empty()) {
    out.key("fixed_ips").begin_array().begin_object().member("subnet_id", port.subnet_id);
    out.end_object().end_array();
  }
  out.member("security_groups", port.groups).end_object().end_object();
  return out.take();
}

}  // namespace ccloud::openstack
