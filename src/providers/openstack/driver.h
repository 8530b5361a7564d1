// The driver's class; its members stand in provider.cc (account, catalogue), discover.cc,
// election.cc (which of doubles counts), network.cc (networks, groups, keys), ports.cc (what a
// server needs first) and nodes.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/gate.h"
#include "async/group.h"
#include "providers/openstack/api.h"
#include "providers/openstack/election.h"
#include "providers/openstack/nova.h"

namespace ccloud::openstack {

class Driver : public cloud::Provider {
 public:
  using Made = std::map<std::string, Result<std::string>>;  ///< ids, by key

  Driver(cloud::Host host, cloud::ProviderSettings settings, Login login);

  const cloud::Capabilities& capabilities() const override { return capabilities_; }
  Task<cloud::Account> check(Context ctx) override;
  Task<std::vector<cloud::RegionInfo>> regions(Context ctx) override;
  Task<std::vector<cloud::Quota>> quotas(Context ctx, std::string region) override;
  Task<cloud::Inventory> discover(Context ctx, cloud::DiscoverRequest request) override;
  Task<std::vector<cloud::Instance>> find_existing(Context ctx,
                                                   cloud::MatchRequest request) override;
  Task<cloud::RegionCatalogue> catalogue(Context ctx, std::string region,
                                         std::vector<std::string> types) override;
  Task<cloud::Image> resolve_image(Context ctx, std::string region,
                                   cloud::ImageQuery query) override;
  Task<cloud::Network> choose_network(Context ctx, cloud::NetworkSpec spec) override;
  Task<cloud::Network> complete_network(Context ctx, cloud::NetworkSpec spec,
                                        cloud::Network chosen) override;
  Task<void> delete_network(Context ctx, cloud::Network network) override;
  Task<cloud::Firewall> ensure_firewall(Context ctx, cloud::FirewallSpec spec) override;
  Task<void> delete_firewall(Context ctx, cloud::Firewall firewall) override;
  Task<cloud::Key> ensure_key(Context ctx, cloud::KeySpec spec) override;
  Task<void> delete_key(Context ctx, cloud::Key key) override;
  Task<std::vector<cloud::Created>> create_nodes(Context ctx, cloud::NodeBatch batch) override;
  Task<void> update_node(Context ctx, cloud::NodeUpdate update) override;
  Task<std::vector<cloud::NodeOutcome>> power(Context ctx, std::vector<cloud::NodeRef> nodes,
                                              cloud::PowerAction action) override;
  Task<std::vector<cloud::NodeOutcome>> delete_nodes(Context ctx,
                                                     std::vector<cloud::NodeRef> nodes) override;
  Task<void> delete_leftover(Context ctx, std::string region, std::string leftover) override;
  Task<std::string> console(Context ctx, cloud::NodeRef node) override;

 private:
  // discover.cc
  Task<cloud::RegionInventory> discover_region(Context ctx, std::string region, std::string project,
                                               cloud::Depth depth);
  Task<std::vector<cloud::Instance>> list_servers(Context ctx, std::string region,
                                                  std::string query);
  Task<void> explain_errors(Context ctx, std::vector<cloud::Instance>& servers);
  Task<std::vector<std::string>> spare_routers(Context ctx, std::string region, Candidates routers);
  Task<void> find_networks(Context ctx, std::string project, cloud::RegionInventory& into,
                           std::vector<std::string>& spare);
  Task<void> find_firewalls(Context ctx, std::string project, cloud::RegionInventory& into);
  Task<void> find_keys(Context ctx, std::string project, cloud::RegionInventory& into);
  Task<void> find_leftovers(Context ctx, std::string project, cloud::RegionInventory& into,
                            std::set<std::string>& held);

  // election.cc
  struct Thing {
    std::string id;
    std::optional<json::Document> made;  ///< the create's answer, when this run made it
  };
  Task<Candidates> candidates(Context ctx, std::string region, std::string collection,
                              std::string list);
  Task<std::string> find_winner(Context ctx, std::string region, std::string collection,
                                std::string list);
  Task<std::string> settle_on(Context ctx, std::string region, std::string collection,
                              std::string list, std::string ours);
  Task<std::string> await_twin(Context ctx, std::string region, std::string collection,
                               std::string list);
  Task<void> remove_double(Context ctx, std::string region, std::string kind, std::string id);
  Task<Thing> elect(Context ctx, std::string region, std::string kind, std::string list,
                    json::Document made);
  Task<Thing> find_or_make(Context ctx, std::string region, std::string kind, std::string list,
                           std::string body);
  Task<Thing> find_or_create(Context ctx, std::string region, std::string kind, std::string query,
                             std::string body);
  /// What is deleted is decided anew.
  void forget(const std::string& id);

  // network.cc
  Task<json::Document> neutron(Context ctx, std::string region, std::string method,
                               std::string path, std::string body, std::string what);
  Task<std::string> external_network(Context ctx, std::string region);
  Task<cloud::Network> existing_network(Context ctx, cloud::NetworkSpec spec);
  Task<Thing> ensure_router(Context ctx, cloud::NetworkSpec spec);
  Task<void> connect_router(Context ctx, std::string region, std::string router, Thing subnet);
  Task<void> plug_in(Context ctx, std::string region, std::string router, std::string subnet);
  Task<json::Document> read_young(Context ctx, std::string region, Service service,
                                  std::string path, std::string what);
  Task<bool> add_missing_rules(Context ctx, std::string region, std::string group,
                               const json::Document& seen, std::vector<cloud::FirewallRule> wanted);
  Task<void> set_rules(Context ctx, std::string region, Thing group,
                       std::vector<cloud::FirewallRule> wanted);
  Task<void> set_tags(Context ctx, std::string region, std::string path, cloud::Labels labels);
  Task<void> delete_router(Context ctx, std::string region, std::string router);
  Task<void> delete_routers_of(Context ctx, cloud::Network network);

  // ports.cc
  /// Like things, each under a key that is unique among them: what is wanted, and how it is found.
  struct Wanted {
    std::string region;
    std::string kind;                           ///< "port"
    std::string query;                          ///< of the list that shows them all
    std::string key;                            ///< the member that tells them apart
    std::map<std::string, std::string> bodies;  ///< of the creates, by key
    bool is_guarded = false;                    ///< the cloud itself refuses a second one of a key
  };
  using Shown = std::map<std::string, Candidates>;
  /// Told of each key, with its id, once others may refer to it.
  using Settled = std::function<void(const std::string& key, const std::string& id)>;
  Task<Shown> show_each(Context ctx, const Wanted& wanted);
  Task<Shown> show_decided(Context ctx, const Wanted& wanted);
  Task<std::string> create_one(Context ctx, const Wanted& wanted, const std::string& body);
  Task<void> settle_each(Context ctx, const Wanted& wanted, std::vector<std::string> ours,
                         Made* made, const Settled& settled);
  Task<Made> ensure_each(Context ctx, Wanted wanted, Settled settled,
                         std::optional<Shown> seen = std::nullopt);
  /// What a node's server is to have before it: its port, with an address where it wants one.
  struct Berth {
    explicit Berth(async::Loop& loop) : is_ready(loop) {}
    async::Gate is_ready;
    Result<std::string> port = std::string();  ///< its id, once ready
  };
  using Berths = std::map<std::string, Berth>;  ///< by the node's name
  struct Addresses {
    explicit Addresses(async::Loop& loop) : are_known(loop) {}
    async::Gate are_known;
    std::string external;  ///< the network that they are of
    Shown left;            ///< by a killed run
    std::optional<Error> problem;
  };
  static Wanted wanted_ports(const cloud::NodeBatch& batch);
  static Wanted wanted_addresses(const cloud::NodeBatch& batch);
  Task<void> look_for_addresses(Context ctx, cloud::NodeBatch batch, Addresses& addresses);
  Task<void> know_addresses(Context ctx, cloud::NodeBatch batch, Addresses& addresses);
  Task<std::string> address_port(Context ctx, cloud::NodeBatch batch, const Addresses& addresses,
                                 std::string port);
  Task<void> finish_berth(Context ctx, cloud::NodeBatch batch, Addresses& addresses, Berth& berth,
                          std::string port);
  Task<void> make_ports(Context ctx, const cloud::NodeBatch& batch, Addresses& addresses,
                        Berths& berths, async::Group& finishing);
  Task<void> make_berths(Context ctx, cloud::NodeBatch batch, Berths& berths);

  // nodes.cc
  Task<cloud::Instance> create_node(Context ctx, cloud::NodeBatch batch, std::string name,
                                    std::string flavor, std::int64_t volume_gib, Berth& berth);
  Task<std::optional<cloud::Instance>> find_by_name(Context ctx, cloud::NodeBatch batch,
                                                    std::string name);
  Task<cloud::Instance> create_once(Context ctx, cloud::NodeBatch batch, std::string name,
                                    std::string flavor, std::int64_t volume_gib, std::string port);
  Task<void> delete_node(Context ctx, cloud::NodeRef node);
  Task<void> delete_network_once(Context ctx, cloud::Network network);
  Task<void> delete_firewall_once(Context ctx, cloud::Firewall firewall);
  Task<bool> is_gone(Context ctx, cloud::NodeRef node);
  /// Which ports may go: those that no server holds, or only this one, which is gone.
  struct Freed {
    std::string group = {};            ///< only those in it, when there is one
    std::string server = {};           ///< may be empty
    std::set<std::string> ports = {};  ///< those that it held
    bool is_by_name = false;           ///< of others, one that is new may be of another machine
  };
  static bool is_freed(json::Value port, const Freed& freed, async::WallTime now);
  Task<void> delete_port(Context ctx, std::string region, std::string id, Freed freed);
  Task<void> delete_ports(Context ctx, std::string region, std::string query, Freed freed);
  Task<bool> is_held(Context ctx, std::string region, std::string port);
  Task<bool> lacks_port(Context ctx, std::string region, const Error& error, std::string port);
  Task<void> power_one(Context ctx, cloud::NodeRef node, cloud::PowerAction action);
  Task<void> action(Context ctx, cloud::NodeRef node, std::string body, std::string what);
  Task<void> resize(Context ctx, cloud::NodeRef node, std::string type);
  Task<cloud::Instance> server(Context ctx, cloud::NodeRef node);
  Task<std::vector<Flavor>> flavors(Context ctx, std::string region);

  cloud::Host host_;
  cloud::ProviderSettings settings_;
  cloud::Capabilities capabilities_;
  Api api_;
  async::Semaphore& creating_in(const std::string& region);
  std::map<std::string, std::unique_ptr<async::Semaphore>> creating_;  ///< by region
  std::map<std::string, std::vector<Flavor>> flavors_;
  std::map<std::pair<std::string, std::string>, std::string> decided_;  ///< ids, by region and list
};

}  // namespace ccloud::openstack
