// The wire of networks, subnetworks and firewall rules. Pure. These carry no labels: their
// descriptions hold the marks, as JSON.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"

namespace ccloud::gcp {

// What stands beside the labels in a description.
inline constexpr std::string_view note_region = "ccloud-region";
inline constexpr std::string_view note_cidr = "ccloud-cidr";
inline constexpr std::string_view note_network = "ccloud-network-id";  ///< as the config writes it

/// Descriptions take 2048 characters: invalid_argument when the labels do not fit.
Result<std::string> encode_notes(const cloud::Labels& notes);
/// Empty for a description that is not ours.
cloud::Labels parse_notes(std::string_view description);

std::string encode_network(std::string_view name, std::string_view notes);
std::string encode_subnet(std::string_view name, std::string_view network, std::string_view cidr,
                          std::string_view notes);

/// One permission of a rule.
struct Permission {
  std::string protocol;            ///< "tcp", "all", a number
  std::vector<std::string> ports;  ///< empty: all of them
  auto operator<=>(const Permission&) const = default;
};

/// A VPC firewall rule. Several make one of our firewalls: those that name its tag as their target.
struct Rule {
  std::string name;
  std::string network;  ///< canonical
  std::string description;
  bool is_ingress = true;
  bool is_disabled = false;
  bool has_other_ends = false;  ///< service accounts, destinations: what we never write
  std::int64_t priority = 1000;
  std::vector<Permission> allowed;
  std::vector<Permission> denied;
  std::vector<std::string> ranges;
  std::vector<std::string> source_tags;
  std::vector<std::string> target_tags;
};

Rule parse_rule(json::Value item, std::string_view project);
std::string encode_rule(const Rule& rule);
/// The same effect; names and descriptions aside.
bool has_same_effect(const Rule& a, const Rule& b);

/// The rule that closes the firewall's nodes to everything that no other rule lets in. It stands
/// for the firewall: its name is the tag, its description has the marks.
Rule closing_rule(std::string_view tag, std::string_view network, std::string_view notes);
bool is_closing(const Rule& rule);

/// The rules that open it: sources with the same permissions share one. `tags` has the tag of every
/// firewall that `rules` name.
std::vector<Rule> opening_rules(std::string_view tag, std::string_view network,
                                std::string_view notes,
                                const std::vector<cloud::FirewallRule>& rules,
                                const std::map<std::string, std::string>& tags);

/// What a rule means for the nodes it targets, in the model's words. What the model has no words
/// for (another protocol, a denial) becomes a source that no config can ask for, so that it shows
/// as a difference and is put right. `names` gives the firewall of a tag.
std::vector<cloud::FirewallRule> meaning_of(const Rule& rule,
                                            const std::map<std::string, std::string>& names);

}  // namespace ccloud::gcp
