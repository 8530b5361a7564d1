// The driver's class; its members stand in provider.cc (account, catalogue, images), discover.cc,
// network.cc (networks, groups, keys) and nodes.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "async/group.h"
#include "providers/alibaba/api.h"

namespace ccloud::alibaba {

class Driver : public cloud::Provider {
 public:
  Driver(cloud::Host host, cloud::ProviderSettings settings);

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
  /// How long what a client token led to may stay unseen before it counts as deleted long ago:
  /// `usual` on the real cloud, a simulated one's own lag.
  async::Duration patience(async::Duration usual) const;
  // roles.cc
  Task<void> read_identities(Context ctx, std::string region, std::vector<cloud::Instance>& nodes);
  Task<void> change_role(Context ctx, cloud::NodeRef node, std::string verb, std::string role);
  Task<void> change_identity(Context ctx, cloud::NodeRef node, std::string identity);

  // labels.cc
  /// Sets `labels` and takes `removed` away; `kind` is "instance", "securitygroup", "keypair" of
  /// ECS, "VPC" or "VSWITCH" of VPC.
  Task<void> relabel(Context ctx, std::string region, std::string kind, std::string id,
                     cloud::Labels labels, std::vector<std::string> removed);
  Task<void> relabel_network(Context ctx, cloud::NetworkSpec spec, cloud::Network network);

  // discover.cc
  Task<cloud::RegionInventory> discover_region(Context ctx, std::string region, std::string project,
                                               cloud::Depth depth);
  Task<std::vector<cloud::Instance>> list_instances(Context ctx, std::string region,
                                                    cloud::Labels tags);
  Task<std::vector<cloud::Instance>> instances_by_id(Context ctx, std::string region,
                                                     std::vector<std::string> ids);
  Task<void> find_networks(Context ctx, std::string project, cloud::RegionInventory& into);
  Task<void> find_firewalls(Context ctx, std::string project, cloud::RegionInventory& into);
  Task<void> find_keys(Context ctx, std::string project, cloud::RegionInventory& into);

  // network.cc
  Task<std::string> find_vpc(Context ctx, cloud::NetworkSpec spec);
  Task<std::string> ensure_vpc(Context ctx, cloud::NetworkSpec spec);
  Task<std::string> vpc_status(Context ctx, std::string region, std::string vpc,
                               async::TimePoint shown_by);
  Task<void> wait_available(Context ctx, std::string region, std::string vpc);
  Task<void> make_switch(Context ctx, cloud::NetworkSpec spec, std::string vpc, std::string zone);
  Task<std::vector<cloud::Subnet>> ensure_switches(Context ctx, cloud::NetworkSpec spec,
                                                   std::string vpc);
  Task<std::vector<cloud::Subnet>> existing_switches(Context ctx, cloud::NetworkSpec spec);
  enum class Ready { required, not_required };  ///< calls that name a pending vSwitch are refused
  Task<std::vector<cloud::Subnet>> switches_of(Context ctx, std::string region, std::string vpc,
                                               Ready ready = Ready::required);
  Task<void> close_group(Context ctx, std::string region, std::string group);
  Task<std::string> group_id(Context ctx, const cloud::FirewallSpec& spec, std::string name);
  Task<void> change_rules(Context ctx, std::string region, std::string action, std::string group,
                          std::vector<cloud::FirewallRule> rules);

  // nodes.cc
  Task<cloud::Instance> create_node(Context ctx, cloud::NodeBatch batch, std::string name);
  Task<cloud::Instance> wait_visible(Context ctx, std::string region, std::string id);
  Task<void> wait_state(Context ctx, cloud::NodeRef node, cloud::NodeState state);
  Task<void> power_one(Context ctx, cloud::NodeRef node, cloud::PowerAction action);
  Task<void> delete_node(Context ctx, cloud::NodeRef node);
  Task<void> resize(Context ctx, cloud::NodeRef node, std::string type);

  cloud::Host host_;
  cloud::ProviderSettings settings_;
  cloud::Capabilities capabilities_;
  Api api_;
};

}  // namespace ccloud::alibaba
