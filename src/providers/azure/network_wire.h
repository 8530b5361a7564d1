// Microsoft.Network's wire: networks, security groups and their rules, interfaces, addresses. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"

namespace ccloud::azure {

/// The mark that ties a firewall to a network that is not ours: its id as the config has it.
inline constexpr std::string_view mark_network_id = "ccloud-network-id";

cloud::Labels read_tags(json::Value tags);
std::string encode_tags(const cloud::Labels& tags);  ///< {"a":"b"}

std::string encode_network(const cloud::NetworkSpec& spec, std::string_view subnet);
cloud::Network parse_network(json::Value network);

/// A security group's body. `group_ids` turns a firewall's name into its application group's id.
struct GroupIds {
  std::string prefix;  ///< "{path of applicationSecurityGroups}/fw-{network}."
  std::string of(std::string_view firewall) const { return prefix + std::string(firewall); }
};
std::string encode_security_group(const cloud::FirewallSpec& spec, const GroupIds& ids);
/// Whatever our rules cannot say appears as a rule of its own, so that it shows as a difference.
std::vector<cloud::FirewallRule> parse_rules(json::Value security_group);

struct Interface {
  std::string name;
  std::string subnet_id;
  std::string security_group_id;
  std::vector<std::string> application_group_ids;
  std::string address_id;  ///< of a public address; may be empty
};
std::string encode_interface(const Interface& it, std::string_view location,
                             const cloud::Labels& tags);
std::string encode_address(std::string_view location, const cloud::Labels& tags);

/// What of an interface an instance shows.
struct Attachment {
  std::string id;  ///< lower case
  std::string machine_id;
  std::string private_ip;
  std::string address_id;  ///< lower case
  std::string subnet_id;
  std::string security_group_id;
  std::vector<std::string> application_group_ids;
  cloud::Labels tags;
};
Attachment parse_interface(json::Value interface);

}  // namespace ccloud::azure
