// Living machines: power, labels, size, disk, firewalls, identity, console, and their end.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "json/writer.h"
#include "providers/azure/driver.h"
#include "providers/azure/errors.h"

namespace ccloud::azure {

using cloud::PowerAction;

namespace {

constexpr cloud::PollPolicy patience{.first = std::chrono::seconds(2),
                                     .most = std::chrono::seconds(15),
                                     .deadline = std::chrono::minutes(5)};

/// The incarnation that the reference means; empty: any.
std::string incarnation_of(const cloud::NodeRef& node) {
  const auto at = node.id.find('#');
  return at == std::string::npos ? std::string() : node.id.substr(at + 1);
}

/// Another change of the same machine is under way.
bool is_busy(const Error& error) {
  return error.code == ErrorCode::conflict && error.raw_code != "PropertyChangeNotAllowed";
}

bool wants_it_off(const Error& error) {
  return error.code == ErrorCode::capacity || error.raw_code == "OperationNotAllowed" ||
         error.raw_code == "ResizeDiskError";
}

}  // namespace

Task<json::Document> Driver::machine(Context ctx, cloud::NodeRef node) {
  co_return co_await api_.get(ctx, {.region = node.region,
                                    .path = path_of_node(node.id),
                                    .version = api_.versions().compute,
                                    .what = fmt::format("reading {}", node.name)});
}

/// POST {machine}/{action}, again while another change is under way.
Task<void> Driver::act(Context ctx, cloud::NodeRef node, std::string action, std::string what,
                       bool waits) {
  const Call call{.region = node.region,
                  .method = "POST",
                  .path = path_of_node(node.id) + "/" + action,
                  .version = api_.versions().compute,
                  .what = fmt::format("{} {}", what, node.name)};
  const auto step = [&] {
    return waits ? cloud::effect_of(api_.carry_out(ctx, call))
                 : cloud::effect_of(api_.send(ctx, call));
  };
  co_return co_await cloud::repeat_while(ctx, patience, step, is_busy).result();
}

Task<void> Driver::patch_machine(Context ctx, cloud::NodeRef node, std::string body,
                                 std::string what) {
  co_await api_.carry_out(ctx, {.region = node.region,
                                .method = "PATCH",
                                .path = path_of_node(node.id),
                                .version = api_.versions().compute,
                                .body = std::move(body),
                                .what = fmt::format("{} {}", what, node.name)});
  co_return {};
}

/// A size of the same hardware is a restart; another one needs the machine off its host first.
Task<void> Driver::resize(Context ctx, cloud::NodeRef node, std::string type) {
  const auto body =
      fmt::format(R"({{"properties":{{"hardwareProfile":{{"vmSize":{}}}}}}})", json::quoted(type));
  auto done = co_await patch_machine(ctx, node, body, "resizing").result();
  if (done || !wants_it_off(done.error())) co_return done;
  co_await act(ctx, node, "deallocate", "stopping", true);
  done = co_await patch_machine(ctx, node, body, "resizing").result();
  // Whatever became of it: the node was running, and shall again.
  auto started = co_await act(ctx, node, "start", "starting", true).result();
  if (!done) co_return done;
  co_return started;
}

Task<void> Driver::grow_disk(Context ctx, cloud::NodeRef node, std::int64_t gib) {
  const auto now = co_await machine(ctx, node);
  const auto disk = now.root()
                        .get("properties")
                        .get("storageProfile")
                        .get("osDisk")
                        .get("managedDisk")
                        .get("id")
                        .string_or();
  const Call patch{.region = node.region,
                   .method = "PATCH",
                   .path = disk,
                   .version = api_.versions().disks,
                   .body = fmt::format(R"({{"properties":{{"diskSizeGB":{}}}}})", gib),
                   .what = fmt::format("growing the disk of {}", node.name)};
  auto done = co_await api_.carry_out(ctx, patch).result();
  if (done) co_return {};
  if (!wants_it_off(done.error())) co_return done.error();
  co_await act(ctx, node, "deallocate", "stopping", true);
  done = co_await api_.carry_out(ctx, patch).result();
  auto started = co_await act(ctx, node, "start", "starting", true).result();
  if (!done) co_return done.error();
  co_return started;
}

Task<void> Driver::set_firewalls(Context ctx, cloud::NodeRef node,
                                 std::vector<std::string> firewalls) {
  const auto path = path_of_node(node.id);
  const auto nic = replace_all(path.substr(0, path.rfind('/')), "Microsoft.Compute/virtualMachines",
                               "Microsoft.Network/networkInterfaces") +
                   "/" + interface_name(name_of(path));
  const auto what = fmt::format("changing the firewall of {}", node.name);
  const auto now = co_await api_.get(
      ctx, {.region = node.region, .path = nic, .version = api_.versions().network, .what = what});
  const auto seen = parse_interface(now.root());
  auto wanted = co_await plan_interface(ctx, firewalls, seen.subnet_id);
  wanted.address_id = seen.address_id;
  // PUT replaces the whole; ours has nothing that encode_interface does not write.
  co_await api_.carry_out(ctx, {.region = node.region,
                                .method = "PUT",
                                .path = nic,
                                .version = api_.versions().network,
                                .body = encode_interface(wanted, node.region, seen.tags),
                                .what = what});
  co_return {};
}

Task<void> Driver::update_node(Context ctx, cloud::NodeUpdate update) {
  const auto path = path_of_node(update.node.id);
  if (!update.set_labels.empty() || !update.remove_labels.empty()) {
    co_await merge_tags(ctx, update.node.region, path, update.set_labels, update.remove_labels,
                        fmt::format("labelling {}", update.node.name));
  }
  if (update.firewall_ids) co_await set_firewalls(ctx, update.node, *update.firewall_ids);
  if (update.identity) {
    const auto wanted = co_await find_identity(ctx, update.node.region, *update.identity);
    const auto now = co_await machine(ctx, update.node);
    const auto body =
        fmt::format(R"({{"identity":{}}})", encode_identity(wanted, identity_of(now.root())));
    co_await patch_machine(ctx, update.node, body, "changing the identity of");
  }
  if (update.disk_gib) co_await grow_disk(ctx, update.node, *update.disk_gib);
  if (update.type) co_await resize(ctx, update.node, *update.type);
  co_return {};
}

Task<void> Driver::power_one(Context ctx, cloud::NodeRef node, PowerAction action) {
  cloud::NodeUpdate mark;
  mark.node = node;
  if (action == PowerAction::stop) mark.set_labels[std::string(cloud::mark_power)] = "off";
  if (action == PowerAction::start) mark.remove_labels.emplace_back(cloud::mark_power);
  co_await update_node(ctx, mark);
  switch (action) {
    case PowerAction::start:
      co_await act(ctx, node, "start", "starting", false);
      break;
    case PowerAction::stop:  // powerOff would go on costing
      co_await act(ctx, node, "deallocate", "stopping", false);
      break;
    case PowerAction::restart:
      co_await act(ctx, node, "restart", "restarting", false);
      break;
  }
  co_return {};
}

Task<std::vector<cloud::NodeOutcome>> Driver::power(Context ctx, std::vector<cloud::NodeRef> nodes,
                                                    PowerAction action) {
  std::vector<Task<void>> tasks;
  for (const auto& node : nodes) tasks.push_back(power_one(ctx, node, action));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<cloud::NodeOutcome> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = nodes[i].name, .result = std::move(results[i])});
  }
  co_return out;
}

/// Looked at first: a name may have been given to a newer machine, which is not meant.
Task<void> Driver::delete_node(Context ctx, cloud::NodeRef node) {
  const auto there = co_await machine(ctx, node).result();
  if (!there) {
    if (there.error().code == ErrorCode::not_found) co_return {};
    co_return there.error();
  }
  const auto properties = there->root().get("properties");
  const auto wanted = incarnation_of(node);
  if (!wanted.empty() && !equals_ignoring_case(properties.get("vmId").string_or(), wanted)) {
    co_return {};
  }
  co_await remove(ctx, node.region, path_of_node(node.id), api_.versions().compute,
                  fmt::format("deleting {}", node.name));
  // Somebody may have taken the delete option away; what carries our names goes all the same.
  const auto group = path_of_node(node.id).substr(0, path_of_node(node.id).find("/providers/"));
  for (const auto& nic : properties.get("networkProfile").get("networkInterfaces").items()) {
    const auto id = nic.get("id").string_or();
    if (nic.get("properties").get("deleteOption").string_or() == "Delete") continue;
    if (!equals_ignoring_case(name_of(id), interface_name(node.name))) continue;
    co_await delete_leftover(ctx, node.region, "interface " + id);
    co_await delete_leftover(
        ctx, node.region,
        "address " + resource_path(group, Kind::address, address_name(node.name)));
  }
  co_return {};
}

Task<std::vector<cloud::NodeOutcome>> Driver::delete_nodes(Context ctx,
                                                           std::vector<cloud::NodeRef> nodes) {
  std::vector<Task<void>> tasks;
  for (const auto& node : nodes) tasks.push_back(delete_node(ctx, node));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<cloud::NodeOutcome> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = nodes[i].name, .result = std::move(results[i])});
  }
  co_return out;
}

Task<void> Driver::delete_leftover(Context ctx, std::string region, std::string leftover) {
  const auto blank = leftover.find(' ');
  const auto kind = leftover.substr(0, blank);
  const auto id = leftover.substr(blank + 1);
  if (kind == "resource-group") {
    co_return co_await delete_group_if_empty(ctx, id, region).result();
  }
  const auto version = kind == "disk" ? api_.versions().disks : api_.versions().network;
  co_return co_await remove(ctx, region, id, version,
                            fmt::format("deleting the {} {}", kind, name_of(id)))
      .result();
}

Task<std::string> Driver::console(Context ctx, cloud::NodeRef node) {
  const auto what = fmt::format("reading the console of {}", node.name);
  const auto links =
      co_await api_.carry_out(ctx, {.region = node.region,
                                    .method = "POST",
                                    .path = path_of_node(node.id) + "/retrieveBootDiagnosticsData",
                                    .version = api_.versions().compute,
                                    .what = what});
  const auto url = links.root().get("serialConsoleLogBlobUri").string_or();
  if (url.empty()) {
    co_return make_error(ErrorCode::not_found, fmt::format("{}: there is none yet", what),
                         "Azure writes it while the machine boots: try again in a minute");
  }
  co_return co_await api_.read_blob(ctx, url, what);
}

}  // namespace ccloud::azure
