// Per region one list of nodes and, for everything else, one list of what carries the mark; details
// only of kinds that it names. Nodes never by that list: it lags.
#include "providers/aws/discover.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "async/group.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/errors.h"
#include "providers/aws/firewalls.h"
#include "providers/aws/networks.h"

namespace ccloud::aws {
namespace {

using cloud::Instance;
using cloud::NodeState;
using cloud::RegionInventory;

std::string project_filter() { return fmt::format("tag:{}", cloud::mark_project); }

Form by_project(std::string action, const std::string& project) {
  Form form(std::move(action));
  form.filter(project_filter(), {project});
  return form;
}

struct SeenNode {
  Instance instance;
  std::string root_volume;
};

/// Without those that ended as somebody wanted, and without failed births whose name lives again.
std::vector<SeenNode> living(std::vector<SeenNode> all) {
  std::set<std::string> alive;
  for (const auto& one : all) {
    const auto state = one.instance.state;
    if (state != NodeState::error && state != NodeState::terminated &&
        state != NodeState::terminating) {
      alive.insert(one.instance.name);
    }
  }
  std::erase_if(all, [&](const SeenNode& one) {
    return one.instance.state == NodeState::terminated ||
           (one.instance.state == NodeState::error && alive.contains(one.instance.name));
  });
  return all;
}

Task<std::vector<SeenNode>> list_nodes(Context ctx, Api& api, std::string region,
                                       std::string project) {
  std::vector<SeenNode> nodes;
  co_await api.ec2_pages(ctx, region, "listing nodes", by_project("DescribeInstances", project),
                         1000, [&](Node root) {
                           for (const Node reservation : root.items("reservationSet")) {
                             for (const Node item : reservation.items("instancesSet")) {
                               nodes.push_back({read_instance(item, region), root_volume_of(item)});
                             }
                           }
                         });
  co_return living(std::move(nodes));
}

/// Resource types that carry the project's mark in the region.
Task<std::set<std::string>> list_kinds(Context ctx, Api& api, std::string region,
                                       std::string project) {
  Form form("DescribeTags");
  form.filter("key", {std::string(cloud::mark_project)}).filter("value", {project});
  std::set<std::string> kinds;
  co_await api.ec2_pages(ctx, region, "listing what the project owns", std::move(form), 1000,
                         [&](Node root) {
                           for (const Node item : root.items("tagSet")) {
                             kinds.insert(item.text("resourceType"));
                           }
                         });
  co_return kinds;
}

Task<void> add_networks(Context ctx, Api& api, std::string project, RegionInventory& into) {
  auto all = co_await list_networks(ctx, api, into.region, by_project("DescribeVpcs", project));
  std::set<std::string> with_nodes;
  for (const auto& node : into.nodes) with_nodes.insert(node.network_id);
  std::map<std::string, std::vector<cloud::Network>> by_name;
  for (auto& network : all) by_name[network.name].push_back(std::move(network));
  for (auto& [name, rivals] : by_name) {
    std::vector<Contender> contenders;
    for (const auto& network : rivals) {
      contenders.push_back({.id = network.id,
                            .has_nodes = with_nodes.contains(network.id),
                            .has_subnets = !network.subnets.empty()});
    }
    const auto winner = elect(contenders);
    for (std::size_t i = 0; i < rivals.size(); ++i) {
      if (i != winner) into.leftovers.push_back("network " + rivals[i].id);
    }
    into.networks.push_back(std::move(rivals[winner]));
  }
  co_return {};
}

Task<void> add_loose_gateways(Context ctx, Api& api, std::string project, RegionInventory& into) {
  const auto xml = co_await api.ec2(ctx, into.region, "listing gateways",
                                    by_project("DescribeInternetGateways", project));
  for (const Node item : xml.root().items("internetGatewaySet")) {
    if (item.items("attachmentSet").empty()) {
      into.leftovers.push_back("gateway " + item.text("internetGatewayId"));
    }
  }
  co_return {};
}

Task<void> add_firewalls(Context ctx, Api& api, std::string project, RegionInventory& into) {
  const auto groups =
      co_await list_groups(ctx, api, into.region, by_project("DescribeSecurityGroups", project));
  for (const auto& group : groups) {
    into.firewalls.push_back(to_firewall(group, groups, into.region));
  }
  co_return {};
}

Task<void> add_keys(Context ctx, Api& api, std::string project, RegionInventory& into) {
  const auto xml =
      co_await api.ec2(ctx, into.region, "listing keys", by_project("DescribeKeyPairs", project));
  for (const Node item : xml.root().items("keySet")) {
    into.keys.push_back({.id = item.text("keyPairId"),
                         .name = item.text("keyName"),
                         .region = into.region,
                         .fingerprint = {},
                         .labels = read_tags(item)});
  }
  co_return {};
}

/// Sizes of root disks; and volumes that outlived their node.
Task<void> add_volumes(Context ctx, Api& api, std::string project,
                       const std::vector<SeenNode>& nodes, RegionInventory& into) {
  struct Volume {
    std::int64_t gib;
    std::string type;
  };
  std::map<std::string, Volume> volumes;
  co_await api.ec2_pages(ctx, into.region, "listing disks", by_project("DescribeVolumes", project),
                         500, [&](Node root) {
                           for (const Node item : root.items("volumeSet")) {
                             const std::string id = item.text("volumeId");
                             volumes[id] = {item.number("size"), item.text("volumeType")};
                             if (item.text("status") == "available") {
                               into.leftovers.push_back("disk " + id);
                             }
                           }
                         });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto found = volumes.find(nodes[i].root_volume);
    if (found == volumes.end()) continue;
    into.nodes[i].disk_gib = found->second.gib;
    into.nodes[i].disk_type = found->second.type == "standard" ? "hdd" : "ssd";
  }
  co_return {};
}

Task<void> add_interfaces(Context ctx, Api& api, std::string project, RegionInventory& into) {
  co_await api.ec2_pages(
      ctx, into.region, "listing interfaces", by_project("DescribeNetworkInterfaces", project),
      1000, [&](Node root) {
        for (const Node item : root.items("networkInterfaceSet")) {
          if (item.text("status") != "available") continue;
          into.leftovers.push_back("interface " + item.text("networkInterfaceId"));
        }
      });
  co_return {};
}

Task<void> add_addresses(Context ctx, Api& api, std::string project, RegionInventory& into) {
  const auto xml = co_await api.ec2(ctx, into.region, "listing addresses",
                                    by_project("DescribeAddresses", project));
  for (const Node item : xml.root().items("addressesSet")) {
    into.leftovers.push_back("address " + item.text("allocationId"));
  }
  co_return {};
}

Task<void> fill_region(Context ctx, Api& api, const cloud::DiscoverRequest& request,
                       RegionInventory& into) {
  const bool wants_all = request.depth == cloud::Depth::everything;
  std::vector<Task<std::set<std::string>>> kinds_task;
  if (wants_all) kinds_task.push_back(list_kinds(ctx, api, into.region, request.project));
  std::vector<Task<std::vector<SeenNode>>> nodes_task;
  nodes_task.push_back(list_nodes(ctx, api, into.region, request.project));
  // Both lists at the same time.
  Result<std::vector<SeenNode>> nodes = std::vector<SeenNode>();
  Result<std::set<std::string>> kinds = std::set<std::string>();
  async::Group group(api.loop());
  group.spawn([](auto* from, auto* to) -> Task<void> {
    *to = co_await std::move(from->front()).result();
    co_return {};
  }(&nodes_task, &nodes));
  if (wants_all) {
    group.spawn([](auto* from, auto* to) -> Task<void> {
      *to = co_await std::move(from->front()).result();
      co_return {};
    }(&kinds_task, &kinds));
  }
  co_await group.join();
  const auto seen = co_await std::move(nodes);
  for (const auto& one : seen) into.nodes.push_back(one.instance);
  const auto found = co_await std::move(kinds);
  std::vector<Task<void>> details;
  const auto look = [&](const char* kind, auto lister) {
    if (found.contains(kind)) details.push_back(lister(ctx, api, request.project, into));
  };
  look("vpc", add_networks);
  look("internet-gateway", add_loose_gateways);
  look("security-group", add_firewalls);
  look("key-pair", add_keys);
  look("network-interface", add_interfaces);
  look("elastic-ip", add_addresses);
  if (found.contains("volume")) {
    details.push_back(add_volumes(ctx, api, request.project, seen, into));
  }
  for (auto& done : co_await async::when_all(api.loop(), std::move(details))) co_await done;
  std::ranges::sort(into.leftovers);
  co_return {};
}

Task<RegionInventory> discover_region(Context ctx, Api& api, const cloud::DiscoverRequest& request,
                                      std::string region) {
  RegionInventory inventory;
  inventory.region = region;
  auto filled = co_await fill_region(ctx, api, request, inventory).result();
  if (!filled.has_value()) {
    // Half a picture misleads: what was not seen would look as if it were not there.
    inventory = {};
    inventory.region = region;
    inventory.error = filled.error();
    inventory.is_forbidden = is_region_closed(filled.error());
  }
  co_return inventory;
}

bool is_everywhere(ErrorCode code) {
  return code == ErrorCode::unauthenticated || code == ErrorCode::unavailable ||
         code == ErrorCode::timed_out || code == ErrorCode::cancelled;
}

}  // namespace

Task<std::vector<cloud::RegionInfo>> list_regions(Context ctx, Api& api) {
  const auto xml =
      co_await api.ec2(ctx, api.home_region(), "listing regions", Form("DescribeRegions"));
  std::vector<cloud::RegionInfo> regions;
  for (const Node item : xml.root().items("regionInfo")) {
    regions.push_back({.name = item.text("regionName"),
                       .is_enabled = item.text("optInStatus") != "not-opted-in"});
  }
  co_return regions;
}

Task<cloud::Inventory> discover(Context ctx, Api& api, cloud::DiscoverRequest request) {
  if (request.regions.empty()) {
    for (const auto& region : co_await list_regions(ctx, api)) {
      if (region.is_enabled) request.regions.push_back(region.name);
    }
  }
  std::vector<Task<RegionInventory>> tasks;
  for (const auto& region : request.regions) {
    tasks.push_back(discover_region(ctx, api, request, region));
  }
  cloud::Inventory inventory;
  for (auto& one : co_await async::when_all(api.loop(), std::move(tasks))) {
    inventory.regions.push_back(co_await std::move(one));
  }
  // One error everywhere is no region's: there are no credentials, or no way to the cloud.
  const bool is_hopeless =
      !inventory.regions.empty() && std::ranges::all_of(inventory.regions, [](const auto& region) {
        return region.error.has_value() && is_everywhere(region.error->code);
      });
  if (is_hopeless) co_return *inventory.regions.front().error;
  co_return inventory;
}

Task<std::vector<Instance>> find_existing(Context ctx, Api& api, cloud::MatchRequest request) {
  Form form("DescribeInstances");
  for (const auto& [key, value] : request.match) form.filter("tag:" + key, {value});
  form.filter("instance-state-name", {"pending", "running", "stopping", "stopped"});
  std::vector<Instance> found;
  co_await api.ec2_pages(ctx, request.region, "listing nodes of others", std::move(form), 1000,
                         [&](Node root) {
                           for (auto& one : read_instances(root, request.region)) {
                             found.push_back(std::move(one));
                           }
                         });
  for (auto& one : found) {
    if (!one.name.empty()) continue;
    const auto name = one.labels.find("Name");
    one.name = name == one.labels.end() || name->second.empty() ? one.id : name->second;
  }
  co_return found;
}

Task<void> delete_leftover(Context ctx, Api& api, std::string region, std::string leftover) {
  const auto blank = leftover.find(' ');
  const std::string kind = leftover.substr(0, blank);
  const std::string id = blank == std::string::npos ? std::string() : leftover.substr(blank + 1);
  if (kind == "network") {
    co_return co_await delete_network(ctx, api, {.id = id, .name = id, .region = region}).result();
  }
  if (kind == "gateway") {
    co_return co_await delete_gateway(ctx, api, region, id, {}).result();
  }
  struct Row {
    std::string_view kind;
    const char* action;
    const char* key;
  };
  constexpr std::array<Row, 3> rows = {
      {{"disk", "DeleteVolume", "VolumeId"},
       {"interface", "DeleteNetworkInterface", "NetworkInterfaceId"},
       {"address", "ReleaseAddress", "AllocationId"}}};
  const auto row = std::ranges::find(rows, kind, &Row::kind);
  if (row == rows.end() || id.empty()) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("\"{}\" is no leftover of AWS", leftover));
  }
  Form form(row->action);
  form.add(row->key, id);
  const std::string what = fmt::format("deleting the {}", leftover);
  const auto step = [&] { return cloud::effect_of(api.ec2(ctx, region, what, form), is_missing); };
  co_return co_await cloud::repeat_while(ctx, {}, step, is_busy).result();
}

}  // namespace ccloud::aws
