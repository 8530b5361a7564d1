// RAM roles of instances: no list of instances names them, they have calls of their own.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "json/writer.h"
#include "providers/alibaba/driver.h"

namespace ccloud::alibaba {
namespace {

constexpr std::size_t most_ids = 50;  // DescribeInstanceRamRole takes no more

std::string id_list(std::vector<std::string> ids) {
  json::Writer list;
  list.begin_array();
  for (const auto& id : ids) list.value(id);
  list.end_array();
  return list.take();
}

/// The answer has status 200 also when the role was not changed.
Result<void> outcome_of(json::Value root, std::string_view result, const std::string& node) {
  for (const auto& item : items_of(root, fmt::format("{}s", result), result)) {
    const auto code = item.get("Code").string_or();
    if (item.get("Success").bool_or(code == "200")) continue;
    Error error = make_error(ErrorCode::invalid_argument,
                             fmt::format("the role of {} was not changed: {} ({})", node,
                                         item.get("Message").string_or(), code),
                             "check that the role exists and may be given to instances");
    error.raw_code = code;
    return error;
  }
  return {};
}

}  // namespace

Task<void> Driver::read_identities(Context ctx, std::string region,
                                   std::vector<cloud::Instance>& nodes) {
  std::vector<Task<std::vector<json::Document>>> tasks;
  for (std::size_t at = 0; at < nodes.size(); at += most_ids) {
    std::vector<std::string> ids;
    for (std::size_t i = at; i < std::min(at + most_ids, nodes.size()); ++i)
      ids.push_back(nodes[i].id);
    tasks.push_back(api_.numbered_pages(ctx,
                                        {.region = region,
                                         .name = "DescribeInstanceRamRole",
                                         .params = {{"InstanceIds", id_list(std::move(ids))}},
                                         .what = "reading the nodes' roles"},
                                        static_cast<int>(most_ids), "InstanceRamRoleSets",
                                        "InstanceRamRoleSet"));
  }
  std::unordered_map<std::string, std::string> roles;
  for (auto& result : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    const auto pages = co_await std::move(result);
    for (const auto& page : pages) {
      for (const auto& item : items_of(page.root(), "InstanceRamRoleSets", "InstanceRamRoleSet"))
        roles[item.get("InstanceId").string_or()] = item.get("RamRoleName").string_or();
    }
  }
  for (auto& node : nodes) {
    const auto role = roles.find(node.id);
    node.identity = role == roles.end() ? "" : role->second;
  }
  co_return {};
}

Task<void> Driver::change_role(Context ctx, cloud::NodeRef node, std::string verb,
                               std::string role) {
  const auto answer = co_await api_.call_patiently(
      ctx, {.region = node.region,
            .name = fmt::format("{}InstanceRamRole", verb),
            .params = {{"InstanceIds", id_list({node.id})}, {"RamRoleName", role}},
            .what = fmt::format("changing the role of {}", node.name)});
  co_return outcome_of(answer.root(), fmt::format("{}InstanceRamRoleResult", verb), node.name);
}

/// An instance has one role at most: the old one goes before the new one comes.
Task<void> Driver::change_identity(Context ctx, cloud::NodeRef node, std::string identity) {
  std::vector<cloud::Instance> self(1);
  self.front().id = node.id;
  co_await read_identities(ctx, node.region, self);
  const auto old = self.front().identity;
  if (old == identity) co_return {};
  if (!old.empty()) co_await change_role(ctx, node, "Detach", old);
  if (!identity.empty()) co_await change_role(ctx, node, "Attach", identity);
  co_return {};
}

}  // namespace ccloud::alibaba
