// What a cloud has and can be asked for, in words that fit every provider. Plain data; the drivers
// translate to and from their wire formats.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::cloud {

using Labels = std::map<std::string, std::string>;

enum class NodeState {
  pending,
  running,
  stopping,
  stopped,
  terminating,
  terminated,
  error,
  missing,
  unknown,
};
std::string_view to_string(NodeState state);

enum class Arch { x86_64, arm64 };
std::string_view to_string(Arch arch);

/// A virtual machine as the cloud shows it.
struct Instance {
  std::string id;       ///< the cloud's id; what changes when the node is made anew
  std::string name;     ///< the mark ccloud-node; for machines of others their own name
  std::string cluster;  ///< the mark ccloud-cluster
  std::string spec;     ///< the mark ccloud-spec, see cloud/marks.h
  std::string region;
  std::string zone;  ///< the cloud's full name of it; may be empty
  NodeState state = NodeState::unknown;
  std::string state_reason;  ///< the cloud's words, when a state needs some
  std::string type;
  std::string image;  ///< the cloud's id of it
  std::string public_ip;
  std::string private_ip;
  std::string created;  ///< RFC 3339, UTC
  Labels labels;  ///< every tag, our marks included, as the user wrote them where that can be known
  std::string network_id;
  std::string subnet_id;
  std::vector<std::string> firewall_ids;
  std::string key_name;
  std::string identity;
  std::int64_t disk_gib = 0;         ///< root disk; 0 when the list does not show it
  std::string disk_type;             ///< "ssd", "hdd" or empty when unknown
  bool is_power_off_wanted = false;  ///< the mark ccloud-power=off
  bool is_protected = false;         ///< the mark ccloud-protect
};

struct Subnet {
  std::string id;
  std::string zone;  ///< full name; empty where subnets are regional
  std::string cidr;
};

struct Network {
  std::string id;
  std::string name;  ///< the config's name of it, from the marks
  std::string region;
  std::string cidr;
  std::vector<Subnet> subnets;
  bool is_owned = true;     ///< false for `id` networks of the config
  bool is_complete = true;  ///< false when a part (gateway, route, subnet) is missing
  bool has_labels = true;   ///< false where this cloud keeps none on it
  Labels labels;
};

enum class Protocol { tcp, udp, icmp };
std::string_view to_string(Protocol protocol);

/// One inbound permission. Exactly one of cidr and group is set.
struct FirewallRule {
  Protocol protocol = Protocol::tcp;
  int from_port = 0;  ///< 0 for icmp
  int to_port = 0;
  std::string cidr;
  std::string group;  ///< name of a firewall of the same project in the same network
  auto operator<=>(const FirewallRule&) const = default;
};

struct Firewall {
  std::string id;
  std::string name;  ///< "{cluster}" or what the planner called it; unique in its network
  std::string region;
  std::string network_id;
  std::vector<FirewallRule> rules;  ///< sorted
  bool has_labels = true;           ///< false where this cloud keeps none on it
  Labels labels;
};

/// A registered ssh public key, on clouds that have such a thing.
struct Key {
  std::string id;
  std::string name;
  std::string region;
  std::string fingerprint;  ///< as key_fingerprint() of the public key, when the cloud can tell
  Labels labels;
  bool has_labels = true;  ///< false where this cloud keeps none on it
};

/// What one region holds for a project, or why that is not known.
struct RegionInventory {
  std::string region;
  std::vector<Instance> nodes;
  std::vector<Network> networks;
  std::vector<Firewall> firewalls;
  std::vector<Key> keys;
  /// What carries our marks and is none of the above: addresses, disks, interfaces, empty networks
  /// of interrupted runs. "{kind} {id}"; destroyed by destroy.
  std::vector<std::string> leftovers;
  std::optional<Error> error;
  bool is_forbidden =
      false;  ///< the account may not use this region; a note unless the config names it
};

struct Inventory {
  std::vector<RegionInventory> regions;
};

// --- What is asked for ---

struct NetworkSpec {
  std::string name;
  std::string region;
  std::string cidr;                            ///< of a network of our own; else empty
  std::string id;                              ///< of an existing one; else empty
  std::map<std::string, std::string> subnets;  ///< existing: zone as the user wrote it -> subnet id
  std::vector<std::string> zones;          ///< own: the zones (full names) that need a subnet now
  Labels labels;                           ///< marks included
  std::vector<std::string> remove_labels;  ///< what the existing one has and shall lose
};

struct FirewallSpec {
  std::string name;
  std::string region;
  Network network;
  std::vector<FirewallRule> rules;  ///< sorted
  Labels labels;
  std::vector<std::string> remove_labels;  ///< likewise
};

struct KeySpec {
  std::string name;
  std::string region;
  std::string public_key;  ///< one OpenSSH line
  Labels labels;
  std::vector<std::string> remove_labels;  ///< likewise
};

struct DiskSpec {
  std::int64_t gib = 0;  ///< 0: the image's own
  std::string type = "ssd";
};

struct ImageQuery {
  std::string reference;  ///< portable name, or an id in the cloud's own form
  Arch arch = Arch::x86_64;
};

struct Image {
  std::string id;
  std::string name;
  Arch arch = Arch::x86_64;
  std::int64_t min_disk_gib = 0;
  std::string root_device;  ///< for clouds that need it to size the root disk
  std::string login_user;
};

struct TypeOffer {
  std::string name;
  int vcpus = 0;
  std::int64_t memory_mib = 0;
  std::vector<Arch> archs;
  bool is_burstable = false;
  bool is_current = true;
  std::vector<std::string> zones;  ///< full names; empty when the cloud does not tell
};

struct RegionCatalogue {
  std::vector<std::string> zones;  ///< full names
  std::vector<TypeOffer> types;
};

/// Nodes that are alike but for their names: one create call where the cloud has batches.
struct NodeBatch {
  std::string project;
  std::string cluster;
  std::vector<std::string> names;  ///< sorted by index
  std::string region;
  std::string zone;  ///< full name; empty where the cloud shall choose
  std::string type;
  Image image;
  DiskSpec disk;
  bool public_ip = true;
  Network network;
  std::string subnet_id;
  std::vector<std::string> firewall_ids;  ///< of our firewall and of existing ones
  std::vector<std::string> firewall_names;
  std::string key_name;  ///< empty where keys are not registered
  std::string identity;
  std::string login_user;
  std::vector<std::string> ssh_keys;  ///< OpenSSH lines
  std::string user_data;              ///< composed (cloud/user_data.h), raw bytes
  Labels labels;                      ///< all but ccloud-node, which the driver adds by name
  std::string token;  ///< design 4.1: H(project, provider, region, zone, names, spec)
};

struct Created {
  std::string name;
  Result<Instance> instance;
};

/// One node that exists, for calls on it.
struct NodeRef {
  std::string id;
  std::string name;
  std::string region;
  std::string zone;
  std::string project;  ///< whose mark it carries: finds what is left of a node that is gone
};

enum class PowerAction { start, stop, restart };
std::string_view to_string(PowerAction action);

struct NodeOutcome {
  std::string name;
  Result<void> result;
};

/// A change of a living node in place; what is empty stays as it is.
struct NodeUpdate {
  NodeRef node;
  Labels set_labels;
  std::vector<std::string> remove_labels;
  std::optional<std::string> type;       ///< stop, resize, start
  std::optional<std::int64_t> disk_gib;  ///< grow
  std::optional<std::vector<std::string>> firewall_ids;
  std::optional<std::string> identity;
  /// OpenSSH lines that the node has by now (exchanged over SSH), for clouds that keep the keys'
  /// text and would bring the old ones back; other drivers have nothing to do.
  std::optional<std::vector<std::string>> ssh_keys;
};

struct Account {
  std::string id;    ///< account id, subscription, project
  std::string name;  ///< who we are there (an ARN, a user), for doctor
};

struct Quota {
  std::string name;  ///< "vcpus", "instances", "addresses", "networks"
  double limit = 0;
  double used = 0;
};

struct RegionInfo {
  std::string name;
  bool is_enabled = true;
};

}  // namespace ccloud::cloud
