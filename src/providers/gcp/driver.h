// The driver's class; its members stand in provider.cc (account, catalogue, images), discover.cc,
// network.cc, firewalls.cc, nodes_create.cc and nodes_change.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/group.h"
#include "providers/gcp/api.h"
#include "providers/gcp/compute.h"
#include "providers/gcp/names.h"
#include "providers/gcp/network_wire.h"

namespace ccloud::gcp {

using Documents = std::vector<json::Document>;

/// What the lists of a Google project hold.
struct Seen {
  std::string project;
  std::vector<std::string> regions;
  Documents machines;
  Documents unmarked;  ///< machines of ours that have lost their label, one each
  Documents networks;
  Documents subnets;
  std::vector<Rule> rules;
  Documents disks;
  Documents addresses;
};

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
  Task<std::string> project_path(Context ctx);

  // discover.cc
  Task<Documents> list(Context ctx, std::string path, std::string filter, std::string what);
  Task<void> look_at_machines(Context ctx, std::string project, std::shared_ptr<Seen> into);
  Task<void> look_at_regions(Context ctx, std::shared_ptr<Seen> into);
  Task<void> look_at_ground(Context ctx, std::string project, std::shared_ptr<Seen> into);
  Task<void> look_for_unmarked(Context ctx, std::string project, std::shared_ptr<Seen> into);
  Task<json::Document> read_if_there(Context ctx, std::string path);

  // provider.cc
  Task<std::vector<std::string>> zones_of(Context ctx, std::string region);
  Task<json::Document> find_image(Context ctx, std::string region, std::string path,
                                  std::string reference);
  Task<ZoneTypes> types_of_zone(Context ctx, std::string region, std::string zone,
                                std::vector<std::string> types);

  // network.cc
  Task<cloud::Network> existing_network(Context ctx, cloud::NetworkSpec spec);
  Task<bool> comes_to_be(Context ctx, Call look);
  Task<void> make_resource(Context ctx, Call post, Call look);
  Task<void> ensure_resource(Context ctx, std::string region, std::string collection,
                             std::string name, std::string body, std::string what);
  Task<void> remove(Context ctx, std::string region, std::string path, std::string what);

  // firewalls.cc
  Task<std::vector<Rule>> list_rules(Context ctx);
  Task<void> narrow_rule(Context ctx, std::string region, std::string name, std::string body,
                         std::string what);
  Task<void> post_or_put(Context ctx, Call post, std::string name, bool is_there);
  Task<void> put_rule(Context ctx, std::string region, Rule rule, bool is_there, std::string what);

  // nodes_create.cc
  Task<cloud::Instance> create_node(Context ctx, cloud::NodeBatch batch, MachineParts parts);
  Task<std::optional<cloud::Instance>> adopt(Context ctx, cloud::NodeBatch batch,
                                             MachineParts parts);
  Task<std::string> pick_zone(Context ctx, std::string region, std::string node);

  // nodes_change.cc
  Task<std::string> machine_path(Context ctx, cloud::NodeRef node);
  Task<json::Document> machine(Context ctx, cloud::NodeRef node);
  Task<void> act(Context ctx, cloud::NodeRef node, std::string action, std::string body,
                 std::string what);
  Task<void> change_protected(Context ctx, cloud::NodeRef node, std::string action,
                              std::string what, std::function<std::string(json::Value)> body);
  Task<void> set_labels(Context ctx, cloud::NodeRef node, cloud::Labels set,
                        std::vector<std::string> remove);
  Task<void> set_tags(Context ctx, cloud::NodeRef node, std::vector<std::string> firewalls);
  Task<void> set_keys(Context ctx, cloud::NodeRef node, std::vector<std::string> keys);
  Task<void> set_off_line(Context ctx, cloud::NodeUpdate update);
  Task<void> grow_disk(Context ctx, cloud::NodeRef node, std::int64_t gib);
  Task<void> power_one(Context ctx, cloud::NodeRef node, cloud::PowerAction action);
  Task<void> delete_node(Context ctx, cloud::NodeRef node);

  cloud::Host host_;
  cloud::ProviderSettings settings_;
  cloud::Capabilities capabilities_;
  Api api_;
};

}  // namespace ccloud::gcp
