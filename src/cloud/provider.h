// The interface that every cloud's driver implements: few operations over whole batches.
// Drivers speak HTTP through Host; they do not log, print, or read the environment or files on
// their own, and hold no state but caches of tokens. Waiting for nodes to run is the caller's, by
// discover().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"
#include "cloud/model.h"
#include "http/client.h"

namespace ccloud::cloud {

/// What a cloud can and cannot do, as data: the planner and the config's checks ask it.
struct Capabilities {
  bool has_key_pairs = false;  ///< keys are resources of their own
  bool has_zones = true;
  bool has_regional_subnets = false;  ///< one subnet serves all zones
  bool can_resize = true;             ///< type changes in place
  bool can_grow_disk = true;
  bool can_change_identity = true;
  bool identity_needs_stop = false;  ///< such a change restarts the node
  bool has_console = true;
  bool can_relabel_networks = true;     ///< false: their labels stay as they were made
  std::size_t user_data_limit = 16384;  ///< raw bytes
  std::size_t max_create_batch = 1;
  std::size_t max_labels = 50;
  async::Duration visibility_lag = std::chrono::seconds(10);  ///< a list may lack what is younger
};

/// What a driver may use of the machine it runs on. Everything is replaceable in tests.
struct Host {
  async::Loop* loop = nullptr;
  http::Client* http = nullptr;
  std::function<std::optional<std::string>(const std::string& name)> env;
  std::function<Result<std::string>(const std::string& path)> read_file;  ///< `~` expanded
  /// argv in, stdout out; for credential helpers.
  std::function<Task<std::string>(Context, std::vector<std::string> argv)> run_command;
};

/// Calls in flight, unless a cloud is known to take more.
constexpr std::size_t usual_concurrency = 32;

/// One entry of the config's `providers`.
struct ProviderSettings {
  std::string name;
  std::string driver;
  std::string profile;              ///< credentials.profile
  std::string credentials_file;     ///< credentials.file
  std::string credentials_command;  ///< credentials.command
  std::string account;
  std::vector<std::string> regions;
  std::string endpoint;
  std::string cloud;
  std::optional<std::size_t> concurrency;  ///< calls in flight; none: what the cloud allows
  std::string run_id;                      ///< for the User-Agent
  std::string operator_name;
};

enum class Depth {
  nodes,       ///< the node list itself: one list call per region
  everything,  ///< nodes, networks, firewalls, keys, leftovers
};

struct DiscoverRequest {
  std::string project;
  std::vector<std::string> regions;  ///< empty: every region that is enabled for the account
  Depth depth = Depth::everything;
};

/// Machines that others made, found by tags (contract, `existing`).
struct MatchRequest {
  std::string region;
  Labels match;
};

class Provider {
 public:
  virtual ~Provider() = default;

  virtual const Capabilities& capabilities() const = 0;

  /// Credentials work and belong to `account`, if one is given.
  virtual Task<Account> check(Context ctx) = 0;
  virtual Task<std::vector<RegionInfo>> regions(Context ctx) = 0;
  virtual Task<std::vector<Quota>> quotas(Context ctx, std::string region) = 0;

  /// Everything that carries the project's marks. A region's failure stands in its inventory; the
  /// task itself fails only when nothing could be asked at all (no credentials, no endpoint).
  virtual Task<Inventory> discover(Context ctx, DiscoverRequest request) = 0;
  virtual Task<std::vector<Instance>> find_existing(Context ctx, MatchRequest request) = 0;

  /// Zones and the types that could serve: those named, or (none named) all.
  virtual Task<RegionCatalogue> catalogue(Context ctx, std::string region,
                                          std::vector<std::string> types) = 0;
  virtual Task<Image> resolve_image(Context ctx, std::string region, ImageQuery query) = 0;

  /// The network that counts for everybody, made when there is none (idempotent, also against a
  /// second machine that does the same), or an existing one looked up. Firewalls may be made in it;
  /// for nodes it has to be completed.
  virtual Task<Network> choose_network(Context ctx, NetworkSpec spec) = 0;
  /// What nodes need of the chosen one: subnets in the spec's zones, ways in and out. Nothing where
  /// choosing it does all that.
  virtual Task<Network> complete_network(Context ctx, NetworkSpec spec, Network chosen);
  /// Both.
  Task<Network> ensure_network(Context ctx, NetworkSpec spec);
  virtual Task<void> delete_network(Context ctx, Network network) = 0;

  /// Creates the firewall or changes its rules and labels to the spec.
  virtual Task<Firewall> ensure_firewall(Context ctx, FirewallSpec spec) = 0;
  virtual Task<void> delete_firewall(Context ctx, Firewall firewall) = 0;

  virtual Task<Key> ensure_key(Context ctx, KeySpec spec) = 0;
  virtual Task<void> delete_key(Context ctx, Key key) = 0;

  /// One result per name. Ends when the cloud has accepted the nodes, not when they run.
  virtual Task<std::vector<Created>> create_nodes(Context ctx, NodeBatch batch) = 0;
  virtual Task<void> update_node(Context ctx, NodeUpdate update) = 0;
  /// Ends when the cloud has accepted it. Sets (stop) or clears (start) the mark ccloud-power.
  virtual Task<std::vector<NodeOutcome>> power(Context ctx, std::vector<NodeRef> nodes,
                                               PowerAction action) = 0;
  /// Ends when the cloud says they are gone or going; a node that is not there is a success.
  virtual Task<std::vector<NodeOutcome>> delete_nodes(Context ctx, std::vector<NodeRef> nodes) = 0;
  /// What RegionInventory::leftovers named.
  virtual Task<void> delete_leftover(Context ctx, std::string region, std::string leftover) = 0;

  /// The serial console's text, as far as the cloud keeps it.
  virtual Task<std::string> console(Context ctx, NodeRef node) = 0;
};

/// The mark every driver's factory has; src/registry names them.
using Factory =
    std::function<Result<std::unique_ptr<Provider>>(Host host, ProviderSettings settings)>;

}  // namespace ccloud::cloud
