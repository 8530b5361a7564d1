// Finding what is ours: servers by tag, Neutron's things by description, keys by name.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/neutron.h"

namespace ccloud::openstack {

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

Task<void> Driver::find_networks(Context ctx, std::string project, cloud::RegionInventory& into) {
  const std::string filter = "?description=" + percent_encode(description_of(project));
  const auto networks =
      co_await neutron(ctx, into.region, "GET", "/networks" + filter, "", "listing the networks");
  const auto subnets =
      co_await neutron(ctx, into.region, "GET", "/subnets" + filter, "", "listing the subnets");
  const auto routers =
      co_await neutron(ctx, into.region, "GET", "/routers" + filter, "", "listing the routers");
  std::set<std::string> routed;
  for (const auto& router : routers.root().get("routers").items()) {
    routed.insert(name_in(router.get("name").string_or(), project, "router"));
  }
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
    routed.erase(network.name);
    into.networks.push_back(std::move(network));
  }
  for (const auto& router : routers.root().get("routers").items()) {
    const auto name = name_in(router.get("name").string_or(), project, "router");
    if (routed.contains(name)) into.leftovers.push_back("router " + router.get("id").string_or());
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
  for (const auto& item : found.root().get("security_groups").items()) {
    const auto full = name_in(item.get("name").string_or(), project, "firewall");
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

/// Ports and floating addresses of nodes that are no more.
Task<void> Driver::find_leftovers(Context ctx, std::string project, cloud::RegionInventory& into) {
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
  // Addresses go before their ports:
  // "floatingip" sorts before "port" before "router".
  std::ranges::sort(into.leftovers);
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
  std::vector<Task<void>> lists;
  lists.push_back(find_networks(ctx, project, out));
  lists.push_back(find_firewalls(ctx, project, out));
  lists.push_back(find_keys(ctx, project, out));
  lists.push_back(find_leftovers(ctx, project, out));
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(lists))) co_await done;
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
