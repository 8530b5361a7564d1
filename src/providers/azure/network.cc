// Resource groups, networks, firewalls. All are made by PUT under names that every machine computes
// alike, so a second one changes nothing (design 4.3).
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/existing.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "json/writer.h"
#include "providers/azure/driver.h"
#include "providers/azure/errors.h"

namespace ccloud::azure {
namespace {

constexpr cloud::PollPolicy patience{.first = std::chrono::seconds(1),
                                     .most = std::chrono::seconds(10),
                                     .deadline = std::chrono::minutes(10)};

std::string project_of(const cloud::Labels& labels) {
  const auto found = labels.find(std::string(cloud::mark_project));
  return found == labels.end() ? std::string() : found->second;
}

/// ".../resourceGroups/{group}" of what lies in it.
std::string group_path_of(std::string_view id) {
  const auto at = to_lower(id).find("/providers/");
  return std::string(id.substr(0, at));
}

bool is_group_of_ours(std::string_view id) { return group_of(id).starts_with("ccloud-"); }

/// By name or id in the config; Resource Manager ignores their case.
Result<std::vector<cloud::Subnet>> chosen_subnets(const cloud::NetworkSpec& spec,
                                                  const cloud::Network& network) {
  if (spec.subnets.empty()) return network.subnets;
  std::vector<cloud::Subnet> wanted;
  for (const auto& [key, subnet] : spec.subnets) {
    wanted.push_back(
        {.id = canonical(subnet.starts_with('/') ? subnet : spec.id + "/subnets/" + subnet),
         .zone =
             catalog::subnet_zone(catalog::Driver::azure, spec.region, key, spec.subnets.size()),
         .cidr = {}});
  }
  return cloud::chosen_subnets(spec, std::move(wanted), network.subnets);
}

}  // namespace

Task<std::string> Driver::ensure_group(Context ctx, std::string project, std::string region) {
  const auto subscription = co_await api_.subscription(ctx);
  const auto path = group_path(subscription, group_name(project, region));
  json::Writer out;
  out.begin_object().member("location", region).key("tags").begin_object();
  out.member(cloud::mark_project, project).end_object().end_object();
  const Call call{.region = region,
                  .method = "PUT",
                  .path = path,
                  .version = api_.versions().resources,
                  .body = out.take(),
                  .what = "making the resource group " + name_of(path)};
  const auto put = [&] { return api_.carry_out(ctx, call); };
  // A group that is being deleted must be gone before it can be made anew.
  co_await cloud::repeat_while(ctx, patience, put, [](const Error& error) {
    return error.raw_code == "ResourceGroupBeingDeleted";
  });
  co_return path;
}

/// Holds nothing at all, neither ours nor another's.
Task<bool> Driver::is_empty_group(Context ctx, std::string group, std::string region) {
  const auto pages = co_await api_.pages(ctx, {.region = region,
                                               .path = group + "/resources",
                                               .version = api_.versions().resources,
                                               .what = "looking into " + name_of(group)});
  co_return std::ranges::all_of(
      pages, [](const json::Document& page) { return page.root().get("value").size() == 0; });
}

/// The index of resources lags behind, so what we just deleted may still be listed: looked at
/// again a few times. What remains is others', and the group stays.
Task<void> Driver::delete_group_if_empty(Context ctx, std::string group, std::string region) {
  if (!is_group_of_ours(group)) co_return {};
  for (int attempt = 0; attempt < 4; ++attempt) {
    if (attempt > 0) co_await ctx.sleep(std::chrono::seconds(2));
    const auto pages = co_await api_
                           .pages(ctx, {.region = region,
                                        .path = group + "/resources",
                                        .version = api_.versions().resources,
                                        .what = "looking into " + name_of(group)})
                           .result();
    if (!pages && pages.error().code == ErrorCode::not_found) co_return {};
    if (!pages) co_return pages.error();
    std::size_t listed = 0;
    bool has_theirs = false;
    for (const auto& page : *pages) {
      for (const auto& item : page.root().get("value").items()) {
        ++listed;
        has_theirs |= !item.get("tags").has(cloud::mark_project);
      }
    }
    if (listed == 0) {
      co_await remove(ctx, region, group, api_.versions().resources,
                      "deleting the resource group " + name_of(group));
      co_return {};
    }
    if (has_theirs) co_return {};
  }
  co_return {};
}

Task<void> Driver::remove(Context ctx, std::string region, std::string path,
                          std::string_view version, std::string what) {
  const Call call{.region = std::move(region),
                  .method = "DELETE",
                  .path = std::move(path),
                  .version = version,
                  .what = std::move(what)};
  const auto step = [&] { return cloud::effect_of(api_.carry_out(ctx, call), cloud::is_missing); };
  // What still uses it is going away.
  co_return co_await cloud::repeat_while(ctx, patience, step, is_passing).result();
}

Task<cloud::Network> Driver::existing_network(Context ctx, cloud::NetworkSpec spec) {
  const auto found = co_await api_
                         .get(ctx, {.region = spec.region,
                                    .path = spec.id,
                                    .version = api_.versions().network,
                                    .what = fmt::format("reading network {}", spec.name)})
                         .result();
  if (!found && !spec.id.starts_with("/subscriptions/")) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("\"{}\" is no virtual network's id", spec.id),
                         "give its resource id: /subscriptions/.../virtualNetworks/NAME");
  }
  if (!found && cloud::is_missing(found.error())) co_return cloud::no_such_network(spec);
  if (!found) co_return found.error();
  auto network = parse_network(found->root());
  if (network.region != spec.region) {
    co_return make_error(
        ErrorCode::invalid_argument,
        fmt::format("network {} lies in {}, not in {}", spec.name, network.region, spec.region));
  }
  network.id = spec.id;  // as the config has it, so that it can be compared
  network.name = spec.name;
  network.is_owned = false;
  network.subnets = co_await chosen_subnets(spec, network);
  co_return network;
}

Task<cloud::Network> Driver::choose_network(Context ctx, cloud::NetworkSpec spec) {
  if (!spec.id.empty()) co_return co_await existing_network(ctx, spec);
  const auto group = co_await ensure_group(ctx, project_of(spec.labels), spec.region);
  const auto path = resource_path(group, Kind::network, network_name(spec.name));
  const auto what = fmt::format("making network {}", spec.name);
  const Call read{
      .region = spec.region, .path = path, .version = api_.versions().network, .what = what};
  auto there = co_await api_.get(ctx, read).result();
  if (!there && there.error().code != ErrorCode::not_found) co_return there.error();
  if (!there) {
    co_await api_.carry_out(ctx, {.region = spec.region,
                                  .method = "PUT",
                                  .path = path,
                                  .version = api_.versions().network,
                                  .body = encode_network(spec, subnet_name),
                                  .what = what});
  } else {
    // A PUT of the whole would delete subnets that others added.
    const auto seen = parse_network(there->root());
    const bool has_subnet = std::ranges::any_of(
        seen.subnets, [](const auto& subnet) { return name_of(subnet.id) == subnet_name; });
    if (!has_subnet) {
      json::Writer out;
      out.begin_object().key("properties").begin_object().member("addressPrefix", spec.cidr);
      out.end_object().end_object();
      co_await api_.carry_out(ctx, {.region = spec.region,
                                    .method = "PUT",
                                    .path = fmt::format("{}/subnets/{}", path, subnet_name),
                                    .version = api_.versions().network,
                                    .body = out.take(),
                                    .what = what});
    }
    if (seen.labels != spec.labels) {
      co_await merge_tags(ctx, spec.region, path, spec.labels, spec.remove_labels, what);
    }
  }
  co_return cloud::Network{.id = path,
                           .name = spec.name,
                           .region = spec.region,
                           .cidr = spec.cidr,
                           .subnets = {{.id = fmt::format("{}/subnets/{}", path, subnet_name),
                                        .zone = "",
                                        .cidr = spec.cidr}},
                           .is_owned = true,
                           .is_complete = true,
                           .labels = spec.labels};
}

Task<void> Driver::delete_network(Context ctx, cloud::Network network) {
  if (!network.is_owned || !is_group_of_ours(network.id)) co_return {};
  co_await remove(ctx, network.region, network.id, api_.versions().network,
                  fmt::format("deleting network {}", network.name));
  co_await delete_group_if_empty(ctx, group_path_of(network.id), network.region);
  co_return {};
}

Task<void> Driver::ensure_application_group(Context ctx, cloud::FirewallSpec spec,
                                            std::string path) {
  json::Writer out;
  out.begin_object().member("location", spec.region).key("tags").begin_object();
  out.member(cloud::mark_project, project_of(spec.labels)).end_object();
  out.key("properties").begin_object().end_object().end_object();
  co_await api_.carry_out(ctx, {.region = spec.region,
                                .method = "PUT",
                                .path = path,
                                .version = api_.versions().network,
                                .body = out.take(),
                                .what = "making the group " + name_of(path)});
  co_return {};
}

/// A security group with the rules, and an application security group of the same name that the
/// nodes are members of: rules of others name it.
Task<cloud::Firewall> Driver::ensure_firewall(Context ctx, cloud::FirewallSpec spec) {
  const auto group = co_await ensure_group(ctx, project_of(spec.labels), spec.region);
  const auto name = firewall_name(spec.network.name, spec.name);
  const auto path = resource_path(group, Kind::security_group, name);
  const GroupIds ids{.prefix = resource_path(group, Kind::application_group,
                                             firewall_name(spec.network.name, ""))};
  std::vector<std::string> groups = {spec.name};
  for (const auto& rule : spec.rules) {
    if (!rule.group.empty() && std::ranges::find(groups, rule.group) == groups.end()) {
      groups.push_back(rule.group);
    }
  }
  for (const auto& one : groups) co_await ensure_application_group(ctx, spec, ids.of(one));
  cloud::FirewallSpec marked = spec;
  if (!spec.network.is_owned) {
    marked.labels[std::string(mark_network_id)] = spec.network.id.substr(0, 256);
  }
  co_await api_.carry_out(ctx, {.region = spec.region,
                                .method = "PUT",
                                .path = path,
                                .version = api_.versions().network,
                                .body = encode_security_group(marked, ids),
                                .what = fmt::format("making firewall {}", spec.name)});
  co_return cloud::Firewall{.id = path,
                            .name = spec.name,
                            .region = spec.region,
                            .network_id = spec.network.id,
                            .rules = spec.rules,
                            .labels = spec.labels};
}

Task<void> Driver::delete_firewall(Context ctx, cloud::Firewall firewall) {
  if (!is_group_of_ours(firewall.id)) co_return {};
  const auto group = group_path_of(firewall.id);
  const auto what = fmt::format("deleting firewall {}", firewall.name);
  co_await remove(ctx, firewall.region, firewall.id, api_.versions().network, what);
  co_await remove(ctx, firewall.region,
                  resource_path(group, Kind::application_group, name_of(firewall.id)),
                  api_.versions().network, what);
  // In a network of others nothing comes after the firewalls that could take the group away.
  if (firewall.labels.contains(std::string(mark_network_id))) {
    co_await delete_group_if_empty(ctx, group, firewall.region);
  }
  co_return {};
}

/// Machines take the keys' text: there is nothing to register.
Task<cloud::Key> Driver::ensure_key(Context ctx, cloud::KeySpec spec) {
  co_await ctx.check();
  co_return cloud::Key{.id = spec.name,
                       .name = spec.name,
                       .region = spec.region,
                       .fingerprint = {},
                       .labels = spec.labels};
}

Task<void> Driver::delete_key(Context ctx, cloud::Key) {
  co_await ctx.check();
  co_return {};
}

/// `operation` is "Merge" or "Delete"; other tags stay.
Task<void> Driver::change_tags(Context ctx, Call call, std::string_view operation,
                               cloud::Labels tags) {
  json::Writer out;
  out.begin_object().member("operation", operation).key("properties").begin_object();
  out.key("tags").raw(encode_tags(tags)).end_object().end_object();
  call.method = "PATCH";
  call.body = out.take();
  co_await api_.carry_out(ctx, std::move(call));
  co_return {};
}

Task<void> Driver::merge_tags(Context ctx, std::string region, std::string path, cloud::Labels set,
                              std::vector<std::string> removed, std::string what) {
  const Call tags{.region = std::move(region),
                  .path = path + "/providers/Microsoft.Resources/tags/default",
                  .version = api_.versions().resources,
                  .what = std::move(what)};
  if (!set.empty()) co_await change_tags(ctx, tags, "Merge", std::move(set));
  if (removed.empty()) co_return {};
  // Delete goes by name and value together: the values are read first.
  const auto now = co_await api_.get(ctx, tags);
  cloud::Labels pairs;
  for (const auto& [key, value] : read_tags(now.root().get("properties").get("tags"))) {
    const bool is_meant = std::ranges::any_of(
        removed, [&](const auto& name) { return equals_ignoring_case(name, key); });
    if (is_meant) pairs.emplace(key, value);
  }
  if (!pairs.empty()) co_await change_tags(ctx, tags, "Delete", std::move(pairs));
  co_return {};
}

}  // namespace ccloud::azure
