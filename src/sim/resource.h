// What the simulated clouds hold, in words that fit all of them. A front keeps what only its own
// API knows in `fields` (or in a type of its own that derives from Resource).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ccloud::sim {

using Time = std::chrono::system_clock::time_point;
using Duration = std::chrono::milliseconds;
using Tags = std::map<std::string, std::string, std::less<>>;

/// Where a resource lives, in the cloud's own words. What a cloud keeps globally has the region
/// "global"; `account` is the account, subscription or project.
struct Place {
  std::string cloud;
  std::string account;
  std::string region;
  auto operator<=>(const Place&) const = default;
};

/// Anything with an id. Plain resources (gateways, route tables, ports, operations) are used as
/// they are, with `fields`.
struct Resource {
  Place place;
  std::string type;  ///< the cloud's own word: "instance", "vpc", "servers", ...
  std::string id;    ///< unique within its place, over all types
  std::string name;
  std::string zone;
  std::string state = "available";
  Tags tags;                ///< read freely; written by World::set_tag and World::remove_tag only
  Tags fields;              ///< what only this cloud's API knows
  bool is_builtin = false;  ///< came with the account (default networks, images): not counted
  // Set by World::add.
  std::uint64_t serial = 0;  ///< order of creation, the key for paging
  Time created{};
  Time visible_from{};  ///< reads before this do not see it

  Resource() = default;
  Resource(const Resource&) = default;
  Resource(Resource&&) = default;
  Resource& operator=(const Resource&) = default;
  Resource& operator=(Resource&&) = default;
  virtual ~Resource() = default;
};

struct Network : Resource {
  std::vector<std::string> cidrs;
};

struct Subnet : Resource {
  std::string network;
  std::string cidr;
  bool gives_public_ip = false;
  std::set<std::uint32_t> used;  ///< addresses taken, by World::allocate_ip
};

struct Rule {
  std::string id;
  bool is_ingress = true;
  std::string protocol;  ///< "tcp", "udp", "icmp", "-1" for all, or what the cloud says
  int from_port = -1;
  int to_port = -1;
  std::string cidr;   ///< of the other side; empty if `group` is set
  std::string group;  ///< id of a firewall whose machines are the other side
  std::string description;
  Tags fields;
};

struct Firewall : Resource {
  std::string network;
  std::string description;
  std::vector<Rule> rules;
};

struct Key : Resource {
  std::string public_key;  ///< one OpenSSH line
  std::string fingerprint;
};

struct Image : Resource {
  std::string os;    ///< "debian-12", "ubuntu-24.04", ...: the contract's portable names
  std::string user;  ///< who logs in
  std::string arch;  ///< "x86_64" or "arm64"
  std::string owner;
  int min_disk_gib = 8;
};

struct Disk : Resource {
  int size_gib = 0;
  std::string kind;     ///< "gp3", "Premium_LRS", ...
  std::string machine;  ///< attached to, or empty
  std::string device;
  bool dies_with_machine = true;
};

struct PublicAddress : Resource {
  std::string ip;
  std::string machine;  ///< assigned to, or empty
};

enum class Power { pending, running, stopping, stopped, terminating, terminated, failed };

/// The tag with which a machine's record says that its sshd is not at port 22 (sandboxes without
/// root).
inline constexpr const char* ssh_port_tag = "ccloud-sim-ssh-port";

/// Where the node of a machine listens, when it is real.
struct Node {
  std::string address;
  std::uint16_t ssh_port = 22;
  std::string host_key;  ///< "ssh-ed25519 AAAA..."
};

struct Machine : Resource {
  // What it was asked to be; set these, then World::launch.
  std::string image;
  std::string os;    ///< of the image
  std::string user;  ///< the image's login user
  std::string size;  ///< the cloud's type
  int cpus = 1;
  int memory_mib = 1024;
  std::string network;
  std::string subnet;
  std::vector<std::string> firewalls;
  std::string key_name;
  std::vector<std::string> public_keys;  ///< OpenSSH lines, for the login user
  std::string user_data;                 ///< raw, not base64
  std::string boot_script;               ///< runs at every start, where the cloud has such a thing
  std::vector<std::string> more_users;   ///< "NAME:KEY": users beside the login user
  std::string host_name;                 ///< empty: from the private address
  std::string identity;
  std::string client_token;
  std::string batch;  ///< id of the call that made it (reservation)
  int batch_index = 0;
  std::vector<std::string> disks;  ///< removed with it where they say so, else detached
  std::vector<std::string> parts;  ///< other resources that go with it (network interfaces)
  std::string private_ip;
  bool wants_public_ip = false;
  Duration lingers{0};  ///< how long it is still listed once terminated (divided by --speed)

  // What it is; kept by the World.
  Power power = Power::pending;
  Power earlier_power = Power::pending;
  Time changed{};           ///< when `power` changed last
  std::string public_ip;    ///< of the assigned PublicAddress, else given while running
  std::string address;      ///< id of the assigned PublicAddress, which outlives it
  std::string reason_code;  ///< why it failed or ended: capacity, internal_error, user, ...
  std::string reason;
  std::optional<Node> node;  ///< once it has booted as a sandbox
  std::string console;       ///< what it printed while booting
  bool has_run = false;
  std::uint64_t epoch = 0;  ///< counts power actions; a late boot of an older one is ignored

  /// The state as a read of that time shows it (stale reads look a little back).
  Power power_at(Time as_of) const { return as_of < changed ? earlier_power : power; }
  bool is_live() const {
    return power != Power::terminated && power != Power::terminating && power != Power::failed;
  }
};

}  // namespace ccloud::sim
