// A plan: what has to change, why, and in which order. Inert data, made by plan/planner.h, shown by
// the command line, saved with plan/plan_file.h and carried out by deploy. No I/O, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cloud/model.h"

namespace ccloud::plan {

enum class Action : std::uint8_t { create, update, replace, destroy, keep };
inline constexpr std::size_t action_count = 5;
std::string_view to_string(Action action);
std::optional<Action> parse_action(std::string_view name);

enum class Kind : std::uint8_t { network, firewall, key, node, service };
std::string_view to_string(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);

/// Why, as a closed list: for people and programs that show plans, never for decisions.
enum class Reason : std::uint8_t {
  as_wanted,          ///< keep
  not_there,          ///< create: nothing carries its mark
  gone,               ///< create: the cloud shows only a terminated one
  incomplete,         ///< update: a network lacks a part
  broken,             ///< replace: the cloud says error
  scaled_down,        ///< destroy: the count went down
  place_removed,      ///< destroy: its place is not in the file any more
  cluster_removed,    ///< destroy: its cluster is not in the file any more
  unused,             ///< destroy: nothing needs the network, firewall or key any more
  duplicate,          ///< destroy: a second one of the same name
  image_changed,      ///< replace
  size_changed,       ///< update, or replace where the cloud cannot resize
  disk_grown,         ///< update, or replace where the cloud cannot grow it
  disk_changed,       ///< replace: a smaller disk or another type
  user_data_changed,  ///< replace
  identity_changed,   ///< update or replace
  keys_changed,       ///< update: over ssh
  labels_changed,     ///< update
  rules_changed,      ///< update
  firewall_changed,   ///< update: the node is not in its firewall
  network_changed,    ///< replace
  zone_changed,       ///< replace: its zone is not among those of the place any more
  address_changed,    ///< replace: with a public address or without
  stopped,            ///< update: stopped, but not by `ccloud stop`
  asked,              ///< replace, destroy or power: a command asked for it
  service_missing,    ///< create of a service: the node lacks it
};
std::string_view to_string(Reason reason);
std::optional<Reason> parse_reason(std::string_view name);

/// Name and value, in the order in which people read them.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// How the new nodes of one place are made: everything that was resolved at birth.
struct Birth {
  std::string project;
  std::string cluster;
  std::string place;
  std::string provider;
  std::string region;
  std::string network;  ///< the name of it, "default" for ccloud's implicit one
  std::string type;
  std::string type_why;  ///< one sentence: what was asked and chosen; empty for a pin
  std::vector<std::string> next_types;  ///< the next candidates, best first: "c7i.large: why"
  std::vector<std::string> zones;       ///< full names; empty where the cloud shall choose
  cloud::Image image;
  cloud::DiskSpec disk;
  bool has_public_ip = true;
  std::string key_name;  ///< of the registered key; empty where there is none
  std::string public_key;
  std::string identity;
  std::string login_user;
  std::vector<std::string> ssh_keys;
  std::string user_data;                     ///< composed
  std::vector<std::string> extra_firewalls;  ///< ids of existing ones
  cloud::Labels labels;                      ///< marks included, all but ccloud-node
};

struct NetworkWork {
  cloud::NetworkSpec spec;  ///< for create, update, and for looking up existing ones
  std::optional<cloud::Network> observed;
};

struct FirewallWork {
  std::string network;       ///< the network's name
  cloud::FirewallSpec spec;  ///< its `network` is filled in when the network is known
  std::optional<cloud::Firewall> observed;
};

struct KeyWork {
  cloud::KeySpec spec;
  std::optional<cloud::Key> observed;
};

struct NodeWork {
  std::string cluster;
  std::string place;
  std::int64_t index = 0;
  std::string zone;                         ///< full name, of the node to be
  std::optional<std::uint32_t> birth;       ///< in Plan::births: for create and replace
  std::optional<cloud::Instance> observed;  ///< for all but create
  /// What update changes; all empty for the rest.
  cloud::NodeUpdate update;
  bool joins_firewall = false;  ///< update.firewall_ids has to be filled in once it is known
  std::string firewall;         ///< its own firewall's name
  std::string network;
  bool disturbs = false;                    ///< it does not serve for a while
  bool rotates_keys = false;                ///< over ssh, by the hook
  bool starts = false;                      ///< power on
  std::optional<cloud::PowerAction> power;  ///< asked for by a command
};

/// What an interrupted run left behind: RegionInventory::leftovers.
struct LeftoverWork {
  std::string leftover;
};

/// A service to be installed on a node.
struct ServiceWork {
  std::string service;
  std::string node;
};

using Work = std::variant<std::monostate, NetworkWork, FirewallWork, KeyWork, NodeWork, ServiceWork,
                          LeftoverWork>;

struct Change {
  std::string
      address;  ///< "node.web-us-1", "network.aws.us-east-1.default", "firewall.P.R.NET.NAME"
  Kind kind = Kind::node;
  Action action = Action::keep;
  Reason reason = Reason::as_wanted;
  std::string why;  ///< one sentence for people: lower case, no final stop
  std::string provider;
  std::string region;
  Facts before;  ///< only what changes, and for destroy what there is
  Facts after;
  std::vector<std::uint32_t> depends_on;  ///< indexes of earlier changes
  bool needs_prune = false;               ///< this machine never deployed what this destroys
  Work work;

  /// "web-us-1" of "node.web-us-1"; the last part of any other address.
  std::string_view name() const;
};

/// A part of the config that could not be looked at or resolved; nothing is planned for it.
struct Problem {
  std::string provider;
  std::string region;   ///< may be empty: the whole provider
  std::string cluster;  ///< may be empty
  std::string place;    ///< may be empty
  Error error;
};

/// Why a guard refuses the plan.
struct Refusal {
  enum class Guard : std::uint8_t { max_destroy, no_destroy, protect, prune };
  Guard guard = Guard::max_destroy;
  std::string message;
  std::string remedy;
  std::vector<std::string> addresses;  ///< what it is about
};
std::string_view to_string(Refusal::Guard guard);

struct Estimate {
  std::int64_t calls = 0;
  std::int64_t seconds = 0;
};

struct Plan {
  std::string project;
  std::string environment;
  std::vector<std::string> selectors;  ///< it was made for; empty: everything
  std::vector<Change> changes;         ///< in topological order; keeps included
  std::vector<Birth> births;
  std::string fingerprint;                           ///< over the config and what was observed
  std::array<std::int64_t, action_count> summary{};  ///< by Action
  Estimate estimate;
  std::vector<std::string> notes;  ///< sentences for people
  std::vector<Problem> problems;
  std::vector<Refusal> refusals;
  /// "cluster/place": sizes and images that have to be resolved before this plan can be run.
  std::vector<std::string> unresolved;
  bool needs_second_pass = false;  ///< rules name addresses that are known only after the run

  std::int64_t count(Action action) const { return summary[static_cast<std::size_t>(action)]; }
  bool has_changes() const;  ///< anything but keeps
  /// Nodes that it destroys or replaces; doubles do not count.
  std::int64_t destroyed_nodes() const;
};

}  // namespace ccloud::plan
