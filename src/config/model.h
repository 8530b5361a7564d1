// What a config file says, decoded, merged and with every default filled in: plain data for the
// planner, the drivers and the rollout. No text is looked up and no file read after this.
// Values that can be wrong keep the span of the text they came from.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cidr.h"
#include "catalog/catalog.h"
#include "diag/source_file.h"
#include "diag/span.h"

namespace ccloud::config {

using diag::Located;
using diag::Span;
using Labels = std::map<std::string, std::string>;

// Drivers and architectures are the catalogue's.
using catalog::Arch;
using catalog::Driver;
using catalog::parse_driver;
using catalog::to_string;

enum class DiskType { ssd, hdd };
std::string_view to_string(DiskType type);

/// A number of things or a share of them: `3` or `"20%"`.
struct Quantity {
  std::int64_t value = 0;
  bool is_percent = false;

  bool operator==(const Quantity&) const = default;
};

/// Shares of a total; a percentage rounds as the name says.
std::int64_t rounded_down(Quantity quantity, std::int64_t total);
std::int64_t rounded_up(Quantity quantity, std::int64_t total);

/// How a provider steers its cloud's own credential chain; holds no secret.
struct Credentials {
  std::string profile;
  std::string file;     ///< absolute path
  std::string command;  ///< prints credentials in the cloud's own form
};

struct Provider {
  std::string name;
  Located<Driver> driver;
  Credentials credentials;
  std::optional<Located<std::string>> account;
  std::vector<Located<std::string>> regions;  ///< empty: every region enabled for the account
  std::optional<Located<std::string>> endpoint;
  std::optional<Located<std::string>> cloud;  ///< azure: public china government; openstack: entry
  std::optional<Located<std::int64_t>> concurrency;
  Labels labels;            ///< the provider's own, without the project's
  bool is_implied = false;  ///< not in `providers`: a place named the driver
  Span span;
};

struct Network {
  std::string name;
  Located<std::string> provider;
  Located<std::string> region;
  std::optional<Located<Cidr>> cidr;       ///< ccloud's own; exactly one of cidr and id is set
  std::optional<Located<std::string>> id;  ///< an existing network, used as it is
  std::map<std::string, Located<std::string>> subnets;  ///< zone to id; only with id
  std::vector<Located<std::string>> firewalls;          ///< existing ones, added to the nodes
  Span span;

  bool is_owned() const { return cidr.has_value(); }
};

/// A requirement; the smallest, then cheapest, current type that meets it is taken.
struct SizeRequest {
  std::string name;  ///< its entry in `sizes`; empty when written in place
  Located<std::int64_t> cpu;
  Located<std::int64_t> memory_mib;
  Arch arch = Arch::x86_64;
  bool is_burstable = false;
  std::map<std::string, Located<std::string>> pins;  ///< provider or driver to type
};

/// What a place asks for. `asked` is the text that is hashed into the mark `ccloud-spec`.
struct Size {
  std::string asked;
  /// The provider's own type: written as such, or the requirement's pin for this provider.
  std::optional<std::string> type;
  std::shared_ptr<const SizeRequest> requirement;  ///< null when only a type was written
  Span span;
};

struct Image {
  enum class Kind { portable, reference };
  std::string asked;  ///< as written in the cluster or place
  Kind kind = Kind::portable;
  std::string name;  ///< "debian-12", or the cloud's own reference
  Span span;
};

struct Disk {
  std::optional<Located<std::int64_t>> size_gib;  ///< none: the image's own
  Located<DiskType> type{DiskType::ssd, {}};
};

struct Bastion {
  std::string user;  ///< empty: the node's user
  std::string host;
  std::uint16_t port = 22;
};

struct SshKey {
  std::string type;  ///< "ssh-ed25519"
  std::string blob;  ///< base64 as written
  std::string comment;
  Span span;

  std::string line() const;  ///< as in authorized_keys
};

struct Ssh {
  std::optional<Located<std::string>> user;  ///< none: the image's own
  std::vector<SshKey> keys;                  ///< read from files or lines, checked
  /// Private key files to try (`identity`, else each key file's path without `.pub`); the agent
  /// comes first unless `identity` is given.
  std::vector<std::string> identities;
  bool has_identity = false;  ///< `identity` was given
  std::uint16_t port = 22;
  std::optional<Bastion> bastion;
};

struct UserData {
  std::string path;
  std::string content;  ///< raw bytes
  Span span;
};

struct Rule {
  enum class Protocol { tcp, udp, icmp };
  enum class Source { cidr, cluster, project };
  Protocol protocol = Protocol::tcp;
  std::uint16_t from_port = 0;  ///< 0 for icmp
  std::uint16_t to_port = 0;
  Source source = Source::cidr;
  Cidr cidr;            ///< with Source::cidr
  std::string cluster;  ///< with Source::cluster
  Span span;
  Span from_span;

  /// Spans do not count.
  bool operator==(const Rule& other) const;
};
std::string_view to_string(Rule::Protocol protocol);
/// "tcp 7000-7010 from cluster:gw"
std::string describe(const Rule& rule);

/// Everything of the cluster that the place does not override is already merged in.
struct Place {
  std::string cluster;
  std::string code;
  Located<std::string> provider;  ///< always an entry of Config::providers
  Driver driver{};
  Located<std::string> region;
  std::optional<Located<std::string>> network;  ///< none: ccloud's own default network there
  std::vector<Located<std::string>> zones;      ///< empty: up to three that offer the type
  Located<std::int64_t> count;
  Size size;
  Image image;
  Disk disk;
  bool has_public_ip = true;
  Labels labels;                                 ///< project, provider, cluster and place merged
  std::optional<Located<std::string>> identity;  ///< the entry that fits this provider
  std::shared_ptr<const UserData> user_data;     ///< null when there is none
  std::shared_ptr<const Ssh> ssh;                ///< never null
  Span span;
};

/// Nodes that others made: shown, reached, updated; never created, changed or deleted.
struct Existing {
  std::string cluster;
  Located<std::string> provider;
  Driver driver{};
  Located<std::string> region;
  std::map<std::string, std::string> match;  ///< tag to value
  std::shared_ptr<const Ssh> ssh;            ///< the cluster's; never null
  Labels labels;
  Span span;
};

struct Cluster {
  std::string name;
  std::vector<Rule> allow;
  std::vector<Place> places;       ///< in file order
  std::vector<Existing> existing;  ///< instead of places
  Labels labels;                   ///< project and cluster merged
  std::shared_ptr<const Ssh> ssh;  ///< the cluster's own; never null
  Span span;

  const Place* find_place(std::string_view code) const;
};

/// Where a secret is found when it is used; never the secret itself.
struct SecretRef {
  enum class Kind { env, file, command };
  Kind kind = Kind::env;
  std::string value;  ///< variable, absolute path, or shell command
  Span span;
};
using EnvValue = std::variant<std::string, SecretRef>;

struct Artifact {
  std::string path;  ///< absolute, may hold `{version}`; exactly one of path and url is set
  std::string url;
  std::string sha256;  ///< 64 lower-case hex digits or empty
  Span span;
};

struct Health {
  enum class Kind { http, tcp, command };
  Kind kind = Kind::tcp;
  std::uint16_t port = 0;
  std::string path;     ///< with http
  std::string command;  ///< with command
  int expect = 200;
  std::chrono::milliseconds interval{2000};
  std::chrono::milliseconds timeout{1000};
  int healthy = 2;
  int unhealthy = 3;
  std::chrono::milliseconds deadline{120000};
  bool is_outside = false;  ///< asked of the node's address from here
  Span span;
};

struct Wave {
  std::vector<Located<std::string>> places;  ///< codes
  std::chrono::milliseconds bake{0};
  Span span;
};

struct Canary {
  std::int64_t count = 1;
  std::chrono::milliseconds bake{0};
  Span span;
};

struct Update {
  enum class OnFailure { rollback, stop };
  std::vector<Wave> waves;  ///< never empty; all places in one when not written
  std::optional<Canary> canary;
  Located<Quantity> batch{{25, true}, {}};
  std::optional<Located<Quantity>> min_healthy;  ///< none: what one batch leaves
  std::int64_t max_failures = 0;
  OnFailure on_failure = OnFailure::rollback;
  Span span;
};

/// How many nodes of a place with `nodes` nodes may move at once: the batch rounded down, at
/// least 1, and no more than min_healthy leaves. 0: the policy can never move one.
std::int64_t batch_size(const Update& update, std::int64_t nodes);

struct Step {
  std::string command;
  bool is_local = false;  ///< run here instead of on the node
  Span span;
};

struct Steps {
  std::optional<Step> drain, install, start, stop, undrain;
};

struct Service {
  std::string name;
  std::vector<Located<std::string>> clusters;
  Located<std::string> version;
  std::optional<Artifact> artifact;
  std::string dir;  ///< absolute, /opt/NAME by default
  std::string run;  ///< empty: nothing to keep running
  std::string user;
  std::map<std::string, EnvValue> env;
  std::optional<Health> health;
  Update update;
  Steps steps;
  std::int64_t keep = 3;
  Span span;
};

struct Guards {
  std::optional<std::int64_t> max_destroy;    ///< none: unlimited
  std::vector<Located<std::string>> protect;  ///< selectors, well-formed
};

struct Config {
  Located<std::string> project;
  Labels labels;
  std::vector<Provider> providers;  ///< in file order, the implied ones last
  std::vector<Network> networks;
  std::vector<Cluster> clusters;
  std::vector<Service> services;
  Guards guards;
  std::string environment;                         ///< the chosen one; empty when there are none
  std::vector<std::string> environments;           ///< all names in the file
  std::filesystem::path path;                      ///< the file
  std::filesystem::path base;                      ///< its directory; relative paths start here
  std::shared_ptr<const diag::SourceFile> source;  ///< what the spans point into

  const Provider* find_provider(std::string_view name) const;
  const Network* find_network(std::string_view name) const;
  const Cluster* find_cluster(std::string_view name) const;
  const Service* find_service(std::string_view name) const;
};

/// Of the network in a provider's region that a place gets which names none: a pure function of
/// both names.
std::string default_cidr(std::string_view provider, std::string_view region);

/// `{cluster}-{code}-{index}`, indexes from 1.
std::string node_name(std::string_view cluster, std::string_view code, std::int64_t index);

/// `{name}` markers in an artifact's path or url replaced by the version.
std::string fill_version(std::string_view text, std::string_view version);

}  // namespace ccloud::config
