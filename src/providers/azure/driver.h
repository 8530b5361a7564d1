// The driver's class; its members stand in provider.cc (account, catalogue, images), discover.cc,
// network.cc (groups, networks, firewalls), nodes_create.cc and nodes_change.cc.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/group.h"
#include "providers/azure/api.h"
#include "providers/azure/compute.h"
#include "providers/azure/names.h"
#include "providers/azure/network_wire.h"

namespace ccloud::azure {

using Documents = std::vector<json::Document>;

/// Lower-case id of a machine to what its instance view says, for a whole subscription.
struct MachineStatus {
  std::string provisioning;
  Status status;
};
using Statuses = std::map<std::string, MachineStatus>;

class Driver : public cloud::Provider {
 public:
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
  Task<Documents> list(Context ctx, std::string region, std::string scope, Kind kind,
                       std::string query = {});
  Task<Statuses> list_statuses(Context ctx, std::string subscription);
  Task<cloud::RegionInventory> discover_region(Context ctx, std::string group, std::string region,
                                               std::string project, cloud::Depth depth,
                                               std::shared_ptr<Statuses> statuses);
  Task<std::vector<cloud::Instance>> list_machines(Context ctx, std::string scope,
                                                   std::string region,
                                                   std::shared_ptr<Statuses> statuses,
                                                   std::vector<Attachment>& unused,
                                                   std::vector<std::string>& addresses);
  Task<void> find_networks(Context ctx, std::string group, std::string project,
                           cloud::RegionInventory& into);
  Task<void> find_firewalls(Context ctx, std::string group, std::string project,
                            cloud::RegionInventory& into);
  Task<void> find_disks(Context ctx, std::string group, cloud::RegionInventory& into);

  // provider.cc
  Task<Urn> exact_version(Context ctx, std::string region, Urn urn);
  Task<json::Document> image_version(Context ctx, std::string region, Urn urn);

  // network.cc
  Task<std::string> ensure_group(Context ctx, std::string project, std::string region);
  Task<bool> is_empty_group(Context ctx, std::string group, std::string region);
  Task<void> delete_group_if_empty(Context ctx, std::string group, std::string region);
  Task<void> remove(Context ctx, std::string region, std::string path, std::string_view version,
                    std::string what);
  Task<cloud::Network> existing_network(Context ctx, cloud::NetworkSpec spec);
  Task<void> ensure_application_group(Context ctx, cloud::FirewallSpec spec, std::string path);
  Task<void> change_tags(Context ctx, Call call, std::string_view operation, cloud::Labels tags);
  Task<void> merge_tags(Context ctx, std::string region, std::string path, cloud::Labels set,
                        std::vector<std::string> remove, std::string what);

  // nodes_create.cc
  Task<cloud::Instance> create_node(Context ctx, cloud::NodeBatch batch, MachineParts parts,
                                    std::string group, Interface interface);
  Task<Interface> plan_interface(Context ctx, std::vector<std::string> firewalls,
                                 std::string subnet);
  Task<std::string> find_identity(Context ctx, std::string region, std::string identity);
  Task<ImagePlan> find_plan(Context ctx, std::string region, std::string image);
  Task<json::Document> put_machine(Context ctx, cloud::NodeBatch batch, std::string path,
                                   std::string body);

  // nodes_change.cc
  Task<json::Document> machine(Context ctx, cloud::NodeRef node);
  Task<void> act(Context ctx, cloud::NodeRef node, std::string action, std::string what,
                 bool waits);
  Task<void> patch_machine(Context ctx, cloud::NodeRef node, std::string body, std::string what);
  Task<void> resize(Context ctx, cloud::NodeRef node, std::string type);
  Task<void> grow_disk(Context ctx, cloud::NodeRef node, std::int64_t gib);
  Task<void> set_firewalls(Context ctx, cloud::NodeRef node, std::vector<std::string> firewalls);
  Task<void> power_one(Context ctx, cloud::NodeRef node, cloud::PowerAction action);
  Task<void> delete_node(Context ctx, cloud::NodeRef node);

  cloud::Host host_;
  cloud::ProviderSettings settings_;
  cloud::Capabilities capabilities_;
  Api api_;
  std::map<std::string, ImagePlan> plans_;  ///< by urn
};

}  // namespace ccloud::azure
