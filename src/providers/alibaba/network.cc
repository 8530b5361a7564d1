// VPCs with a vSwitch per zone, security groups, key pairs. Creates carry client tokens that every
// machine computes alike; a token that leads to something deleted passes on to the next one.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/existing.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/alibaba/driver.h"
#include "providers/alibaba/errors.h"
#include "providers/alibaba/wire.h"

namespace ccloud::alibaba {
namespace {

std::string project_of(const cloud::Labels& labels) {
  const auto found = labels.find(std::string(cloud::mark_project));
  return found == labels.end() ? std::string() : found->second;
}

/// A create's token, of all that it sends: one that came with something else is refused for a day.
std::string token_for(std::vector<std::string> parts, const cloud::Labels& labels) {
  for (const auto& [key, value] : labels) {
    parts.push_back(key);
    parts.push_back(value);
  }
  return cloud::token_of(parts);
}

std::string resource_name(const cloud::Labels& labels, std::string_view name) {
  return fmt::format("ccloud-{}-{}", project_of(labels), name);
}

cloud::Labels with(cloud::Labels labels, std::string_view mark, const std::string& value) {
  labels[std::string(mark)] = value;
  return labels;
}

bool has_zone(const std::vector<cloud::Subnet>& subnets, const std::string& zone) {
  return std::ranges::find(subnets, zone, &cloud::Subnet::zone) != subnets.end();
}

constexpr int longest_chain = 20;
constexpr auto longest_lag = std::chrono::seconds(15);
constexpr cloud::PollPolicy until_visible{.first = std::chrono::milliseconds(300),
                                          .most = std::chrono::seconds(1),
                                          .deadline = std::chrono::minutes(2)};
/// A group's: the next link of the chain is tried after that.
constexpr cloud::PollPolicy until_known{.first = std::chrono::milliseconds(200),
                                        .most = std::chrono::seconds(2),
                                        .deadline = std::chrono::seconds(20)};

}  // namespace

Task<std::vector<cloud::Subnet>> Driver::switches_of(Context ctx, std::string region,
                                                     std::string vpc, Ready ready) {
  std::vector<cloud::Subnet> out;
  for (const auto& page : co_await api_.numbered_pages(ctx,
                                                       {.region = region,
                                                        .product = Product::vpc,
                                                        .name = "DescribeVSwitches",
                                                        .params = {{"VpcId", vpc}},
                                                        .what = "listing the vSwitches"},
                                                       50, "VSwitches", "VSwitch")) {
    for (const auto& item : items_of(page.root(), "VSwitches", "VSwitch")) {
      const bool is_pending = item.get("Status").string_or() == "Pending";
      if (is_pending && ready == Ready::required) continue;
      out.push_back({.id = item.get("VSwitchId").string_or(),
                     .zone = item.get("ZoneId").string_or(),
                     .cidr = item.get("CidrBlock").string_or()});
    }
  }
  co_return out;
}

/// Empty while it does not show up; not_found once that lasts longer than a cloud's lag.
Task<std::string> Driver::vpc_status(Context ctx, std::string region, std::string vpc,
                                     async::TimePoint shown_by) {
  const auto shown = co_await api_.call(ctx, {.region = region,
                                              .product = Product::vpc,
                                              .name = "DescribeVpcs",
                                              .params = {{"VpcId", vpc}},
                                              .what = "waiting for the network"});
  const auto items = items_of(shown.root(), "Vpcs", "Vpc");
  if (!items.empty()) co_return items.front().get("Status").string_or();
  if (ctx.now() <= shown_by) co_return std::string();
  co_return make_error(ErrorCode::not_found, fmt::format("the network {} does not show up", vpc));
}

Task<void> Driver::wait_available(Context ctx, std::string region, std::string vpc) {
  const auto shown_by = ctx.now() + patience(longest_lag);
  const auto look = [&] { return vpc_status(ctx, region, vpc, shown_by); };
  co_await cloud::poll_until(ctx, until_visible, "the network " + vpc, look,
                             [](const std::string& status) { return status == "Available"; });
  co_return {};
}

/// Empty: there is none. Of doubles, everybody takes the smallest id.
Task<std::string> Driver::find_vpc(Context ctx, cloud::NetworkSpec spec) {
  cloud::RegionInventory found;
  found.region = spec.region;
  co_await find_networks(ctx, project_of(spec.labels), found);
  std::string best;
  for (const auto& one : found.networks) {
    if (one.name == spec.name && (best.empty() || one.id < best)) best = one.id;
  }
  co_return best;
}

Task<std::string> Driver::ensure_vpc(Context ctx, cloud::NetworkSpec spec) {
  const auto known = co_await find_vpc(ctx, spec);
  if (!known.empty()) co_return known;
  auto token =
      token_for({"vpc", project_of(spec.labels), settings_.name, spec.region, spec.name, spec.cidr},
                spec.labels);
  for (int link = 0; link < longest_chain; ++link) {
    Action create{.region = spec.region,
                  .product = Product::vpc,
                  .name = "CreateVpc",
                  .params = {{"CidrBlock", spec.cidr},
                             {"VpcName", resource_name(spec.labels, spec.name)},
                             {"ClientToken", token}},
                  .what = fmt::format("creating the network {}", spec.name)};
    add_tags(create.params, with(spec.labels, cloud::mark_network, spec.name));
    const auto made = co_await api_.call_patiently(ctx, create);
    const auto id = made.root().get("VpcId").string_or();
    const auto ready = co_await wait_available(ctx, spec.region, id).result();
    if (ready) co_return id;
    if (ready.error().code != ErrorCode::not_found) co_return ready.error();
    token = cloud::next_token(token, id);  // an older life of this network, deleted since
  }
  co_return make_error(ErrorCode::timed_out,
                       fmt::format("the network {} does not become available", spec.name));
}

Task<void> Driver::make_switch(Context ctx, cloud::NetworkSpec spec, std::string vpc,
                               std::string zone) {
  const auto cidr = cloud::zone_cidr(spec.cidr, zone_index(zone));
  Action create{.region = spec.region,
                .product = Product::vpc,
                .name = "CreateVSwitch",
                .params = {{"VpcId", vpc},
                           {"ZoneId", zone},
                           {"CidrBlock", cidr},
                           {"VSwitchName", resource_name(spec.labels, spec.name + "-" + zone)},
                           {"ClientToken", token_for({"vswitch", vpc, zone, cidr}, spec.labels)}},
                .what = fmt::format("creating the subnet of {} in {}", spec.name, zone)};
  add_tags(create.params, with(spec.labels, cloud::mark_network, spec.name));
  const auto made = co_await api_.call_patiently(ctx, create).result();
  if (made) co_return {};
  // The range was refused as taken: another machine may have made the same one.
  if (has_zone(co_await switches_of(ctx, spec.region, vpc), zone)) co_return {};
  co_return made.error();
}

Task<std::vector<cloud::Subnet>> Driver::ensure_switches(Context ctx, cloud::NetworkSpec spec,
                                                         std::string vpc) {
  auto seen = co_await switches_of(ctx, spec.region, vpc);
  std::vector<std::string> zones;
  for (const auto& zone : spec.zones) zones.push_back(full_zone(spec.region, zone));
  const auto has_all = [&](const std::vector<cloud::Subnet>& subnets) {
    return std::ranges::all_of(zones, [&](const auto& zone) { return has_zone(subnets, zone); });
  };
  if (has_all(seen)) co_return seen;
  for (const auto& zone : zones) {  // one after the other: a VPC changes one thing at a time
    if (!has_zone(seen, zone)) co_await make_switch(ctx, spec, vpc, zone);
  }
  const auto look = [&] { return switches_of(ctx, spec.region, vpc); };
  co_return co_await cloud::poll_until(ctx, until_visible, "the subnets of " + spec.name, look,
                                       has_all);
}

/// Those of an existing network that nodes may use.
Task<std::vector<cloud::Subnet>> Driver::existing_switches(Context ctx, cloud::NetworkSpec spec) {
  const auto status = co_await vpc_status(ctx, spec.region, spec.id, ctx.now()).result();
  if (!status && !cloud::is_missing(status.error())) co_return status.error();
  if (!status || status->empty()) co_return cloud::no_such_network(spec);
  const auto seen = co_await switches_of(ctx, spec.region, spec.id);
  if (spec.subnets.empty()) co_return seen;
  std::vector<cloud::Subnet> wanted;
  for (const auto& [zone, id] : spec.subnets) {
    wanted.push_back({.id = id, .zone = full_zone(spec.region, zone), .cidr = ""});
  }
  co_return cloud::chosen_subnets(spec, std::move(wanted), seen);
}

Task<cloud::Network> Driver::choose_network(Context ctx, cloud::NetworkSpec spec) {
  cloud::Network network{.id = spec.id,
                         .name = spec.name,
                         .region = spec.region,
                         .cidr = spec.cidr,
                         .is_owned = spec.id.empty(),
                         .labels = spec.labels};
  if (spec.id.empty()) {
    network.id = co_await ensure_vpc(ctx, spec);
    co_return network;
  }
  network.subnets = co_await existing_switches(ctx, spec);
  co_return network;
}

Task<cloud::Network> Driver::complete_network(Context ctx, cloud::NetworkSpec spec,
                                              cloud::Network chosen) {
  if (!chosen.is_owned) co_return chosen;
  chosen.subnets = co_await ensure_switches(ctx, spec, chosen.id);
  co_await relabel_network(ctx, spec, chosen);
  co_return chosen;
}

Task<void> Driver::delete_network(Context ctx, cloud::Network network) {
  for (const auto& subnet :
       co_await switches_of(ctx, network.region, network.id, Ready::not_required)) {
    co_await cloud::effect_of(api_.call_patiently(ctx, {.region = network.region,
                                                        .product = Product::vpc,
                                                        .name = "DeleteVSwitch",
                                                        .params = {{"VSwitchId", subnet.id}},
                                                        .what = "deleting a subnet"}),
                              cloud::is_missing);
  }
  co_await cloud::effect_of(
      api_.call_patiently(ctx, {.region = network.region,
                                .product = Product::vpc,
                                .name = "DeleteVpc",
                                .params = {{"VpcId", network.id}},
                                .what = fmt::format("deleting the network {}", network.name)}),
      cloud::is_missing);
  co_return {};
}

/// Members of a group talk freely to each other unless told otherwise. A group that was made a
/// moment ago may not be known yet; not_found only once that has lasted.
Task<void> Driver::close_group(Context ctx, std::string region, std::string group) {
  const Action close{.region = std::move(region),
                     .name = "ModifySecurityGroupPolicy",
                     .params = {{"SecurityGroupId", group}, {"InnerAccessPolicy", "Drop"}},
                     .what = "closing the group to itself"};
  const auto step = [&] { return cloud::effect_of(api_.call_patiently(ctx, close)); };
  auto policy = until_known;
  policy.deadline = patience(policy.deadline);
  co_return co_await cloud::repeat_while(ctx, policy, step, cloud::is_missing).result();
}

Task<std::string> Driver::group_id(Context ctx, const cloud::FirewallSpec& spec, std::string name) {
  Action list{.region = spec.region,
              .name = "DescribeSecurityGroups",
              .params = {{"VpcId", spec.network.id}},
              .what = "looking for the security group"};
  add_tags(list.params, {{std::string(cloud::mark_project), project_of(spec.labels)},
                         {std::string(cloud::mark_firewall), name}});
  std::string best;
  for (const auto& page : co_await api_.pages(ctx, list, 100)) {
    for (const auto& item : items_of(page.root(), "SecurityGroups", "SecurityGroup")) {
      const auto id = item.get("SecurityGroupId").string_or();
      if (best.empty() || id < best) best = id;
    }
  }
  if (!best.empty()) co_return best;
  auto token = token_for({"group", project_of(spec.labels), spec.network.id, name}, spec.labels);
  for (int link = 0; link < longest_chain; ++link) {
    Action create{.region = spec.region,
                  .name = "CreateSecurityGroup",
                  .params = {{"VpcId", spec.network.id},
                             {"SecurityGroupName", resource_name(spec.labels, name)},
                             {"Description", "made by ccloud"},
                             {"ClientToken", token}},
                  .what = fmt::format("creating the firewall {}", name)};
    add_tags(create.params, with(spec.labels, cloud::mark_firewall, name));
    const auto made = co_await api_.call_patiently(ctx, create);
    const auto id = made.root().get("SecurityGroupId").string_or();
    const auto closed = co_await close_group(ctx, spec.region, id).result();
    if (closed) co_return id;
    if (closed.error().code != ErrorCode::not_found) co_return closed.error();
    token = cloud::next_token(token, id);
  }
  co_return make_error(ErrorCode::conflict, fmt::format("the firewall {} cannot be made", name));
}

Task<void> Driver::change_rules(Context ctx, std::string region, std::string action,
                                std::string group, std::vector<cloud::FirewallRule> rules) {
  for (std::size_t at = 0; at < rules.size(); at += 100) {
    Action change{.region = region,
                  .name = action,
                  .params = {{"SecurityGroupId", group}},
                  .what = action.starts_with("Authorize") ? "adding rules" : "removing rules"};
    for (std::size_t i = at; i < std::min(at + 100, rules.size()); ++i) {
      add_permission(change.params, i - at + 1, rules[i]);
    }
    static_cast<void>(co_await api_.call_patiently(ctx, std::move(change)));
  }
  co_return {};
}

Task<cloud::Firewall> Driver::ensure_firewall(Context ctx, cloud::FirewallSpec spec) {
  const auto id = co_await group_id(ctx, spec, spec.name);
  std::vector<cloud::FirewallRule> wanted = spec.rules;
  for (auto& rule : wanted) {
    if (!rule.group.empty())
      rule.group = rule.group == spec.name ? id : co_await group_id(ctx, spec, rule.group);
  }
  const auto attribute =
      co_await api_.call(ctx, {.region = spec.region,
                               .name = "DescribeSecurityGroupAttribute",
                               .params = {{"SecurityGroupId", id}, {"Direction", "ingress"}},
                               .what = "reading the rules"});
  std::vector<cloud::FirewallRule> extra;
  for (const auto& rule : read_rules(attribute.root())) {
    const auto same = std::ranges::find(wanted, rule);
    if (same == wanted.end()) {
      extra.push_back(rule);
    } else {
      wanted.erase(same);
    }
  }
  co_await change_rules(ctx, spec.region, "AuthorizeSecurityGroup", id, std::move(wanted));
  co_await change_rules(ctx, spec.region, "RevokeSecurityGroup", id, std::move(extra));
  co_await relabel(ctx, spec.region, "securitygroup", id,
                   with(spec.labels, cloud::mark_firewall, spec.name), spec.remove_labels);
  co_return cloud::Firewall{.id = id,
                            .name = spec.name,
                            .region = spec.region,
                            .network_id = spec.network.id,
                            .rules = spec.rules,
                            .labels = spec.labels};
}

Task<void> Driver::delete_firewall(Context ctx, cloud::Firewall firewall) {
  co_await cloud::effect_of(
      api_.call_patiently(ctx, {.region = firewall.region,
                                .name = "DeleteSecurityGroup",
                                .params = {{"SecurityGroupId", firewall.id}},
                                .what = fmt::format("deleting the firewall {}", firewall.name)}),
      cloud::is_missing);
  co_return {};
}

Task<cloud::Key> Driver::ensure_key(Context ctx, cloud::KeySpec spec) {
  const auto& name = spec.name;
  Action import{.region = spec.region,
                .name = "ImportKeyPair",
                .params = {{"KeyPairName", name}, {"PublicKeyBody", spec.public_key}},
                .what = "registering the key"};
  add_tags(import.params, with(spec.labels, cloud::mark_key, spec.name));
  const auto made = co_await api_.call(ctx, std::move(import)).result();
  if (!made && made.error().code != ErrorCode::already_exists) co_return made.error();
  if (!made) {
    // Another run may have made it a moment ago: it may not be known to the tags yet.
    const auto label = [&] {
      return relabel(ctx, spec.region, "keypair", name, spec.labels, spec.remove_labels);
    };
    co_await cloud::repeat_while(ctx, until_visible, label, cloud::is_missing);
  }
  co_return cloud::Key{.id = name,
                       .name = spec.name,
                       .region = spec.region,
                       .fingerprint = "",
                       .labels = spec.labels};
}

Task<void> Driver::delete_key(Context ctx, cloud::Key key) {
  co_await cloud::effect_of(
      api_.call_patiently(ctx, {.region = key.region,
                                .name = "DeleteKeyPairs",
                                .params = {{"KeyPairNames", fmt::format("[\"{}\"]", key.id)}},
                                .what = "deleting the key"}),
      cloud::is_missing);
  co_return {};
}

}  // namespace ccloud::alibaba
