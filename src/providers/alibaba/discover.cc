// Finding what is ours, by tags.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "json/writer.h"
#include "providers/alibaba/driver.h"
#include "providers/alibaba/errors.h"
#include "providers/alibaba/wire.h"

namespace ccloud::alibaba {
namespace {

cloud::Labels project_tag(const std::string& project) {
  return {{std::string(cloud::mark_project), project}};
}

std::string label(const cloud::Labels& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  return found == labels.end() ? std::string() : found->second;
}

// A list by tag is cut off at this many matches (fact sheet 3).
constexpr std::int64_t most_by_tag = 1000;

}  // namespace

Task<std::vector<cloud::Instance>> Driver::instances_by_id(Context ctx, std::string region,
                                                           std::vector<std::string> ids) {
  std::vector<Task<std::vector<json::Document>>> tasks;
  for (std::size_t at = 0; at < ids.size(); at += 100) {
    json::Writer list;
    list.begin_array();
    for (std::size_t i = at; i < std::min(at + 100, ids.size()); ++i) list.value(ids[i]);
    list.end_array();
    tasks.push_back(api_.pages(ctx,
                               {.region = region,
                                .name = "DescribeInstances",
                                .params = {{"InstanceIds", list.take()}},
                                .what = "listing the nodes"},
                               100));
  }
  std::vector<cloud::Instance> out;
  for (auto& result : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    const auto pages = co_await std::move(result);
    for (const auto& page : pages) {
      for (const auto& item : items_of(page.root(), "Instances", "Instance"))
        out.push_back(read_instance(item));
    }
  }
  co_return out;
}

Task<std::vector<cloud::Instance>> Driver::list_instances(Context ctx, std::string region,
                                                          cloud::Labels tags) {
  Action list{.region = region, .name = "DescribeInstances", .what = "listing the nodes"};
  add_tags(list.params, tags);
  const auto pages = co_await api_.pages(ctx, list, 100);
  std::vector<cloud::Instance> out;
  std::int64_t total = 0;
  for (const auto& page : pages) {
    total = std::max(total, page.root().get("TotalCount").int_or(0));
    for (const auto& item : items_of(page.root(), "Instances", "Instance"))
      out.push_back(read_instance(item));
  }
  if (total < most_by_tag && out.size() < static_cast<std::size_t>(most_by_tag)) co_return out;
  Action tagged{.region = region,
                .name = "ListTagResources",
                .params = {{"ResourceType", "instance"}},
                .what = "listing what carries our marks"};
  add_tags(tagged.params, tags);
  std::set<std::string> known;
  for (const auto& one : out) known.insert(one.id);
  std::vector<std::string> more;
  for (const auto& page : co_await api_.pages(ctx, tagged, 50)) {
    for (const auto& item : items_of(page.root(), "TagResources", "TagResource")) {
      const auto id = item.get("ResourceId").string_or();
      if (known.insert(id).second) more.push_back(id);
    }
  }
  for (auto& one : co_await instances_by_id(ctx, region, std::move(more)))
    out.push_back(std::move(one));
  co_return out;
}

Task<void> Driver::find_networks(Context ctx, std::string project, cloud::RegionInventory& into) {
  Action list{.region = into.region,
              .product = Product::vpc,
              .name = "DescribeVpcs",
              .what = "listing the networks"};
  add_tags(list.params, project_tag(project));
  for (const auto& page : co_await api_.numbered_pages(ctx, list, 50, "Vpcs", "Vpc")) {
    for (const auto& item : items_of(page.root(), "Vpcs", "Vpc")) {
      cloud::Network network;
      network.id = item.get("VpcId").string_or();
      network.region = into.region;
      network.cidr = item.get("CidrBlock").string_or();
      network.labels = read_tags(item);
      network.name = label(network.labels, cloud::mark_network);
      network.subnets = co_await switches_of(ctx, into.region, network.id);
      into.networks.push_back(std::move(network));
    }
  }
  co_return {};
}

Task<void> Driver::find_firewalls(Context ctx, std::string project, cloud::RegionInventory& into) {
  Action list{.region = into.region,
              .name = "DescribeSecurityGroups",
              .what = "listing the security groups"};
  add_tags(list.params, project_tag(project));
  for (const auto& page : co_await api_.pages(ctx, list, 100)) {
    for (const auto& item : items_of(page.root(), "SecurityGroups", "SecurityGroup")) {
      cloud::Firewall firewall;
      firewall.id = item.get("SecurityGroupId").string_or();
      firewall.region = into.region;
      firewall.network_id = item.get("VpcId").string_or();
      firewall.labels = read_tags(item);
      firewall.name = label(firewall.labels, cloud::mark_firewall);
      into.firewalls.push_back(std::move(firewall));
    }
  }
  std::map<std::string, std::string> names;
  for (const auto& one : into.firewalls) names[one.id] = one.name;
  for (auto& one : into.firewalls) {
    const auto attribute =
        co_await api_.call(ctx, {.region = into.region,
                                 .name = "DescribeSecurityGroupAttribute",
                                 .params = {{"SecurityGroupId", one.id}, {"Direction", "ingress"}},
                                 .what = "reading the rules"});
    one.rules = read_rules(attribute.root());
    for (auto& rule : one.rules) {
      const auto name = names.find(rule.group);
      if (name != names.end()) rule.group = name->second;
    }
    std::ranges::sort(one.rules);
  }
  co_return {};
}

Task<void> Driver::find_keys(Context ctx, std::string project, cloud::RegionInventory& into) {
  Action list{.region = into.region, .name = "DescribeKeyPairs", .what = "listing the key pairs"};
  add_tags(list.params, project_tag(project));
  for (const auto& page : co_await api_.numbered_pages(ctx, list, 50, "KeyPairs", "KeyPair")) {
    for (const auto& item : items_of(page.root(), "KeyPairs", "KeyPair")) {
      const auto labels = read_tags(item);
      into.keys.push_back({.id = item.get("KeyPairName").string_or(),
                           .name = label(labels, cloud::mark_key),
                           .region = into.region,
                           .fingerprint = item.get("KeyPairFingerPrint").string_or(),
                           .labels = labels});
    }
  }
  co_return {};
}

Task<cloud::RegionInventory> Driver::discover_region(Context ctx, std::string region,
                                                     std::string project, cloud::Depth depth) {
  cloud::RegionInventory out;
  out.region = region;
  out.nodes = co_await list_instances(ctx, region, project_tag(project));
  if (depth == cloud::Depth::nodes) co_return out;
  co_await read_identities(ctx, region, out.nodes);
  co_await find_networks(ctx, project, out);
  co_await find_firewalls(ctx, project, out);
  co_await find_keys(ctx, project, out);
  co_return out;
}

Task<cloud::Inventory> Driver::discover(Context ctx, cloud::DiscoverRequest request) {
  auto names = request.regions;
  if (names.empty()) {
    for (const auto& one : co_await regions(ctx)) names.push_back(one.name);
  }
  std::vector<Task<cloud::RegionInventory>> tasks;
  for (const auto& name : names)
    tasks.push_back(discover_region(ctx, name, request.project, request.depth));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  cloud::Inventory inventory;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) {
      inventory.regions.push_back(std::move(*results[i]));
      continue;
    }
    cloud::RegionInventory failed;
    failed.region = names[i];
    failed.error = results[i].error();
    failed.error->region = names[i];
    failed.is_forbidden = failed.error->code == ErrorCode::permission_denied;
    refused += failed.error->code == ErrorCode::unauthenticated ? 1 : 0;
    inventory.regions.push_back(std::move(failed));
  }
  if (refused > 0 && refused == names.size()) co_return *inventory.regions.front().error;
  co_return inventory;
}

Task<std::vector<cloud::Instance>> Driver::find_existing(Context ctx, cloud::MatchRequest request) {
  co_return co_await list_instances(ctx, request.region, request.match);
}

}  // namespace ccloud::alibaba
