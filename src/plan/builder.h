// The planner's workbench: its inputs, indexes over them, and the plan as it grows. Private to this
// folder; each step of planner.cc is a member with a file of its own beside its kin.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "plan/counts.h"
#include "plan/desired.h"
#include "plan/planner.h"

namespace ccloud::plan {

class Builder {
 public:
  Builder(const config::Config& config, const Observed& observed, const Resolutions& resolutions,
          const PlanOptions& options);

  Plan build();
  Plan build_destruction();

 private:
  /// A change of a node before it has a place in the order.
  struct Intent {
    Change change;
    const PlaceWant* want = nullptr;  ///< null for strays
    bool disturbs = false;
  };

  // planner.cc
  void find_problems();
  void sort_instances();
  const PlaceWant* want_of(const cloud::Instance& instance) const;  ///< null for strays
  void append_nodes();
  void append_unused_nodes();
  void finish();
  std::uint32_t append(Change change);

  // place_plan.cc
  void plan_place(const PlaceWant& want);
  void plan_kept(const PlaceWant& want, const Slot& slot);
  void plan_made(const PlaceWant& want, const NewNode& node);
  void plan_replaced(const PlaceWant& want, Intent& intent, const cloud::Instance& instance);
  void plan_removed(const PlaceWant* want, const cloud::Instance& instance, Reason reason,
                    std::string why, bool is_double = false);
  void plan_strays();
  void require_resolution(const PlaceWant& want);
  const Resolution* resolution_of(const PlaceWant& want) const;
  std::optional<std::uint32_t> birth_of(const PlaceWant& want, bool is_protected);
  bool is_selected(const PlaceWant* want, std::string_view name, const cloud::Instance* instance,
                   std::string_view provider, std::string_view region, std::string_view zone) const;
  bool is_protected(const PlaceWant* want, std::string_view name, const cloud::Instance* instance,
                    std::string_view zone) const;

  // infra_plan.cc
  void plan_networks();
  void compare_network_labels(Change& change, NetworkWork& work, const cloud::Network& seen);
  static bool awaits_address(const Intent& intent);
  void plan_firewalls();
  void plan_keys();
  void plan_unused(bool all);
  std::set<std::string> zones_needed(const NetworkKey& key) const;
  std::vector<cloud::FirewallRule> rules_of(const FirewallWant& want,
                                            const cloud::Firewall* observed);
  void add_source(std::set<cloud::FirewallRule>& rules, const cloud::FirewallRule& form,
                  const FirewallWant& want, const config::Cluster& source,
                  const cloud::Firewall* observed);
  const cloud::Network* find_network(const NetworkKey& key) const;
  const cloud::Firewall* find_firewall(const NetworkKey& key, std::string_view name) const;
  std::string network_id(const NetworkKey& key) const;
  std::string other_network(const NetworkKey& key, const std::string& id) const;
  bool needs_nodes(const PlaceWant& want) const;
  std::uint32_t append_removal(Kind kind, std::string address, std::string_view provider,
                               std::string_view region, Facts before,
                               std::vector<std::uint32_t> depends_on, Work work);
  void remove_firewalls(bool all);
  void remove_networks(bool all);
  void remove_keys(bool all);
  bool knows_cluster(const cloud::Labels& labels) const;

  bool is_visible(std::string_view provider, std::string_view region) const;

  const config::Config& config_;
  const Observed& observed_;
  const Resolutions& resolutions_;
  const PlanOptions& options_;
  Desired desired_;
  std::vector<Selector> protect_;
  bool has_infrastructure_ = true;
  bool is_destruction_ = false;

  std::unordered_map<std::string, const PlaceWant*> wants_;  ///< by "cluster/place"
  std::map<const PlaceWant*, std::map<std::int64_t, std::vector<const cloud::Instance*>>> present_;
  struct Stray {
    const cloud::Instance* instance = nullptr;
    std::string_view provider;
    const PlaceWant* want = nullptr;  ///< its place is in the file, but elsewhere
  };
  std::vector<Stray> strays_;
  std::unordered_map<const cloud::Instance*, std::string_view> provider_of_;
  std::set<std::string> gone_names_;
  std::set<std::pair<std::string, std::string>> invisible_;  ///< provider, region
  std::set<std::pair<NetworkKey, std::string>> needed_firewalls_;
  std::set<std::string> unresolved_;
  std::unordered_set<std::string> removed_;                       ///< addresses of nodes that go
  std::map<std::pair<std::string, bool>, std::uint32_t> births_;  // by place, and if protected
  std::deque<Intent> intents_;
  std::int64_t rounds_ = 0;  ///< in which nodes with a service are disturbed, in the slowest place
  std::map<NetworkKey, std::uint32_t> network_changes_;  ///< creates and updates only
  std::map<std::pair<NetworkKey, std::string>, std::uint32_t> firewall_changes_;
  std::map<std::tuple<std::string, std::string, std::string>, std::uint32_t> key_changes_;
  /// Changes that end a node in a network or firewall (ids), which removal waits for. A node that
  /// the cloud lists without its firewalls counts for all of its region ("any firewall
  /// provider/region").
  std::unordered_map<std::string, std::vector<std::uint32_t>> leavers_;
  Plan plan_;
};

/// "network.aws.us-east-1.default"
std::string network_address(const NetworkKey& key);

}  // namespace ccloud::plan
