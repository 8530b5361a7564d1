// Looking up, electing and completing networks. Deleting is in network_delete.cc.
#include "providers/aws/networks.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "cloud/existing.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/errors.h"
#include "providers/aws/labels.h"
#include "providers/aws/plumbing.h"

namespace ccloud::aws {
namespace {

using cloud::Network;
using cloud::NetworkSpec;

/// By id.
Task<std::vector<cloud::Subnet>> list_subnets(Context ctx, Api& api, std::string region,
                                              std::string vpc) {
  Form form("DescribeSubnets");
  form.filter("vpc-id", {vpc});
  std::vector<cloud::Subnet> subnets;
  co_await api.ec2_pages(ctx, region, fmt::format("looking at the network {}", vpc),
                         std::move(form), 1000, [&](Node root) {
                           for (const Node item : root.items("subnetSet")) {
                             subnets.push_back(read_subnet(item));
                           }
                         });
  std::ranges::sort(subnets, {}, &cloud::Subnet::id);
  co_return subnets;
}

Task<Network> fill(Context ctx, Api& api, std::string region, Network network) {
  network.subnets = co_await list_subnets(ctx, api, region, network.id);
  const auto plumbing = co_await read_plumbing(ctx, api, region, network.id);
  network.is_complete = !plumbing.gateway_id.empty() && !plumbing.default_route.empty() &&
                        !plumbing.is_blackhole && !network.subnets.empty();
  co_return network;
}

Task<std::vector<Network>> list_bare(Context ctx, Api& api, std::string region, Form form) {
  std::vector<Network> all;
  co_await api.ec2_pages(ctx, region, "listing networks", std::move(form), 1000, [&](Node root) {
    for (const Node item : root.items("vpcSet")) {
      Network network{.id = item.text("vpcId"),
                      .name = {},
                      .region = region,
                      .cidr = item.text("cidrBlock"),
                      .subnets = {},
                      .labels = read_tags(item)};
      network.name = label_of(network.labels, cloud::mark_network);
      all.push_back(std::move(network));
    }
  });
  co_return all;
}

Form by_marks(const NetworkSpec& spec) {
  Form form("DescribeVpcs");
  const auto filter = [&](std::string_view mark, const std::string& value) {
    form.filter(fmt::format("tag:{}", mark), {value});
  };
  filter(cloud::mark_project, label_of(spec.labels, cloud::mark_project));
  filter(cloud::mark_network, spec.name);
  return form;
}

/// Ids of VPCs in which live nodes of ours are.
Task<std::set<std::string>> with_nodes(Context ctx, Api& api, const NetworkSpec& spec,
                                       const std::vector<Network>& all) {
  std::vector<std::string> ids;
  for (const auto& network : all) ids.push_back(network.id);
  Form form("DescribeInstances");
  form.filter("vpc-id", ids)
      .filter("instance-state-name", {"pending", "running", "stopping", "stopped"});
  std::set<std::string> used;
  co_await api.ec2_pages(ctx, spec.region, "listing nodes", std::move(form), 1000, [&](Node root) {
    for (const auto& node : read_instances(root, spec.region)) {
      used.insert(node.network_id);
    }
  });
  co_return used;
}

Task<std::size_t> elect_among(Context ctx, Api& api, const NetworkSpec& spec,
                              std::vector<Network>& all) {
  if (all.size() == 1) co_return std::size_t{0};
  const auto used = co_await with_nodes(ctx, api, spec, all);
  std::vector<Contender> contenders;
  for (auto& network : all) {
    network.subnets = co_await list_subnets(ctx, api, spec.region, network.id);
    contenders.push_back({.id = network.id,
                          .has_nodes = used.contains(network.id),
                          .has_subnets = !network.subnets.empty()});
  }
  co_return elect(contenders);
}

/// Nothing guards CreateVpc: make one, wait until a list shows what everyone has made, agree. Its
/// gateway and routes are made in that time; subnets are not, since they mark one that was elected.
Task<Network> create_and_elect(Context ctx, Api& api, const NetworkSpec& spec, int attempt = 1) {
  const std::string what = fmt::format("creating the network {}", spec.name);
  const cloud::Labels labels =
      named(spec.labels,
            fmt::format("ccloud-{}-{}", label_of(spec.labels, cloud::mark_project), spec.name));
  Form form("CreateVpc");
  form.add("CidrBlock", spec.cidr).tag_specification("vpc", labels);
  auto made = co_await api.ec2(ctx, spec.region, what, std::move(form), Idempotency::not_idempotent)
                  .result();
  if (!made.has_value() && !made.error().ambiguous) co_return made.error();
  const std::string own = made.has_value() ? made->root().text("vpc/vpcId") : std::string();
  std::vector<Task<void>> meanwhile;
  meanwhile.push_back(ctx.sleep(api.visibility_lag()));
  if (!own.empty()) meanwhile.push_back(ensure_plumbing(ctx, api, spec, own, Loose::left));
  for (auto& done : co_await async::when_all(api.loop(), std::move(meanwhile))) co_await done;
  const auto look = [&] { return list_bare(ctx, api, spec.region, by_marks(spec)); };
  // After a lost reply there may be none: then it is made in the next attempt.
  const auto shows_own = [&](const std::vector<Network>& seen) {
    return own.empty() || std::ranges::find(seen, own, &Network::id) != seen.end();
  };
  auto all = co_await cloud::poll_until(ctx, until_visible, what, look, shows_own);
  if (all.empty()) {
    if (attempt == most_attempts) co_return made.error();
    co_return co_await create_and_elect(ctx, api, spec, attempt + 1);
  }
  std::ranges::sort(all, {}, &Network::id);
  const auto winner = co_await elect_among(ctx, api, spec, all);
  const auto lost = std::ranges::find(all, own, &Network::id);
  if (lost != all.end() && all[winner].id != own) {
    // What fails here is found as a leftover.
    static_cast<void>(co_await delete_network(ctx, api, *lost).result());
  }
  all[winner].is_complete = all[winner].id == own;  // but for its subnets
  co_return std::move(all[winner]);
}

/// Nothing when another machine has made it meanwhile.
Task<std::optional<cloud::Subnet>> make_subnet(Context ctx, Api& api, const NetworkSpec& spec,
                                               const std::string& vpc, std::string zone) {
  const auto index = zone_index(zone);
  const std::string cidr = index.has_value() ? cloud::zone_cidr(spec.cidr, *index) : std::string();
  if (cidr.empty()) {
    co_return make_error(
        ErrorCode::invalid_argument,
        fmt::format("the network {} ({}) has no room for the zone {}", spec.name, spec.cidr, zone),
        "each zone takes an eighth of the network; use a CIDR of /16 to /25");
  }
  const cloud::Labels labels = named(
      spec.labels,
      fmt::format("ccloud-{}-{}-{}", label_of(spec.labels, cloud::mark_project), spec.name, zone));
  Form form("CreateSubnet");
  form.add("VpcId", vpc)
      .add("CidrBlock", cidr)
      .add("AvailabilityZone", zone)
      .tag_specification("subnet", labels);
  const std::string what =
      fmt::format("creating the subnet of the network {} in {}", spec.name, zone);
  const auto step = [&] { return api.ec2(ctx, spec.region, what, form); };
  const auto made = co_await cloud::repeat_while(ctx, until_visible, step, is_missing).result();
  if (made) co_return read_subnet(made->root().find("subnet"));
  // The CIDR is unique in its VPC: it is there already.
  if (made.error().raw_code == "InvalidSubnet.Conflict") co_return std::nullopt;
  co_return made.error();
}

bool has_zone(const std::vector<cloud::Subnet>& subnets, const std::string& zone) {
  return std::ranges::find(subnets, zone, &cloud::Subnet::zone) != subnets.end();
}

/// Those that this run makes are known by their answers; a list may not show them yet.
Task<void> ensure_subnets(Context ctx, Api& api, const NetworkSpec& spec, Network& network) {
  std::vector<Task<std::optional<cloud::Subnet>>> steps;
  for (const auto& zone : spec.zones) {
    if (!has_zone(network.subnets, zone)) {
      steps.push_back(make_subnet(ctx, api, spec, network.id, zone));
    }
  }
  for (auto& made : co_await async::when_all(api.loop(), std::move(steps))) {
    if (!made) co_return made.error();
    if (*made) network.subnets.push_back(**made);
  }
  const auto is_whole = [&](const std::vector<cloud::Subnet>& seen) {
    return std::ranges::all_of(spec.zones,
                               [&](const std::string& zone) { return has_zone(seen, zone); });
  };
  if (!is_whole(network.subnets)) {
    network.subnets = co_await cloud::poll_until(
        ctx, until_visible, fmt::format("creating the network {}", spec.name),
        [&] { return list_subnets(ctx, api, spec.region, network.id); }, is_whole);
  }
  std::ranges::sort(network.subnets, {}, &cloud::Subnet::id);
  co_return {};
}

Task<void> update_labels(Context ctx, Api& api, const NetworkSpec& spec, Network& network) {
  auto set = cloud::label_change(spec.labels, network.labels).set;
  if (set.empty() && spec.remove_labels.empty()) co_return {};
  std::vector<std::string> ids = {network.id};
  for (const auto& subnet : network.subnets) ids.push_back(subnet.id);
  const auto plumbing = co_await read_plumbing(ctx, api, spec.region, network.id);
  if (!plumbing.gateway_id.empty()) ids.push_back(plumbing.gateway_id);
  co_await relabel(ctx, api, spec.region, std::move(ids), std::move(set), spec.remove_labels,
                   fmt::format("labelling the network {}", spec.name));
  for (const auto& [key, value] : spec.labels) network.labels[key] = value;
  for (const auto& key : spec.remove_labels) network.labels.erase(key);
  co_return {};
}

Task<Network> choose_own(Context ctx, Api& api, NetworkSpec spec) {
  auto all = co_await list_bare(ctx, api, spec.region, by_marks(spec));
  std::ranges::sort(all, {}, &Network::id);
  Network chosen;
  if (all.empty()) {
    chosen = co_await create_and_elect(ctx, api, spec);
  } else {
    const auto winner = co_await elect_among(ctx, api, spec, all);
    chosen = std::move(all[winner]);
    chosen.is_complete = false;
  }
  if (chosen.cidr != spec.cidr) {
    co_return make_error(ErrorCode::conflict,
                         fmt::format("the network {} exists as {} with the CIDR {}, not {}",
                                     spec.name, chosen.id, chosen.cidr, spec.cidr),
                         "a network's CIDR cannot change: give the new one another name");
  }
  chosen.name = spec.name;
  co_return chosen;
}

/// Zones as the user wrote them: "a" or "us-east-1a".
std::string full_zone(const std::string& region, const std::string& zone) {
  return zone.size() > 2 ? zone : region + zone;
}

Result<std::vector<cloud::Subnet>> chosen_subnets(const NetworkSpec& spec, const Network& network) {
  if (spec.subnets.empty()) return network.subnets;
  std::vector<cloud::Subnet> wanted;
  for (const auto& [zone, id] : spec.subnets) {
    wanted.push_back({.id = id, .zone = full_zone(spec.region, zone), .cidr = {}});
  }
  return cloud::chosen_subnets(spec, std::move(wanted), network.subnets);
}

Task<Network> existing_network(Context ctx, Api& api, NetworkSpec spec) {
  Form form("DescribeVpcs");
  form.filter("vpc-id", {spec.id});
  auto all = co_await list_bare(ctx, api, spec.region, std::move(form));
  if (all.empty()) co_return cloud::no_such_network(spec);
  Network network = std::move(all.front());
  network.name = spec.name;
  network.is_owned = false;
  network.subnets = co_await list_subnets(ctx, api, spec.region, network.id);
  network.subnets = co_await chosen_subnets(spec, network);
  co_return network;
}

}  // namespace

std::size_t elect(const std::vector<Contender>& all) {
  std::size_t best = 0;
  const auto rank = [](const Contender& one) {
    return one.has_nodes ? 2 : one.has_subnets ? 1 : 0;
  };
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool wins = rank(all[i]) > rank(all[best]) ||
                      (rank(all[i]) == rank(all[best]) && all[i].id < all[best].id);
    if (wins) best = i;
  }
  return best;
}

std::optional<std::size_t> zone_index(std::string_view zone) {
  if (zone.empty() || zone.back() < 'a' || zone.back() > 'h') return std::nullopt;
  return static_cast<std::size_t>(zone.back() - 'a');
}

Task<std::vector<Network>> list_networks(Context ctx, Api& api, std::string region, Form filters) {
  auto bare = co_await list_bare(ctx, api, region, std::move(filters));
  std::vector<Task<Network>> tasks;
  for (auto& network : bare) tasks.push_back(fill(ctx, api, region, std::move(network)));
  std::vector<Network> whole;
  for (auto& one : co_await async::when_all(api.loop(), std::move(tasks))) {
    whole.push_back(co_await std::move(one));
  }
  co_return whole;
}

Task<Network> choose_network(Context ctx, Api& api, NetworkSpec spec) {
  if (spec.id.empty()) co_return co_await choose_own(ctx, api, std::move(spec));
  co_return co_await existing_network(ctx, api, std::move(spec));
}

Task<Network> complete_network(Context ctx, Api& api, NetworkSpec spec, Network chosen) {
  if (!spec.id.empty()) co_return chosen;
  std::vector<Task<void>> steps;
  if (!chosen.is_complete) {  // else this run made it, and nobody a subnet in it
    steps.push_back(ensure_plumbing(ctx, api, spec, chosen.id, Loose::taken));
    chosen.subnets = co_await list_subnets(ctx, api, spec.region, chosen.id);
  }
  steps.push_back(ensure_subnets(ctx, api, spec, chosen));
  for (auto& done : co_await async::when_all(api.loop(), std::move(steps))) co_await done;
  chosen.is_complete = true;
  co_await update_labels(ctx, api, spec, chosen);
  co_return chosen;
}

}  // namespace ccloud::aws
