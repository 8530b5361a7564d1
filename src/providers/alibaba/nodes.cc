// Instances. A create's answer comes before the instance is visible; one that stays away belonged
// to an older life of the name, and the token chain goes on.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/alibaba/driver.h"
#include "providers/alibaba/errors.h"
#include "providers/alibaba/wire.h"

namespace ccloud::alibaba {

using cloud::NodeState;

namespace {

constexpr int longest_chain = 20;
constexpr auto longest_lag = std::chrono::seconds(60);

std::string subnet_for(const cloud::NodeBatch& batch) {
  if (!batch.subnet_id.empty()) return batch.subnet_id;
  for (const auto& subnet : batch.network.subnets) {
    if (batch.zone.empty() || subnet.zone == batch.zone) return subnet.id;
  }
  return {};
}

std::vector<cloud::NodeOutcome> outcomes_of(const std::vector<cloud::NodeRef>& nodes,
                                            std::vector<Result<void>> results) {
  std::vector<cloud::NodeOutcome> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = nodes[i].name, .result = std::move(results[i])});
  }
  return out;
}

}  // namespace

/// not_found when it does not show up within the lag.
Task<cloud::Instance> Driver::wait_visible(Context ctx, std::string region, std::string id) {
  const auto until = ctx.now() + patience(longest_lag);
  for (int attempt = 0; ctx.now() < until; ++attempt) {
    const auto found = co_await instances_by_id(ctx, region, {id});
    if (!found.empty()) co_return found.front();
    co_await ctx.sleep(std::chrono::milliseconds(std::min(300 * (attempt + 1), 3000)));
  }
  co_return make_error(ErrorCode::not_found, fmt::format("the instance {} does not show up", id));
}

Task<cloud::Instance> Driver::create_node(Context ctx, cloud::NodeBatch batch, std::string name) {
  batch.subnet_id = subnet_for(batch);
  if (batch.subnet_id.empty()) {
    co_return make_error(
        ErrorCode::invalid_argument,
        fmt::format("the network {} has no subnet in zone {}", batch.network.name, batch.zone),
        "add the zone to the network's `subnets`");
  }
  auto token = cloud::token_of({batch.token, name});
  for (int link = 0; link < longest_chain; ++link) {
    const auto made =
        co_await api_.call_patiently(ctx, {.region = batch.region,
                                           .name = "RunInstances",
                                           .params = run_params(batch, name, token),
                                           .what = fmt::format("creating the node {}", name)});
    const auto ids = items_of(made.root(), "InstanceIdSets", "InstanceIdSet");
    if (ids.empty())
      co_return make_error(ErrorCode::protocol, "the answer to RunInstances names no instance");
    const auto id = ids.front().string_or();
    auto there = co_await wait_visible(ctx, batch.region, id).result();
    if (there || there.error().code != ErrorCode::not_found) co_return there;
    token = cloud::next_token(token, id);
  }
  co_return make_error(ErrorCode::capacity, fmt::format("{} vanishes each time it is made", name),
                       "use another zone or another size");
}

Task<std::vector<cloud::Created>> Driver::create_nodes(Context ctx, cloud::NodeBatch batch) {
  std::vector<Task<cloud::Instance>> tasks;
  for (const auto& name : batch.names) tasks.push_back(create_node(ctx, batch, name));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<cloud::Created> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = batch.names[i], .instance = std::move(results[i])});
  }
  co_return out;
}

Task<void> Driver::wait_state(Context ctx, cloud::NodeRef node, NodeState state) {
  const auto look = [&] { return instances_by_id(ctx, node.region, {node.id}); };
  const auto is_there = [&](const std::vector<cloud::Instance>& seen) {
    return !seen.empty() && seen.front().state == state;
  };
  co_await cloud::poll_until(ctx, {.deadline = std::chrono::minutes(10)}, node.name, look,
                             is_there);
  co_return {};
}

Task<void> Driver::power_one(Context ctx, cloud::NodeRef node, cloud::PowerAction action) {
  using cloud::PowerAction;
  if (action == PowerAction::stop)
    co_await relabel(ctx, node.region, "instance", node.id,
                     {{std::string(cloud::mark_power), "off"}}, {});
  if (action == PowerAction::start)
    co_await relabel(ctx, node.region, "instance", node.id, {}, {std::string(cloud::mark_power)});
  const auto found = co_await instances_by_id(ctx, node.region, {node.id});
  if (found.empty())
    co_return make_error(ErrorCode::not_found, fmt::format("{} is not there", node.name));
  const auto state = found.front().state;
  if (action == PowerAction::stop && (state == NodeState::stopped || state == NodeState::stopping))
    co_return {};
  if (action == PowerAction::start && (state == NodeState::running || state == NodeState::pending))
    co_return {};
  const char* name = action == PowerAction::stop    ? "StopInstance"
                     : action == PowerAction::start ? "StartInstance"
                                                    : "RebootInstance";
  static_cast<void>(co_await api_.call_patiently(
      ctx, {.region = node.region,
            .name = name,
            .params = {{"InstanceId", node.id}},
            .what = fmt::format("{} {}",
                                action == PowerAction::stop    ? "stopping"
                                : action == PowerAction::start ? "starting"
                                                               : "restarting",
                                node.name)}));
  co_return {};
}

Task<std::vector<cloud::NodeOutcome>> Driver::power(Context ctx, std::vector<cloud::NodeRef> nodes,
                                                    cloud::PowerAction action) {
  std::vector<Task<void>> tasks;
  for (const auto& node : nodes) tasks.push_back(power_one(ctx, node, action));
  co_return outcomes_of(nodes, co_await async::when_all(ctx.loop(), std::move(tasks)));
}

Task<void> Driver::resize(Context ctx, cloud::NodeRef node, std::string type) {
  const auto found = co_await instances_by_id(ctx, node.region, {node.id});
  const bool was_running = !found.empty() && found.front().state != NodeState::stopped;
  if (was_running) {
    static_cast<void>(
        co_await api_.call_patiently(ctx, {.region = node.region,
                                           .name = "StopInstance",
                                           .params = {{"InstanceId", node.id}},
                                           .what = fmt::format("stopping {}", node.name)}));
    co_await wait_state(ctx, node, NodeState::stopped);
  }
  static_cast<void>(co_await api_.call_patiently(
      ctx, {.region = node.region,
            .name = "ModifyInstanceSpec",
            .params = {{"InstanceId", node.id}, {"InstanceType", type}},
            .what = fmt::format("resizing {} to {}", node.name, type)}));
  if (was_running) {
    static_cast<void>(
        co_await api_.call_patiently(ctx, {.region = node.region,
                                           .name = "StartInstance",
                                           .params = {{"InstanceId", node.id}},
                                           .what = fmt::format("starting {}", node.name)}));
  }
  co_return {};
}

Task<void> Driver::update_node(Context ctx, cloud::NodeUpdate update) {
  const auto& node = update.node;
  co_await relabel(ctx, node.region, "instance", node.id, update.set_labels, update.remove_labels);
  if (update.firewall_ids.has_value()) {
    Action groups{.region = node.region,
                  .name = "ModifyInstanceAttribute",
                  .params = {{"InstanceId", node.id}},
                  .what = fmt::format("changing the firewalls of {}", node.name)};
    add_list(groups.params, "SecurityGroupIds", *update.firewall_ids);
    static_cast<void>(co_await api_.call_patiently(ctx, std::move(groups)));
  }
  if (update.identity.has_value()) {
    co_await change_identity(ctx, node, *update.identity);
  }
  if (update.disk_gib.has_value()) {
    const auto disks =
        co_await api_.call(ctx, {.region = node.region,
                                 .name = "DescribeDisks",
                                 .params = {{"InstanceId", node.id}, {"DiskType", "system"}},
                                 .what = fmt::format("finding the disk of {}", node.name)});
    for (const auto& disk : items_of(disks.root(), "Disks", "Disk")) {
      static_cast<void>(co_await api_.call_patiently(
          ctx, {.region = node.region,
                .name = "ResizeDisk",
                .params = {{"DiskId", disk.get("DiskId").string_or()},
                           {"NewSize", std::to_string(*update.disk_gib)},
                           {"Type", "online"}},
                .what = fmt::format("growing the disk of {}", node.name)}));
    }
  }
  if (update.type.has_value()) co_await resize(ctx, node, *update.type);
  co_return {};
}

Task<void> Driver::delete_node(Context ctx, cloud::NodeRef node) {
  co_await cloud::effect_of(
      api_.call_patiently(ctx, {.region = node.region,
                                .name = "DeleteInstance",
                                .params = {{"InstanceId", node.id}, {"Force", "true"}},
                                .what = fmt::format("deleting {}", node.name)}),
      cloud::is_missing);
  co_return {};
}

Task<std::vector<cloud::NodeOutcome>> Driver::delete_nodes(Context ctx,
                                                           std::vector<cloud::NodeRef> nodes) {
  std::vector<Task<void>> tasks;
  for (const auto& node : nodes) tasks.push_back(delete_node(ctx, node));
  co_return outcomes_of(nodes, co_await async::when_all(ctx.loop(), std::move(tasks)));
}

Task<void> Driver::delete_leftover(Context, std::string, std::string leftover) {
  co_return make_error(ErrorCode::invalid_argument,
                       fmt::format("unknown leftover \"{}\"", leftover));
}

Task<std::string> Driver::console(Context ctx, cloud::NodeRef node) {
  const auto shown =
      co_await api_.call(ctx, {.region = node.region,
                               .name = "GetInstanceConsoleOutput",
                               .params = {{"InstanceId", node.id}},
                               .what = fmt::format("reading the console of {}", node.name)});
  co_return decode_base64(shown.root().get("ConsoleOutput").string_or()).value_or("");
}

}  // namespace ccloud::alibaba
