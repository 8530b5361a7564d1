#include "cloud/testing/fake_cloud.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"

namespace ccloud::cloud::testing {
namespace {

bool is_of(const Labels& labels, const std::string& project) {
  const auto at = labels.find(std::string(mark_project));
  return at != labels.end() && at->second == project;
}

}  // namespace

FakeCloud::FakeCloud(async::Loop& loop, std::vector<std::string> regions)
    : loop_(&loop), regions_(std::move(regions)) {
  capabilities.has_key_pairs = true;
  capabilities.max_create_batch = 100;
  capabilities.visibility_lag = std::chrono::seconds(3);
}

std::string FakeCloud::new_id(const std::string& prefix) {
  const std::string id = fmt::format("{}-{:04}", prefix, ++next_id_);
  born_[id] = loop_->now();
  return id;
}

bool FakeCloud::is_listed(const std::string& id) const {
  const auto at = born_.find(id);
  return at == born_.end() || loop_->now() - at->second >= lag;
}

/// Moves every machine to the state that its age gives it.
void FakeCloud::settle() {
  const auto now = loop_->now();
  for (auto& [id, node] : nodes) {
    const auto ending = ending_.find(id);
    if (ending != ending_.end() && now >= ending->second) node.state = NodeState::terminated;
    const auto born = born_.find(id);
    if (node.state != NodeState::pending || born == born_.end()) continue;
    if (now - born->second < boot_time) continue;
    if (dies_[id]) {
      node.state = NodeState::terminated;
      node.state_reason = "Server.InternalError: it died";
    } else {
      node.state = NodeState::running;
      node.private_ip = "10.0.0." + id.substr(id.size() - 1);
      node.public_ip =
          fmt::format("198.51.100.{}", parse_int(id.substr(id.find('-') + 1)).value_or(0) % 250);
    }
  }
}

std::size_t FakeCloud::alive() const {
  return static_cast<std::size_t>(std::ranges::count_if(nodes, [](const auto& entry) {
    return entry.second.state != NodeState::terminated &&
           entry.second.state != NodeState::terminating;
  }));
}

std::size_t FakeCloud::count(const std::string& call) const {
  return static_cast<std::size_t>(std::ranges::count(calls, call));
}

class FakeProvider : public Provider {
 public:
  FakeProvider(FakeCloud& cloud, ProviderSettings settings)
      : cloud_(cloud), settings_(std::move(settings)) {}

  const Capabilities& capabilities() const override { return cloud_.capabilities; }

  Task<Account> check(Context ctx) override {
    co_await begin(ctx, "check");
    co_return Account{"123", "tester"};
  }

  Task<std::vector<RegionInfo>> regions(Context ctx) override {
    co_await begin(ctx, "regions");
    std::vector<RegionInfo> infos;
    for (const auto& region : cloud_.regions_)
      infos.push_back({region, !cloud_.closed_regions.contains(region)});
    co_return infos;
  }

  Task<std::vector<Quota>> quotas(Context ctx, std::string) override {
    co_await begin(ctx, "quotas");
    std::vector<Quota> quotas;
    quotas.push_back({"vcpus", 32, 4});
    co_return quotas;
  }

  Task<Inventory> discover(Context ctx, DiscoverRequest request) override {
    co_await begin(ctx, "discover");
    cloud_.settle();
    Inventory inventory;
    for (const auto& name : cloud_.regions_) {
      const auto& wanted = request.regions;
      if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
      inventory.regions.push_back(region(name, request));
    }
    co_return inventory;
  }

  Task<std::vector<Instance>> find_existing(Context ctx, MatchRequest request) override {
    co_await begin(ctx, "find_existing");
    std::vector<Instance> found;
    for (const auto& [id, node] : cloud_.nodes) {
      const bool fits = std::ranges::all_of(request.match, [&](const auto& label) {
        const auto at = node.labels.find(label.first);
        return at != node.labels.end() && at->second == label.second;
      });
      if (fits && node.region == request.region) found.push_back(node);
    }
    co_return found;
  }

  Task<RegionCatalogue> catalogue(Context ctx, std::string region,
                                  std::vector<std::string> types) override {
    co_await begin(ctx, "catalogue");
    RegionCatalogue catalogue;
    catalogue.zones = {region + "a", region + "b"};
    if (types.empty()) types = {"small"};
    for (const auto& type : types) {
      catalogue.types.push_back({type, 2, 4096, {Arch::x86_64}, false, true, catalogue.zones});
    }
    co_return catalogue;
  }

  Task<Image> resolve_image(Context ctx, std::string, ImageQuery query) override {
    co_await begin(ctx, "resolve_image");
    Image image;
    image.id = "ami-" + query.reference;
    image.login_user = "admin";
    co_return image;
  }

  Task<Network> choose_network(Context ctx, NetworkSpec spec) override {
    const bool is_lost = co_await begin(ctx, "choose_network");
    Network* found = nullptr;
    for (auto& [id, network] : cloud_.networks) {
      if (network.region == spec.region && network.name == spec.name) found = &network;
    }
    if (found == nullptr) {
      const std::string id = cloud_.new_id("vpc");
      found = &cloud_.networks[id];
      found->id = id;
      found->name = spec.name;
      found->region = spec.region;
      found->cidr = spec.cidr;
      found->labels = spec.labels;
    }
    if (is_lost) co_return lost();
    co_return *found;
  }

  Task<Network> complete_network(Context ctx, NetworkSpec spec, Network chosen) override {
    const bool is_lost = co_await begin(ctx, "complete_network");
    auto& network = cloud_.networks[chosen.id];
    for (const auto& zone : spec.zones) {
      const bool has =
          std::ranges::any_of(network.subnets, [&](const Subnet& s) { return s.zone == zone; });
      if (!has) network.subnets.push_back({network.id + zone, zone, ""});
    }
    if (is_lost) co_return lost();
    co_return network;
  }

  Task<void> delete_network(Context ctx, Network network) override {
    co_await begin(ctx, "delete_network");
    cloud_.settle();
    for (const auto& [id, node] : cloud_.nodes) {
      if (node.network_id == network.id && node.state != NodeState::terminated) co_return in_use();
    }
    for (const auto& [id, firewall] : cloud_.firewalls) {
      if (firewall.network_id == network.id) co_return in_use();
    }
    cloud_.networks.erase(network.id);
    co_return {};
  }

  Task<Firewall> ensure_firewall(Context ctx, FirewallSpec spec) override {
    const bool is_lost = co_await begin(ctx, "ensure_firewall");
    Firewall* found = nullptr;
    for (auto& [id, firewall] : cloud_.firewalls) {
      if (firewall.network_id == spec.network.id && firewall.name == spec.name) found = &firewall;
    }
    for (const auto& rule : spec.rules) {
      if (rule.group.empty() || rule.group == spec.name) continue;
      const bool is_there = std::ranges::any_of(cloud_.firewalls, [&](const auto& entry) {
        return entry.second.network_id == spec.network.id && entry.second.name == rule.group;
      });
      if (!is_there) co_return make_error(ErrorCode::not_found, "no such group: " + rule.group);
    }
    if (found == nullptr) {
      const std::string id = cloud_.new_id("sg");
      found = &cloud_.firewalls[id];
      found->id = id;
    }
    found->name = spec.name;
    found->region = spec.region;
    found->network_id = spec.network.id;
    found->rules = spec.rules;
    found->labels = spec.labels;
    if (is_lost) co_return lost();
    co_return *found;
  }

  Task<void> delete_firewall(Context ctx, Firewall firewall) override {
    co_await begin(ctx, "delete_firewall");
    cloud_.settle();
    for (const auto& [id, node] : cloud_.nodes) {
      const bool is_in =
          std::ranges::find(node.firewall_ids, firewall.id) != node.firewall_ids.end();
      if (is_in && node.state != NodeState::terminated) co_return in_use();
    }
    cloud_.firewalls.erase(firewall.id);
    co_return {};
  }

  Task<Key> ensure_key(Context ctx, KeySpec spec) override {
    co_await begin(ctx, "ensure_key");
    for (const auto& [id, key] : cloud_.keys) {
      if (key.region == spec.region && key.name == spec.name) co_return key;
    }
    const std::string id = cloud_.new_id("key");
    cloud_.keys[id] = {id, spec.name, spec.region, "", spec.labels};
    co_return cloud_.keys[id];
  }

  Task<void> delete_key(Context ctx, Key key) override {
    co_await begin(ctx, "delete_key");
    cloud_.keys.erase(key.id);
    co_return {};
  }

  Task<std::vector<Created>> create_nodes(Context ctx, NodeBatch batch) override {
    const bool is_lost = co_await begin(ctx, "create_nodes");
    if (cloud_.sold_out.contains(batch.zone)) {
      co_return make_error(ErrorCode::capacity, "no room in " + batch.zone);
    }
    auto& ids = cloud_.tokens_[batch.token];
    if (ids.empty()) {
      for (const auto& name : batch.names) ids.push_back(launch(batch, name));
    }
    if (is_lost) co_return lost();
    cloud_.settle();
    std::vector<Created> created;
    for (std::size_t i = 0; i < batch.names.size(); ++i) {
      created.push_back({batch.names[i], cloud_.nodes.at(ids[i])});
    }
    co_return created;
  }

  Task<void> update_node(Context ctx, NodeUpdate update) override {
    co_await begin(ctx, "update_node");
    auto& node = cloud_.nodes.at(update.node.id);
    for (const auto& [key, value] : update.set_labels) node.labels[key] = value;
    for (const auto& key : update.remove_labels) node.labels.erase(key);
    apply_marks(node, 0);
    if (update.type) node.type = *update.type;
    if (update.disk_gib) node.disk_gib = *update.disk_gib;
    if (update.firewall_ids) node.firewall_ids = *update.firewall_ids;
    if (update.identity) node.identity = *update.identity;
    co_return {};
  }

  Task<std::vector<NodeOutcome>> power(Context ctx, std::vector<NodeRef> nodes,
                                       PowerAction action) override {
    co_await begin(ctx, "power");
    std::vector<NodeOutcome> outcomes;
    for (const auto& ref : nodes) {
      auto& node = cloud_.nodes.at(ref.id);
      const std::string mark(mark_power);
      if (action == PowerAction::stop) {
        node.state = NodeState::stopped;
        node.labels[mark] = "off";
      } else {
        node.state = NodeState::running;
        node.labels.erase(mark);
      }
      apply_marks(node, 0);
      outcomes.push_back({ref.name, {}});
    }
    co_return outcomes;
  }

  Task<std::vector<NodeOutcome>> delete_nodes(Context ctx, std::vector<NodeRef> nodes) override {
    co_await begin(ctx, "delete_nodes");
    std::vector<NodeOutcome> outcomes;
    for (const auto& ref : nodes) {
      const auto at = cloud_.nodes.find(ref.id);
      if (at != cloud_.nodes.end() && at->second.state != NodeState::terminated) {
        at->second.state = NodeState::terminating;
        cloud_.ending_[ref.id] = cloud_.loop_->now() + cloud_.end_time;
      }
      outcomes.push_back({ref.name, {}});
    }
    co_return outcomes;
  }

  Task<void> delete_leftover(Context ctx, std::string, std::string) override {
    co_await begin(ctx, "delete_leftover");
    co_return {};
  }

  Task<std::string> console(Context ctx, NodeRef) override {
    co_await begin(ctx, "console");
    co_return std::string("booted\n");
  }

 private:
  /// True: the reply of this call gets lost.
  Task<bool> begin(Context ctx, std::string call) {
    cloud_.calls.push_back(call);
    if (cloud_.on_call) cloud_.on_call(call);
    co_await ctx.sleep(cloud_.call_time);
    auto& faults = cloud_.faults;
    const auto at = std::ranges::find(faults, call, &Fault::call);
    if (at == faults.end()) co_return false;
    const Fault fault = *at;
    faults.erase(at);
    if (fault.delay.count() > 0) co_await ctx.sleep(fault.delay);
    if (fault.after_effect) co_return true;
    if (fault.error) co_return *fault.error;
    co_return false;
  }

  static Error lost() {
    auto error = make_error(ErrorCode::unavailable, "the connection was reset");
    error.ambiguous = true;
    return error;
  }
  static Error in_use() {
    auto error = make_error(ErrorCode::conflict, "it is in use");
    error.raw_code = "DependencyViolation";
    return error;
  }

  RegionInventory region(const std::string& name, const DiscoverRequest& request) {
    RegionInventory out;
    out.region = name;
    if (const auto broken = cloud_.broken_regions.find(name);
        broken != cloud_.broken_regions.end()) {
      out.error = broken->second;
      return out;
    }
    const auto is_here = [&](const auto& item) {
      return item.region == name && is_of(item.labels, request.project) &&
             cloud_.is_listed(item.id);
    };
    for (const auto& [id, node] : cloud_.nodes) {
      if (is_here(node)) out.nodes.push_back(node);
    }
    if (request.depth == Depth::nodes) return out;
    for (const auto& [id, network] : cloud_.networks) {
      if (is_here(network)) out.networks.push_back(network);
    }
    for (const auto& [id, firewall] : cloud_.firewalls) {
      if (is_here(firewall)) out.firewalls.push_back(firewall);
    }
    for (const auto& [id, key] : cloud_.keys) {
      if (is_here(key)) out.keys.push_back(key);
    }
    return out;
  }

  std::string launch(const NodeBatch& batch, const std::string& name) {
    Instance node;
    node.id = cloud_.new_id("i");
    node.labels = batch.labels;
    node.labels[std::string(mark_node)] = name;
    apply_marks(node, 0);
    node.region = batch.region;
    node.zone = batch.zone;
    node.state = NodeState::pending;
    node.type = batch.type;
    node.image = batch.image.id;
    node.created = format_time(cloud_.loop_->wall_now());
    node.network_id = batch.network.id;
    node.subnet_id = batch.subnet_id;
    node.firewall_ids = batch.firewall_ids;
    node.identity = batch.identity;
    if (cloud_.deaths_at_birth > 0) {
      --cloud_.deaths_at_birth;
      cloud_.dies_[node.id] = true;
    }
    const std::string id = node.id;
    cloud_.nodes.emplace(id, std::move(node));
    return id;
  }

  FakeCloud& cloud_;
  ProviderSettings settings_;
};

Factory FakeCloud::factory() {
  return [this](Host, ProviderSettings settings) -> Result<std::unique_ptr<Provider>> {
    return std::unique_ptr<Provider>(new FakeProvider(*this, std::move(settings)));
  };
}

}  // namespace ccloud::cloud::testing
