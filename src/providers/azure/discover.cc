// Finding what is ours. One list of groups says where there is anything; within a group the lists
// of machines, interfaces and addresses make the nodes; power states come from one list for the
// whole subscription, since no other list has them.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "providers/azure/driver.h"

namespace ccloud::azure {
namespace {

std::string mark_of(const cloud::Labels& labels, std::string_view mark) {
  const auto found = labels.find(std::string(mark));
  return found == labels.end() ? std::string() : found->second;
}

/// The first interface, or the one that is called primary.
json::Value primary_interface(json::Value machine) {
  json::Value out;
  for (const auto& item :
       machine.get("properties").get("networkProfile").get("networkInterfaces").items()) {
    if (!out.exists() || item.get("properties").get("primary").bool_or(false)) out = item;
  }
  return out;
}

void attach(cloud::Instance& instance, const Attachment& nic,
            const std::map<std::string, std::string>& addresses) {
  instance.private_ip = nic.private_ip;
  if (const auto found = addresses.find(nic.address_id); found != addresses.end()) {
    instance.public_ip = found->second;
  }
  instance.subnet_id = nic.subnet_id;
  const auto asked = mark_of(nic.tags, mark_network_id);
  instance.network_id = asked.empty() ? parent_of(nic.subnet_id) : asked;
  if (!nic.security_group_id.empty()) instance.firewall_ids.push_back(nic.security_group_id);
  for (const auto& id : nic.application_group_ids) {
    // The group that goes with our own firewall is a part of it.
    if (name_of(id) != name_of(nic.security_group_id)) instance.firewall_ids.push_back(id);
  }
  // Who takes a machine's tags away leaves its interface's: it is still known whose it is. The rest
  // (ccloud-spec, the user's labels) is missed and written again.
  if (instance.cluster.empty()) instance.cluster = mark_of(nic.tags, cloud::mark_cluster);
}

}  // namespace

Task<Documents> Driver::list(Context ctx, std::string region, std::string scope, Kind kind,
                             std::string query) {
  const bool is_compute = kind == Kind::machine || kind == Kind::disk;
  const auto version = kind == Kind::disk ? api_.versions().disks
                       : is_compute       ? api_.versions().compute
                                          : api_.versions().network;
  const auto path = list_path(scope, kind);
  auto found = co_await api_
                   .pages(ctx, {.region = region,
                                .path = path + query,
                                .version = version,
                                .what = "listing " + name_of(path)})
                   .result();
  // The group went away in between.
  if (!found && found.error().code == ErrorCode::not_found) co_return Documents();
  co_return found;
}

Task<Statuses> Driver::list_statuses(Context ctx, std::string subscription) {
  Statuses out;
  const auto pages =
      co_await list(ctx, "", "/subscriptions/" + subscription, Kind::machine, "?statusOnly=true");
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      const auto properties = item.get("properties");
      out[to_lower(item.get("id").string_or())] = {
          .provisioning = properties.get("provisioningState").string_or(),
          .status = read_statuses(properties.get("instanceView"))};
    }
  }
  co_return out;
}

/// Machines with their addresses; interfaces and addresses that no machine uses go into the lists.
Task<std::vector<cloud::Instance>> Driver::list_machines(Context ctx, std::string scope,
                                                         std::string region,
                                                         std::shared_ptr<Statuses> statuses,
                                                         std::vector<Attachment>& unused,
                                                         std::vector<std::string>& addresses) {
  std::vector<Task<Documents>> tasks;
  for (const auto kind : {Kind::machine, Kind::interface, Kind::address}) {
    tasks.push_back(list(ctx, region, scope, kind));
  }
  auto lists = co_await async::when_all(ctx.loop(), std::move(tasks));
  for (auto& one : lists) {
    if (!one) co_return one.error();
  }
  std::map<std::string, std::string> ips;
  for (const auto& page : *lists[2]) {
    for (const auto& item : page.root().get("value").items()) {
      const auto id = to_lower(item.get("id").string_or());
      ips[id] = item.get("properties").get("ipAddress").string_or();
      if (!item.get("properties").has("ipConfiguration")) addresses.push_back(id);
    }
  }
  std::map<std::string, Attachment> nics;
  for (const auto& page : *lists[1]) {
    for (const auto& item : page.root().get("value").items()) {
      auto nic = parse_interface(item);
      if (nic.machine_id.empty()) unused.push_back(nic);
      nics.emplace(nic.id, std::move(nic));
    }
  }
  std::vector<cloud::Instance> out;
  for (const auto& page : *lists[0]) {
    for (const auto& item : page.root().get("value").items()) {
      auto instance = parse_machine(item);
      if (!region.empty() && instance.region != region) continue;
      const auto status = statuses->find(to_lower(item.get("id").string_or()));
      if (status != statuses->end()) {
        // The model's own word is the newer one when the two lists disagree on an end.
        const auto model = item.get("properties").get("provisioningState").string_or();
        apply_status(instance, model.empty() ? status->second.provisioning : model,
                     status->second.status);
      }
      const auto nic = nics.find(to_lower(primary_interface(item).get("id").string_or()));
      if (nic != nics.end()) attach(instance, nic->second, ips);
      out.push_back(std::move(instance));
    }
  }
  co_return out;
}

Task<void> Driver::find_networks(Context ctx, std::string group, std::string project,
                                 cloud::RegionInventory& into) {
  const auto pages = co_await list(ctx, into.region, group, Kind::network);
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      auto network = parse_network(item);
      // Within our group the name is a mark, too: somebody may have removed the tags.
      const bool is_ours = mark_of(network.labels, cloud::mark_project) == project ||
                           name_of(network.id).starts_with("net-");
      if (is_ours) into.networks.push_back(std::move(network));
    }
  }
  co_return {};
}

Task<void> Driver::find_firewalls(Context ctx, std::string group, std::string project,
                                  cloud::RegionInventory& into) {
  const auto pages = co_await list(ctx, into.region, group, Kind::security_group);
  std::set<std::string> names;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      cloud::Firewall firewall;
      firewall.id = canonical(item.get("id").string_or());
      firewall.labels = read_tags(item.get("tags"));
      firewall.region = into.region;
      const auto own = name_of(firewall.id);
      if (mark_of(firewall.labels, cloud::mark_project) != project && !own.starts_with("fw-")) {
        continue;
      }
      names.insert(own);
      const auto dot = own.find('.');
      firewall.name = mark_of(firewall.labels, cloud::mark_firewall);
      if (firewall.name.empty()) firewall.name = own.substr(dot + 1);
      firewall.network_id = mark_of(firewall.labels, mark_network_id);
      if (firewall.network_id.empty() && own.starts_with("fw-") && dot != std::string::npos) {
        firewall.network_id =
            resource_path(group, Kind::network, network_name(own.substr(3, dot - 3)));
      }
      firewall.rules = parse_rules(item);
      into.firewalls.push_back(std::move(firewall));
    }
  }
  const auto groups = co_await list(ctx, into.region, group, Kind::application_group);
  for (const auto& page : groups) {
    for (const auto& item : page.root().get("value").items()) {
      const auto name = to_lower(item.get("name").string_or());
      if (!name.starts_with("fw-") || names.contains(name)) continue;
      into.leftovers.push_back("application-group " + canonical(item.get("id").string_or()));
    }
  }
  co_return {};
}

/// Root disks that outlived their machines.
Task<void> Driver::find_disks(Context ctx, std::string group, cloud::RegionInventory& into) {
  const auto pages = co_await list(ctx, into.region, group, Kind::disk);
  std::set<std::string> expected;
  for (const auto& node : into.nodes) expected.insert(to_lower(disk_name(node.name)));
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      const auto name = to_lower(item.get("name").string_or());
      if (item.has("managedBy") || !name.ends_with("-os") || expected.contains(name)) continue;
      into.leftovers.push_back("disk " + canonical(item.get("id").string_or()));
    }
  }
  co_return {};
}

Task<cloud::RegionInventory> Driver::discover_region(Context ctx, std::string group,
                                                     std::string region, std::string project,
                                                     cloud::Depth depth,
                                                     std::shared_ptr<Statuses> statuses) {
  cloud::RegionInventory out;
  out.region = region;
  std::vector<Attachment> interfaces;
  std::vector<std::string> addresses;
  auto all = co_await list_machines(ctx, group, region, statuses, interfaces, addresses);
  std::set<std::string> nodes;
  for (auto& one : all) {
    const bool is_marked = std::ranges::any_of(
        one.labels, [](const auto& label) { return label.first.starts_with(cloud::mark_prefix); });
    if (!is_marked && one.cluster.empty()) continue;
    nodes.insert(to_lower(one.name));
    out.nodes.push_back(std::move(one));
  }
  if (depth == cloud::Depth::nodes) co_return out;
  co_await find_networks(ctx, group, project, out);
  co_await find_firewalls(ctx, group, project, out);
  co_await find_disks(ctx, group, out);
  // Of a node that is being built interface and address stand alone for a while.
  const auto is_of_a_node = [&](const std::string& id, std::string_view suffix) {
    const auto name = name_of(id);
    return !name.ends_with(suffix) || nodes.contains(name.substr(0, name.size() - suffix.size()));
  };
  for (const auto& nic : interfaces) {
    if (!is_of_a_node(nic.id, "-nic")) out.leftovers.push_back("interface " + canonical(nic.id));
  }
  for (const auto& id : addresses) {
    if (!is_of_a_node(id, "-ip")) out.leftovers.push_back("address " + canonical(id));
  }
  if (out.nodes.empty() && out.networks.empty() && out.firewalls.empty() && out.leftovers.empty() &&
      co_await is_empty_group(ctx, group, region)) {
    out.leftovers.push_back("resource-group " + group);
  }
  // An interface holds its address: "interface" goes before "address".
  std::ranges::sort(out.leftovers, std::greater<>());
  co_return out;
}

Task<cloud::Inventory> Driver::discover(Context ctx, cloud::DiscoverRequest request) {
  const auto subscription = co_await api_.subscription(ctx);
  const auto pages = co_await api_.pages(
      ctx, {.path = fmt::format("/subscriptions/{}/resourcegroups", subscription),
            .version = api_.versions().resources,
            .what = "listing the resource groups"});
  std::set<std::string> groups;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      groups.insert(to_lower(item.get("name").string_or()));
    }
  }
  std::vector<std::string> names;
  for (const auto& region : request.regions) names.push_back(normal_location(region));
  if (names.empty()) {
    for (auto& region : co_await regions(ctx)) names.push_back(std::move(region.name));
  }
  auto statuses = std::make_shared<Statuses>();
  const bool has_any = std::ranges::any_of(names, [&](const auto& region) {
    return groups.contains(group_name(request.project, region));
  });
  if (has_any) *statuses = co_await list_statuses(ctx, subscription);

  cloud::Inventory inventory;
  std::vector<Task<cloud::RegionInventory>> tasks;
  std::vector<std::size_t> places;
  for (const auto& region : names) {
    cloud::RegionInventory empty;
    empty.region = region;
    inventory.regions.push_back(std::move(empty));
    const auto group = group_name(request.project, region);
    if (!groups.contains(group)) continue;
    places.push_back(inventory.regions.size() - 1);
    tasks.push_back(discover_region(ctx, group_path(subscription, group), region, request.project,
                                    request.depth, statuses));
  }
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto& into = inventory.regions[places[i]];
    if (results[i]) {
      into = std::move(*results[i]);
    } else {
      into.error = results[i].error();
      into.error->region = into.region;
    }
  }
  co_return inventory;
}

Task<std::vector<cloud::Instance>> Driver::find_existing(Context ctx, cloud::MatchRequest request) {
  const auto subscription = co_await api_.subscription(ctx);
  auto statuses = std::make_shared<Statuses>(co_await list_statuses(ctx, subscription));
  std::vector<Attachment> unused;
  std::vector<std::string> addresses;
  auto all = co_await list_machines(ctx, "/subscriptions/" + subscription,
                                    normal_location(request.region), statuses, unused, addresses);
  std::vector<cloud::Instance> out;
  for (auto& instance : all) {
    const bool fits = std::ranges::all_of(request.match, [&](const auto& wanted) {
      return std::ranges::any_of(instance.labels, [&](const auto& label) {
        return equals_ignoring_case(label.first, wanted.first) && label.second == wanted.second;
      });
    });
    if (fits) out.push_back(std::move(instance));
  }
  co_return out;
}

}  // namespace ccloud::azure
