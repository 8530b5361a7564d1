// What a config wants, in the planner's terms: places with their marks, the networks and firewalls
// they need, ccloud's own implicit network included. Views into the config, which must live on.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "cloud/marks.h"
#include "config/model.h"

namespace ccloud::plan {

inline constexpr std::string_view default_network = "default";

/// A network's name is unique only within its provider and region.
struct NetworkKey {
  std::string provider;
  std::string region;
  std::string name;
  auto operator<=>(const NetworkKey&) const = default;
};

struct NetworkWant {
  NetworkKey key;
  const config::Network* config = nullptr;  ///< null for the implicit one
  std::string cidr;                         ///< of one of ours
  cloud::Labels labels;                     ///< marks included

  bool is_owned() const { return config == nullptr || config->is_owned(); }
  /// But for the zones that nodes need: those depend on the plan.
  cloud::NetworkSpec spec() const;
};

struct PlaceWant {
  const config::Cluster* cluster = nullptr;
  const config::Place* place = nullptr;
  catalog::Driver driver{};
  catalog::Arch arch = catalog::Arch::x86_64;
  NetworkKey network;
  std::vector<std::string> zones;  ///< full names; empty: ccloud chooses
  /// Those that the existing network has subnets for: full names; empty: any zone will do.
  std::vector<std::string> subnet_zones;
  cloud::SpecMark spec;
  std::string public_key;  ///< the one to register where the cloud has key pairs; may be empty
  std::string key_name;
  std::vector<std::string> services;
  std::vector<const config::Update*> updates;  ///< of those services

  std::string id() const;  ///< "cluster/place"
  /// Nodes may be put into no other zones than these; empty: into any.
  const std::vector<std::string>& usable_zones() const {
    return zones.empty() ? subnet_zones : zones;
  }
};

struct FirewallWant {
  NetworkKey network;
  const config::Cluster* cluster = nullptr;
  bool is_needed = false;  ///< some place of it wants nodes
};

struct Desired {
  const config::Config* config = nullptr;
  std::vector<PlaceWant> places;
  std::map<NetworkKey, NetworkWant> networks;
  std::map<std::pair<NetworkKey, std::string>, FirewallWant> firewalls;  ///< by network, cluster

  const PlaceWant* find_place(std::string_view cluster, std::string_view code) const;
};

Desired make_desired(const config::Config& config);

/// The disk's part of the mark tells its size and type without hashing: one digit of type and six
/// of GiB, so that a plan can tell growing from shrinking where a list shows no disks.
std::string disk_part(const config::Disk& disk);
struct DiskAsked {
  std::int64_t gib = 0;  ///< 0: the image's own
  std::string type;      ///< empty when it cannot be told
};
DiskAsked parse_disk_part(std::string_view part);

}  // namespace ccloud::plan
