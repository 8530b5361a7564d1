// Finding what is ours: servers by tag, Neutron's things by description, keys by name.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/neutron.h"

namespace ccloud::openstack {
namespace {

/// Of several groups of a name those that no port of ours has, but for the one that counts.
void take_out_spare(cloud::RegionInventory& into, const std::set<std::string>& held) {
  std::set<std::pair<std::string, std::string>> names;
  std::erase_if(into.firewalls, [&](const cloud::Firewall& one) {
    if (names.emplace(one.network_id, one.name).second || held.contains(one.id)) return false;
    into.leftovers.push_back("security-group " + one.id);
    return true;
  });
}

}  // namespace

Task<std::vector<cloud::Instance>> Driver::list_servers(Context ctx, std::string region,
                                                        std::string query) {
  const auto pages = co_await api_.pages(
      ctx, {.region = region, .path = "/servers/detail" + query, .what = "listing the servers"},
      "servers");
  std::vector<cloud::Instance> out;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("servers").items()) {
      out.push_back(parse_server(item, region));
    }
  }
  co_await explain_errors(ctx, out);
  co_return out;
}

/// Lists do not always say why a server is in ERROR; the server itself does. For the first few.
Task<void> Driver::explain_errors(Context ctx, std::vector<cloud::Instance>& servers) {
  int most = 10;
  for (auto& one : servers) {
    if (one.state != cloud::NodeState::error || !one.state_reason.empty() || most-- <= 0) continue;
    const auto shown =
        co_await server(ctx, {.id = one.id, .name = one.name, .region = one.region}).result();
    if (shown) one.state_reason = shown->state_reason;
  }
  co_return {};
}

/// Of several routers of a name those that join nothing, but for the one that counts when none of
/// them does: a machine that was cut off left them.
Task<std::vector<std::string>> Driver::spare_routers(Context ctx, std::string region,
                                                     Candidates routers) {
  std::vector<std::string> spare;
  if (routers.size() < 2) co_return spare;
  for (const auto& router : routers) {
    const auto ports = co_await neutron(ctx, region, "GET", "/ports?device_id=" + router.id, "",
                                        "looking at the router's interfaces");
    if (ports.root().get("ports").size() == 0) spare.push_back(router.id);
  }
  if (spare.size() == routers.size()) spare.erase(spare.begin());
  co_return spare;
}

Task<void> Driver::find_networks(Context ctx, std::string project, cloud::RegionInventory& into,
                                 std::vector<std::string>& spare) {
  const std::string filter = "?description=" + percent_encode(description_of(project));
  const auto networks =
      co_await neutron(ctx, into.region, "GET", "/networks" + filter, "", "listing the networks");
  const auto subnets =
      co_await neutron(ctx, into.region, "GET", "/subnets" + filter, "", "listing the subnets");
  const auto routers =
      co_await neutron(ctx, into.region, "GET", "/routers" + filter, "", "listing the routers");
  std::map<std::string, Candidates> routed;
  for (const auto& router : routers.root().get("routers").items()) {
    routed[name_in(router.get("name").string_or(), project, "router")].insert(
        read_candidate(router));
  }
  // Of several of a name the one with a subnet stands first, then the one that counts.
  std::map<std::tuple<std::string, bool, Candidate>, cloud::Network> found;
  for (const auto& item : networks.root().get("networks").items()) {
    auto network = parse_network(item, into.region);
    network.name = name_in(network.name, project, "network");
    for (const auto& subnet : subnets.root().get("subnets").items()) {
      if (subnet.get("network_id").string_or() != network.id) continue;
      network.cidr = subnet.get("cidr").string_or();
      network.subnets.push_back(
          {.id = subnet.get("id").string_or(), .zone = "", .cidr = network.cidr});
    }
    network.is_complete = !network.subnets.empty();
    const std::tuple rank(network.name, !network.is_complete, read_candidate(item));
    found.emplace(rank, std::move(network));
  }
  std::set<std::string> names;
  for (auto& [rank, network] : found) {
    const bool is_first = names.insert(network.name).second;
    if (is_first || network.is_complete) {
      into.networks.push_back(std::move(network));
    } else {
      spare.push_back("network " + network.id);
    }
  }
  for (const auto& [name, all] : routed) {
    if (names.contains(name)) {
      for (const auto& id : co_await spare_routers(ctx, into.region, all)) {
        spare.push_back("router " + id);
      }
    } else {
      for (const auto& router : all) spare.push_back("router " + router.id);
    }
  }
  co_return {};
}

Task<void> Driver::find_firewalls(Context ctx, std::string project, cloud::RegionInventory& into) {
  const auto found =
      co_await neutron(ctx, into.region, "GET",
                       "/security-groups?description=" + percent_encode(description_of(project)),
                       "", "listing the security groups");
  std::map<std::string, std::string> names;  // id to our name, for rules that point at groups
  for (const auto& item : found.root().get("security_groups").items()) {
    const auto full = name_in(item.get("name").string_or(), project, "firewall");
    names[item.get("id").string_or()] = full.substr(full.find('.') + 1);
  }
  std::map<std::pair<std::string, Candidate>, json::Value> ranked;  // of doubles the first counts
  for (const auto& item : found.root().get("security_groups").items()) {
    ranked.emplace(std::pair(item.get("name").string_or(), read_candidate(item)), item);
  }
  for (const auto& [rank, item] : ranked) {
    const auto full = name_in(rank.first, project, "firewall");
    cloud::Firewall firewall;
    firewall.id = item.get("id").string_or();
    firewall.name = names[firewall.id];
    firewall.region = into.region;
    firewall.has_labels = item.has("tags");
    firewall.labels = labels_of(item.get("tags"));
    firewall.network_id = full.substr(0, full.find('.'));
    for (auto& rule : parse_rules(item)) {
      if (rule.is_egress || !rule.is_ours) continue;
      if (!rule.rule.group.empty()) {
        const auto name = names.find(rule.rule.group);
        rule.rule.group = name == names.end() ? rule.rule.group : name->second;
      }
      firewall.rules.push_back(rule.rule);
    }
    std::ranges::sort(firewall.rules);
    into.firewalls.push_back(std::move(firewall));
  }
  co_return {};
}

Task<void> Driver::find_keys(Context ctx, std::string project, cloud::RegionInventory& into) {
  const auto found = co_await api_.send(
      ctx, {.region = into.region, .path = "/os-keypairs", .what = "listing the key pairs"});
  for (const auto& item : found.root().get("keypairs").items()) {
    const auto pair = item.get("keypair");
    const auto name = name_in(pair.get("name").string_or(), project, "key");
    if (name.empty()) continue;
    into.keys.push_back({.id = pair.get("name").string_or(),
                         .name = name,
                         .region = into.region,
                         .fingerprint = pair.get("public_key").string_or(),
                         .labels = {},
                         .has_labels = false});
  }
  co_return {};
}

/// Ports and floating addresses of nodes that are no more; `held` becomes the groups of all ports.
Task<void> Driver::find_leftovers(Context ctx, std::string project, cloud::RegionInventory& into,
                                  std::set<std::string>& held) {
  const std::string filter = "?description=" + percent_encode(description_of(project));
  const auto list = [&](const std::string& collection) {
    return api_.pages(ctx,
                      {.region = into.region,
                       .service = Service::network,
                       .path = "/" + collection + filter,
                       .what = "listing the " + collection},
                      collection);
  };
  const auto ports = co_await list("ports");
  std::set<std::string> used;
  std::set<std::string> nodes;    // a node that is being built does not hold its port yet
  std::set<std::string> leaving;  // Nova lets go of a port of ours, it does not delete it
  for (const auto& node : into.nodes) {
    const bool is_leaving =
        node.state == cloud::NodeState::terminating || node.state == cloud::NodeState::terminated;
    (is_leaving ? leaving : nodes).insert(is_leaving ? node.id : node.name);
  }
  for (const auto& page : ports) {
    for (const auto& port : page.root().get("ports").items()) {
      for (const auto& group : port.get("security_groups").items()) held.insert(group.string_or());
      const auto id = port.get("id").string_or();
      const auto owner = name_in(port.get("name").string_or(), project, "port");
      const auto holder = port.get("device_id").string_or();
      if ((holder.empty() || leaving.contains(holder)) && !nodes.contains(owner)) {
        into.leftovers.push_back("port " + id);
      } else {
        used.insert(id);
      }
    }
  }
  for (const auto& page : co_await list("floatingips")) {
    for (const auto& address : page.root().get("floatingips").items()) {
      if (used.contains(address.get("port_id").string_or())) continue;
      into.leftovers.push_back("floatingip " + address.get("id").string_or());
    }
  }
  co_return {};
}

Task<cloud::RegionInventory> Driver::discover_region(Context ctx, std::string region,
                                                     std::string project, cloud::Depth depth) {
  cloud::RegionInventory out;
  out.region = region;
  const auto tag = "?tags=" + percent_encode(project_tag(project));
  out.nodes = co_await list_servers(ctx, region, tag);
  if (depth == cloud::Depth::nodes) co_return out;
  // Side by side; each fills a part of its own, and the leftovers go by the nodes.
  std::vector<std::string> spare;
  std::set<std::string> held;
  std::vector<Task<void>> lists;
  lists.push_back(find_networks(ctx, project, out, spare));
  lists.push_back(find_firewalls(ctx, project, out));
  lists.push_back(find_keys(ctx, project, out));
  lists.push_back(find_leftovers(ctx, project, out, held));
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(lists))) co_await done;
  out.leftovers.insert(out.leftovers.end(), spare.begin(), spare.end());
  take_out_spare(out, held);
  // Addresses go before their ports, and those before their groups:
  // "floatingip" sorts before "network", "port", "router", "security-group".
  std::ranges::sort(out.leftovers);
  co_return out;
}

Task<cloud::Inventory> Driver::discover(Context ctx, cloud::DiscoverRequest request) {
  const auto token = co_await api_.token(ctx);
  auto names = request.regions.empty() ? regions_of(token, api_.login()) : request.regions;
  std::vector<Task<cloud::RegionInventory>> tasks;
  for (const auto& name : names) {
    tasks.push_back(discover_region(ctx, name, request.project, request.depth));
  }
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  cloud::Inventory inventory;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) {
      inventory.regions.push_back(std::move(*results[i]));
      continue;
    }
    cloud::RegionInventory failed;
    failed.region = names[i];
    failed.error = results[i].error();
    failed.error->region = names[i];
    inventory.regions.push_back(std::move(failed));
  }
  co_return inventory;
}

Task<std::vector<cloud::Instance>> Driver::find_existing(Context ctx, cloud::MatchRequest request) {
  const auto all = co_await list_servers(ctx, request.region, "");
  std::vector<cloud::Instance> out;
  for (const auto& instance : all) {
    const bool fits = std::ranges::all_of(request.match, [&](const auto& wanted) {
      const auto found = instance.labels.find(wanted.first);
      return found != instance.labels.end() && found->second == wanted.second;
    });
    if (fits) out.push_back(instance);
  }
  co_return out;
}

}  // namespace ccloud::openstack
