// Neutron's wire: networks, groups and rules, ports; and the names and descriptions that carry our
// marks, since Neutron takes no tags in a create. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"

namespace ccloud::openstack {

/// The description of everything of ours: found by it, whatever else is missing.
std::string description_of(std::string_view project);
/// "ccloud_{project}_{kind}_{name}": the same on every machine, and, since names have no '_', never
/// another project's.
std::string resource_name(std::string_view project, std::string_view kind, std::string_view name);
/// The {name} of it; empty when `text` is not of that form.
std::string name_in(std::string_view text, std::string_view project, std::string_view kind);

/// Neutron tags are strings: "key=value".
cloud::Labels labels_of(json::Value tags);
std::string encode_tags(const cloud::Labels& labels);

cloud::Network parse_network(json::Value network, std::string_view region);

struct GroupRule {
  std::string id;
  cloud::FirewallRule rule;  ///< `group` holds the remote group's id
  bool is_egress = false;
  bool is_ours = true;  ///< false for what our model cannot say; such rules are removed
};
std::vector<GroupRule> parse_rules(json::Value group);
/// POST /security-group-rules in bulk; `rule.group` are ids already.
std::string encode_rules(std::string_view group_id, const std::vector<cloud::FirewallRule>& rules);

struct CreatePort {
  std::string name;
  std::string project;
  std::string network_id;
  std::string subnet_id;
  std::vector<std::string> groups;
};
std::string encode_port(const CreatePort& port);

}  // namespace ccloud::openstack
