// Names and marks: node names, labels in each cloud's alphabet, the number of tags.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/rules.h"
#include "config/checks.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

using diag::quote;
using json::Node;

/// A node's name is its host name, and a label of DNS has 63 characters (RFC 1035, 2.3.4); Google's
/// instance names have the same limit.
constexpr std::size_t longest_node_name = 63;

/// What ccloud itself puts on a node: project, cluster, node, spec, power, protect, a name, and
/// one in reserve.
constexpr std::size_t own_tags = 8;

class LabelCheck {
 public:
  explicit LabelCheck(const Checks& checks) : checks_(checks) {}

  void add(const Node* labels, Driver driver) {
    if (labels == nullptr || !labels->is_object() || checks_.bad.contains(labels)) return;
    if (seen_.insert({labels, driver}).second) check(*labels, driver);
  }
  /// Whatever the cloud.
  void add(const Node* labels) {
    if (labels == nullptr || !labels->is_object()) return;
    for (const auto& member : labels->members)
      if (to_lower(member.key).starts_with("ccloud-"))
        checks_.error(
            "bad-name", member.key_span,
            fmt::format("the label {} is reserved: labels that begin with \"ccloud-\" are "
                        "ccloud's own marks",
                        quote(member.key)));
  }

 private:
  void check(const Node& labels, Driver driver) {
    const catalog::LabelRules& rules = catalog::rules(driver).labels;
    std::map<std::string, Span> folded;
    for (const auto& member : labels.members) {
      if (member.key.empty() || !member.value->is_string()) continue;
      if (const auto why = rules.key_fault(member.key); !why.empty())
        checks_.error("bad-name", member.key_span,
                      fmt::format("{} cannot carry the label {}: {}", to_string(driver),
                                  quote(member.key), why));
      auto value_why = rules.value_fault(member.value->text);
      if (value_why.empty() && rules.pair_fault != nullptr)
        value_why = rules.pair_fault(member.key, member.value->text);
      if (!value_why.empty())
        checks_.error("bad-name", member.value->span,
                      fmt::format("{} cannot carry the label value {}: {}", to_string(driver),
                                  quote(member.value->text), value_why));
      if (!rules.folds_case) continue;
      const auto [first, is_new] = folded.emplace(to_lower(member.key), member.key_span);
      if (is_new) continue;
      checks_.error("duplicate-name", member.key_span,
                    fmt::format("{} does not tell the label {} from one that differs only in case",
                                to_string(driver), quote(member.key)));
      checks_.diagnostics.items().back().notes.push_back({first->second, "the other one is here"});
    }
  }

  const Checks& checks_;
  std::set<std::pair<const Node*, Driver>> seen_;
};

void check_node_name(const Checks& checks, const Place& place) {
  if (place.count.value <= 0) return;
  constexpr std::size_t longest_index = 6;  // 100000
  if (place.cluster.size() + place.code.size() + 2 + longest_index <= longest_node_name) return;
  const std::string longest = node_name(place.cluster, place.code, place.count.value);
  if (longest.size() <= longest_node_name) return;
  checks.error("bad-name", place.span,
               fmt::format("node names such as {} have {} characters; a host name has at most {}",
                           quote(longest), longest.size(), longest_node_name));
  checks.diagnostics.items().back().hint = "shorten the cluster's name or the place's code";
}

void check_tags(const Checks& checks, const Place& place) {
  const std::size_t taken = catalog::rules(place.driver).labels.most;
  const std::size_t most = taken - own_tags;
  if (place.provider.value.empty() || place.labels.size() <= most) return;
  checks.error("too-many-tags", place.span,
               fmt::format("the nodes of place {} would carry {} labels; {} takes {} tags, and "
                           "ccloud needs {} of them",
                           quote(place.code), place.labels.size(), to_string(place.driver), taken,
                           own_tags));
}

}  // namespace

void check_names(const Checks& checks) {
  LabelCheck labels(checks);
  const Node& root = *checks.draft.root;
  const Node* project_labels = root.find("labels");
  labels.add(project_labels);
  if (const Node* providers = root.find("providers"); providers != nullptr)
    for (const auto& member : providers->members) labels.add(node_at(*member.value, {"labels"}));
  for (const Provider& provider : checks.config().providers) {
    if (provider.driver.span == Span{}) continue;
    labels.add(node_at(root, {"providers", provider.name, "labels"}), provider.driver.value);
    if (checks.draft.used_providers.contains(provider.name))
      labels.add(project_labels, provider.driver.value);
  }

  std::unordered_map<std::string, const Place*> prefixes;
  for (const Cluster& cluster : checks.config().clusters) {
    const Node* written = node_at(root, {"clusters", cluster.name});
    const Node* own = node_at(*written, {"labels"});
    const Node* places = node_at(*written, {"place"});
    labels.add(own);
    for (const Place& place : cluster.places) {
      const Node* place_labels = node_at(*places, {place.code, "labels"});
      labels.add(place_labels);
      check_node_name(checks, place);
      if (!place.provider.value.empty()) {
        labels.add(own, place.driver);
        labels.add(place_labels, place.driver);
        check_tags(checks, place);
      }
      const auto [first, is_new] = prefixes.emplace(cluster.name + "-" + place.code, &place);
      if (is_new) continue;
      checks.error(
          "duplicate-name", place.span,
          fmt::format("nodes here would have the names of those in place {} of cluster {}: {}",
                      quote(first->second->code), quote(first->second->cluster),
                      quote(node_name(cluster.name, place.code, 1))));
      checks.diagnostics.items().back().notes.push_back(
          {first->second->span, "the other place is here"});
    }
  }
}

}  // namespace ccloud::config
