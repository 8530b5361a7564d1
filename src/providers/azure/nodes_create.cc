// Machines. For each: its address and its interface first (their names say whose they are), then
// the machine, all by PUT: a lost reply or a second operator makes no double. The machine's delete
// options take interface, address and disk with it.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/marks.h"
#include "providers/azure/driver.h"
#include "providers/azure/errors.h"

namespace ccloud::azure {

using cloud::NodeState;

namespace {

/// An accepted PUT may still find no room; that shows within seconds, long before the machine runs.
constexpr std::chrono::seconds look_after{20};

constexpr std::array<std::string_view, 12> reserved_users = {
    "root",   "admin",   "administrator", "user",   "guest", "test",
    "backup", "console", "owner",         "server", "sql",   "sys"};

bool is_of_type(std::string_view id, std::string_view type) {
  return to_lower(id).find(fmt::format("/{}/", to_lower(type))) != std::string::npos;
}

Result<void> check_batch(const cloud::NodeBatch& batch) {
  if (std::ranges::find(reserved_users, to_lower(batch.login_user)) != reserved_users.end()) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("Azure refuses the user name \"{}\"", batch.login_user),
                      "set another ssh.user, for example azureuser");
  }
  if (batch.ssh_keys.empty()) {
    return make_error(ErrorCode::invalid_argument,
                      "Azure makes no Linux machine without an ssh key", "name one in ssh.keys");
  }
  return {};
}

}  // namespace

/// One security group fits on an interface; application groups as many as there are.
Task<Interface> Driver::plan_interface(Context ctx, std::vector<std::string> firewalls,
                                       std::string subnet) {
  co_await ctx.check();
  Interface out;
  out.subnet_id = std::move(subnet);
  for (const auto& id : firewalls) {
    if (is_of_type(id, "applicationSecurityGroups")) {
      out.application_group_ids.push_back(id);
      continue;
    }
    if (!out.security_group_id.empty()) {
      co_return make_error(
          ErrorCode::invalid_argument,
          fmt::format("an Azure interface takes one security group; {} is a second one", id),
          "attach it to the subnet, or name application security groups in `firewalls`");
    }
    out.security_group_id = id;
    const auto name = name_of(id);
    if (!group_of(id).starts_with("ccloud-") || !name.starts_with("fw-")) continue;
    out.application_group_ids.push_back(
        replace_all(id, "/networkSecurityGroups/", "/applicationSecurityGroups/"));
  }
  co_return out;
}

Task<std::string> Driver::find_identity(Context ctx, std::string region, std::string identity) {
  if (identity.empty() || identity == "system" || identity.starts_with('/')) co_return identity;
  const auto subscription = co_await api_.subscription(ctx);
  const auto pages = co_await api_.pages(
      ctx, {.region = region,
            .path = fmt::format(
                "/subscriptions/{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
                subscription),
            .version = api_.versions().identities,
            .what = fmt::format("looking for the identity {}", identity)});
  std::vector<std::string> found;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      if (!equals_ignoring_case(item.get("name").string_or(), identity)) continue;
      found.push_back(item.get("id").string_or());
    }
  }
  if (found.size() == 1) co_return found.front();
  co_return make_error(found.empty() ? ErrorCode::not_found : ErrorCode::invalid_argument,
                       fmt::format("the subscription has {} user-assigned identities named {}",
                                   found.size(), identity),
                       "give its whole resource id, or make it: az identity create");
}

/// Marketplace images name a plan, which the create must repeat.
Task<ImagePlan> Driver::find_plan(Context ctx, std::string region, std::string image) {
  const auto urn = parse_urn(image);
  if (!urn) co_return ImagePlan{};
  if (const auto known = plans_.find(image); known != plans_.end()) co_return known->second;
  for (const auto& facts : catalog::builtin().images(catalog::Driver::azure)) {
    const bool is_it =
        facts.publisher == urn->publisher && facts.offer == urn->offer && facts.sku == urn->sku;
    if (is_it && !facts.needs_plan) co_return ImagePlan{};
  }
  const auto version =
      co_await image_version(ctx, region, co_await exact_version(ctx, region, *urn));
  const auto plan = version.root().get("properties").get("plan");
  ImagePlan out{.name = plan.get("name").string_or(),
                .publisher = plan.get("publisher").string_or(),
                .product = plan.get("product").string_or()};
  plans_[image] = out;
  co_return out;
}

/// The machine as the cloud has it after the PUT. One that is there already is ours by its name:
/// this very call made it in an earlier attempt, or another operator did.
Task<json::Document> Driver::put_machine(Context ctx, cloud::NodeBatch batch, std::string path,
                                         std::string body) {
  const auto what = fmt::format("creating {}", name_of(path));
  const Call put{.region = batch.region,
                 .method = "PUT",
                 .path = path,
                 .version = api_.versions().compute,
                 .body = std::move(body),
                 .headers = {{"If-None-Match", "*"}},
                 .what = what};
  for (int attempt = 0;; ++attempt) {
    auto made = co_await api_.send(ctx, put).result();
    if (made) {
      if (!made->operation) co_return std::move(made->body);
      auto ended = co_await api_.wait(ctx, *made->operation, look_after).result();
      if (ended) co_return std::move(made->body);
      // A machine that found no room stays as Failed, in the way of the next try elsewhere.
      static_cast<void>(co_await remove(ctx, batch.region, path, api_.versions().compute,
                                        "removing what is left of " + name_of(path))
                            .result());
      co_return ended.error();
    }
    if (made.error().code != ErrorCode::already_exists) co_return made.error();
    auto there = co_await api_.get(
        ctx,
        {.region = batch.region, .path = path, .version = api_.versions().compute, .what = what});
    const auto instance = parse_machine(there.root());
    const auto mark = instance.labels.find(std::string(cloud::mark_project));
    if (mark != instance.labels.end() && mark->second != batch.project) {
      co_return make_error(
          ErrorCode::already_exists,
          fmt::format("{} exists and belongs to project {}", name_of(path), mark->second),
          "delete it, or use another name");
    }
    const auto state =
        to_lower(there.root().get("properties").get("provisioningState").string_or());
    const bool is_in_the_way = state == "failed" || state == "deleting";
    if (!is_in_the_way || attempt > 0) co_return there;
    co_await remove(ctx, batch.region, path, api_.versions().compute,
                    fmt::format("removing the failed {}", name_of(path)));
  }
}

Task<cloud::Instance> Driver::create_node(Context ctx, cloud::NodeBatch batch, MachineParts parts,
                                          std::string group, Interface interface) {
  cloud::Labels tags = batch.labels;
  tags[std::string(cloud::mark_node)] = parts.name;
  if (batch.public_ip) {
    interface.address_id = resource_path(group, Kind::address, address_name(parts.name));
    co_await api_.carry_out(ctx, {.region = batch.region,
                                  .method = "PUT",
                                  .path = interface.address_id,
                                  .version = api_.versions().network,
                                  .body = encode_address(batch.region, tags),
                                  .what = fmt::format("making the address of {}", parts.name)});
  }
  cloud::Labels nic_tags = tags;
  if (!batch.network.is_owned) {
    nic_tags[std::string(mark_network_id)] = batch.network.id.substr(0, 256);
  }
  parts.interface_id = resource_path(group, Kind::interface, interface_name(parts.name));
  const auto nic =
      co_await api_.carry_out(ctx, {.region = batch.region,
                                    .method = "PUT",
                                    .path = parts.interface_id,
                                    .version = api_.versions().network,
                                    .body = encode_interface(interface, batch.region, nic_tags),
                                    .what = fmt::format("making the interface of {}", parts.name)});
  const auto path = resource_path(group, Kind::machine, parts.name);
  const auto made = co_await put_machine(ctx, batch, path, encode_machine(batch, parts));
  auto instance = parse_machine(made.root());
  if (instance.id.empty()) instance.id = path;
  instance.name = parts.name;
  instance.region = batch.region;
  if (instance.state == NodeState::unknown) instance.state = NodeState::pending;
  const auto attachment = parse_interface(nic.root());
  instance.private_ip = attachment.private_ip;
  instance.subnet_id = interface.subnet_id;
  instance.network_id = batch.network.id;
  instance.firewall_ids = batch.firewall_ids;
  co_return instance;
}

Task<std::vector<cloud::Created>> Driver::create_nodes(Context ctx, cloud::NodeBatch batch) {
  co_await check_batch(batch);
  const auto subscription = co_await api_.subscription(ctx);
  const auto group = group_path(subscription, group_name(batch.project, batch.region));
  if (!batch.network.is_owned) co_await ensure_group(ctx, batch.project, batch.region);
  auto subnet = batch.subnet_id;
  if (subnet.empty() && !batch.network.subnets.empty()) subnet = batch.network.subnets.front().id;
  const auto interface = co_await plan_interface(ctx, batch.firewall_ids, subnet);
  MachineParts parts;
  parts.identity_id = co_await find_identity(ctx, batch.region, batch.identity);
  parts.plan = co_await find_plan(ctx, batch.region, batch.image.id);
  std::vector<Task<cloud::Instance>> tasks;
  for (const auto& name : batch.names) {
    parts.name = name;
    tasks.push_back(create_node(ctx, batch, parts, group, interface));
  }
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<cloud::Created> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = batch.names[i], .instance = std::move(results[i])});
  }
  co_return out;
}

}  // namespace ccloud::azure
