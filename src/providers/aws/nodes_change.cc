// Power, termination, changes in place and the console. Calls take many ids at once; where one bad
// id spoils the whole call, each node is tried alone.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "async/group.h"
#include "base/hash.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/errors.h"
#include "providers/aws/labels.h"
#include "providers/aws/nodes.h"

namespace ccloud::aws {
namespace {

using cloud::NodeOutcome;
using cloud::NodeRef;
using cloud::NodeState;
using cloud::PowerAction;

constexpr std::size_t ids_per_call = 500;
constexpr cloud::PollPolicy until_settled{.first = std::chrono::seconds(1),
                                          .most = std::chrono::seconds(10),
                                          .deadline = std::chrono::minutes(10)};

std::vector<std::string> ids_of(const std::vector<NodeRef>& nodes) {
  std::vector<std::string> ids;
  for (const auto& node : nodes) ids.push_back(node.id);
  return ids;
}

std::string names_of(const std::vector<NodeRef>& nodes) {
  return nodes.size() == 1 ? fmt::format("the node {}", nodes.front().name)
                           : fmt::format("{} nodes", nodes.size());
}

/// Same region, at most ids_per_call.
std::vector<std::vector<NodeRef>> in_calls(const std::vector<NodeRef>& nodes) {
  std::map<std::string, std::vector<NodeRef>> by_region;
  for (const auto& node : nodes) by_region[node.region].push_back(node);
  std::vector<std::vector<NodeRef>> calls;
  for (const auto& [region, all] : by_region) {
    for (std::size_t at = 0; at < all.size(); at += ids_per_call) {
      const auto end = std::min(all.size(), at + ids_per_call);
      calls.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                         all.begin() + static_cast<std::ptrdiff_t>(end));
    }
  }
  return calls;
}

/// One step on nodes of one region.
using Step = std::function<Task<void>(std::vector<NodeRef>)>;

Task<NodeOutcome> one_alone(Step step, NodeRef node) {
  auto done = co_await step({node}).result();
  co_return NodeOutcome{.name = node.name, .result = std::move(done)};
}

/// One node may have spoilt the call for all; of a refused key or a throttle that cannot be said.
bool is_about_one(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::conflict ||
         error.code == ErrorCode::invalid_argument;
}

Task<std::vector<NodeOutcome>> all_or_each(Api& api, Step step, std::vector<NodeRef> nodes) {
  auto done = co_await step(nodes).result();
  std::vector<NodeOutcome> outcomes;
  if (done.has_value() || nodes.size() == 1 || !is_about_one(done.error())) {
    for (const auto& node : nodes) outcomes.push_back({.name = node.name, .result = done});
    co_return outcomes;
  }
  std::vector<Task<NodeOutcome>> tasks;
  for (const auto& node : nodes) tasks.push_back(one_alone(step, node));
  for (auto& one : co_await async::when_all(api.loop(), std::move(tasks))) {
    outcomes.push_back(co_await std::move(one));
  }
  co_return outcomes;
}

Task<std::vector<NodeOutcome>> for_all(Api& api, std::vector<NodeRef> nodes, Step step) {
  std::vector<Task<std::vector<NodeOutcome>>> tasks;
  for (auto& call : in_calls(nodes)) tasks.push_back(all_or_each(api, step, std::move(call)));
  std::vector<NodeOutcome> outcomes;
  for (auto& part : co_await async::when_all(api.loop(), std::move(tasks))) {
    auto some = co_await std::move(part);
    std::ranges::move(some, std::back_inserter(outcomes));
  }
  co_return outcomes;
}

Task<void> set_power_mark(Context ctx, Api& api, const std::vector<NodeRef>& nodes, bool is_off) {
  Form form(is_off ? "CreateTags" : "DeleteTags");
  form.list("ResourceId", ids_of(nodes));
  if (is_off) {
    form.tags({{std::string(cloud::mark_power), "off"}});
  } else {
    form.add("Tag.1.Key", std::string(cloud::mark_power));
  }
  static_cast<void>(co_await api.ec2(ctx, nodes.front().region,
                                     fmt::format("marking {}", names_of(nodes)), std::move(form)));
  co_return {};
}

std::string_view action_name(PowerAction action) {
  switch (action) {
    case PowerAction::start:
      return "StartInstances";
    case PowerAction::stop:
      return "StopInstances";
    default:
      return "RebootInstances";
  }
}

/// While a node is between states EC2 refuses; it will not be for long.
Task<void> call_settled(Context ctx, Api& api, std::vector<NodeRef> nodes, std::string action,
                        std::string what) {
  const auto policy =
      nodes.size() == 1 ? until_settled : cloud::PollPolicy{.deadline = std::chrono::seconds(0)};
  Form form(std::move(action));
  form.list("InstanceId", ids_of(nodes));
  const auto step = [&] {
    return cloud::effect_of(api.ec2(ctx, nodes.front().region, what, form));
  };
  const auto is_between = [](const Error& error) {
    return error.raw_code == "IncorrectInstanceState";
  };
  co_return co_await cloud::repeat_while(ctx, policy, step, is_between).result();
}

Task<void> power_some(Context ctx, Api& api, std::vector<NodeRef> nodes, PowerAction action) {
  // The mark first: a node that is down without it would be started again.
  if (action != PowerAction::restart) {
    co_await set_power_mark(ctx, api, nodes, action == PowerAction::stop);
  }
  const std::string what = fmt::format("{} {}",
                                       action == PowerAction::start  ? "starting"
                                       : action == PowerAction::stop ? "stopping"
                                                                     : "restarting",
                                       names_of(nodes));
  co_await call_settled(ctx, api, std::move(nodes), std::string(action_name(action)), what);
  co_return {};
}

/// A node that ended long ago still shows for an hour; without our mark nobody takes it for ours.
Task<void> forget_dead(Context ctx, Api& api, std::string region, std::vector<std::string> ids) {
  Form form("DeleteTags");
  form.list("ResourceId", ids).add("Tag.1.Key", std::string(cloud::mark_project));
  static_cast<void>(
      co_await api.ec2(ctx, region, "forgetting nodes that ended", std::move(form)).result());
  co_return {};
}

Task<void> terminate_some(Context ctx, Api& api, std::vector<NodeRef> nodes) {
  Form form("TerminateInstances");
  form.list("InstanceId", ids_of(nodes));
  const std::string region = nodes.front().region;
  auto done =
      co_await api.ec2(ctx, region, fmt::format("deleting {}", names_of(nodes)), std::move(form))
          .result();
  if (!done.has_value()) {
    if (nodes.size() == 1 && is_missing(done.error())) co_return {};
    co_return done.error();
  }
  std::vector<std::string> dead;
  for (const Node item : done->root().items("instancesSet")) {
    if (item.text("previousState/name") == "terminated") dead.push_back(item.text("instanceId"));
  }
  if (!dead.empty()) co_await forget_dead(ctx, api, region, std::move(dead));
  co_return {};
}

struct Details {
  NodeState state = NodeState::unknown;
  std::string root_volume;
};

Task<Details> look_at(Context ctx, Api& api, NodeRef node) {
  Form form("DescribeInstances");
  form.list("InstanceId", {node.id});
  const auto xml = co_await api.ec2(
      ctx, node.region, fmt::format("looking at the node {}", node.name), std::move(form));
  Details details;
  for (const Node reservation : xml.root().items("reservationSet")) {
    for (const Node item : reservation.items("instancesSet")) {
      details.state = read_instance(item, node.region).state;
      details.root_volume = root_volume_of(item);
    }
  }
  co_return details;
}

Task<void> wait_for_state(Context ctx, Api& api, NodeRef node, NodeState state) {
  const auto look = [&] { return look_at(ctx, api, node); };
  const auto is_there = [&](const Details& seen) { return seen.state == state; };
  const auto what = fmt::format("waiting for the node {} to be {}", node.name, to_string(state));
  co_await cloud::poll_until(ctx, until_settled, what, look, is_there);
  co_return {};
}

Task<void> modify(Context ctx, Api& api, NodeRef node, Form form, std::string what) {
  form.add("InstanceId", node.id);
  static_cast<void>(co_await api.ec2(ctx, node.region, std::move(what), std::move(form)));
  co_return {};
}

/// Stop, resize, start; a node that was stopped stays so.
Task<void> resize(Context ctx, Api& api, NodeRef node, std::string type) {
  const auto before = co_await look_at(ctx, api, node);
  const std::string what = fmt::format("resizing the node {} to {}", node.name, type);
  if (before.state != NodeState::stopped) {
    co_await call_settled(ctx, api, {node}, "StopInstances", what);
    co_await wait_for_state(ctx, api, node, NodeState::stopped);
  }
  Form form("ModifyInstanceAttribute");
  form.add("InstanceType.Value", type);
  auto done = co_await modify(ctx, api, node, std::move(form), what).result();
  // Also when the new type was refused: the node goes on as it was.
  if (before.state != NodeState::stopped) {
    co_await call_settled(ctx, api, {node}, "StartInstances", what);
  }
  co_return done;
}

Task<void> grow_disk(Context ctx, Api& api, NodeRef node, std::int64_t gib) {
  const auto details = co_await look_at(ctx, api, node);
  if (details.root_volume.empty()) {
    co_return make_error(ErrorCode::conflict,
                         fmt::format("the node {} has no root volume to grow", node.name),
                         "replace the node");
  }
  Form form("ModifyVolume");
  form.add("VolumeId", details.root_volume).add("Size", gib);
  static_cast<void>(co_await api.ec2(ctx, node.region,
                                     fmt::format("growing the disk of the node {}", node.name),
                                     std::move(form)));
  co_return {};
}

/// One call each way: a profile that is there is replaced, else associated; "" takes it away.
Task<void> set_identity(Context ctx, Api& api, NodeRef node, std::string identity) {
  const std::string what = fmt::format("changing the instance profile of the node {}", node.name);
  Form find("DescribeIamInstanceProfileAssociations");
  find.filter("instance-id", {node.id}).filter("state", {"associating", "associated"});
  const auto listed = co_await api.ec2(ctx, node.region, what, std::move(find));
  std::string association;
  for (const Node item : listed.root().items("iamInstanceProfileAssociationSet")) {
    association = item.text("associationId");
  }
  if (identity.empty() && association.empty()) co_return {};
  const std::string key =
      identity.starts_with("arn:") ? "IamInstanceProfile.Arn" : "IamInstanceProfile.Name";
  Form form(identity.empty()      ? "DisassociateIamInstanceProfile"
            : association.empty() ? "AssociateIamInstanceProfile"
                                  : "ReplaceIamInstanceProfileAssociation");
  if (!association.empty()) form.add("AssociationId", association);
  if (association.empty()) form.add("InstanceId", node.id);
  if (!identity.empty()) form.add(key, identity);
  static_cast<void>(co_await api.ec2(ctx, node.region, what, std::move(form)));
  co_return {};
}

}  // namespace

Task<std::vector<NodeOutcome>> power(Context ctx, Api& api, std::vector<NodeRef> nodes,
                                     PowerAction action) {
  co_return co_await for_all(api, std::move(nodes), [&](std::vector<NodeRef> some) {
    return power_some(ctx, api, std::move(some), action);
  });
}

Task<std::vector<NodeOutcome>> delete_nodes(Context ctx, Api& api, std::vector<NodeRef> nodes) {
  co_return co_await for_all(api, std::move(nodes), [&](std::vector<NodeRef> some) {
    return terminate_some(ctx, api, std::move(some));
  });
}

/// The labels last: they say what was reached, so that a change cut short is seen and repeated.
Task<void> update_node(Context ctx, Api& api, cloud::NodeUpdate update) {
  if (update.firewall_ids.has_value()) {
    Form form("ModifyInstanceAttribute");
    form.list("GroupId", *update.firewall_ids);
    co_await modify(ctx, api, update.node, std::move(form),
                    fmt::format("changing the firewalls of the node {}", update.node.name));
  }
  if (update.identity.has_value()) {
    co_await set_identity(ctx, api, update.node, *update.identity);
  }
  if (update.disk_gib.has_value()) co_await grow_disk(ctx, api, update.node, *update.disk_gib);
  if (update.type.has_value()) co_await resize(ctx, api, update.node, *update.type);
  co_await relabel(ctx, api, update.node.region, {update.node.id}, update.set_labels,
                   update.remove_labels, fmt::format("labelling the node {}", update.node.name));
  co_return {};
}

Task<std::string> console(Context ctx, Api& api, NodeRef node) {
  const std::string what = fmt::format("reading the console of the node {}", node.name);
  Form latest("GetConsoleOutput");
  latest.add("InstanceId", node.id).flag("Latest", true);
  auto got = co_await api.ec2(ctx, node.region, what, std::move(latest)).result();
  if (!got.has_value() && !is_missing(got.error())) {
    Form plain("GetConsoleOutput");  // `Latest` needs a type of the Nitro kind
    plain.add("InstanceId", node.id);
    got = co_await api.ec2(ctx, node.region, what, std::move(plain)).result();
  }
  const auto xml = co_await std::move(got);
  co_return decode_base64(xml.root().text("output")).value_or("");
}

}  // namespace ccloud::aws
