// Living machines: power, labels, size, disk, firewalls, identity, console, and their end. Paths
// have the numeric id, so that a newer machine of the same name is never meant by mistake.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "json/writer.h"
#include "providers/gcp/driver.h"
#include "providers/gcp/errors.h"
#include "providers/gcp/first_boot.h"

namespace ccloud::gcp {

using cloud::PowerAction;

namespace {

constexpr cloud::PollPolicy patience{.first = std::chrono::seconds(1),
                                     .most = std::chrono::seconds(10),
                                     .deadline = std::chrono::minutes(5)};
constexpr int most_stale_fingerprints = 8;
constexpr int most_console_pages = 16;

void write_labels(json::Writer& out, const cloud::Labels& labels) {
  out.begin_object();
  for (const auto& [key, value] : labels) out.member(key, value);
  out.end_object();
}

std::string encode_labels(json::Value machine, const cloud::Labels& labels) {
  json::Writer out;
  out.begin_object().key("labels");
  write_labels(out, labels);
  out.member("labelFingerprint", machine.get("labelFingerprint").string_or());
  return out.end_object().take();
}

/// Empty when the item has that value already.
std::string encode_item(json::Value machine, std::string_view key, const std::string& value) {
  auto items = read_metadata(machine);
  auto& item = items[std::string(key)];
  if (item == value) return {};
  item = value;
  json::Writer out;
  out.begin_object().member("fingerprint", machine.get("metadata").get("fingerprint").string_or());
  out.key("items").begin_array();
  for (const auto& [name, text] : items) {
    out.begin_object().member("key", name).member("value", text).end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace

Task<std::string> Driver::machine_path(Context ctx, cloud::NodeRef node) {
  co_return fmt::format("{}/zones/{}/instances/{}", co_await project_path(ctx), node.zone, node.id);
}

Task<json::Document> Driver::machine(Context ctx, cloud::NodeRef node) {
  co_return co_await api_.get(ctx, {.region = node.region,
                                    .path = co_await machine_path(ctx, node),
                                    .what = fmt::format("reading {}", node.name)});
}

/// POST {machine}/{action} to its end, again while another change is under way.
Task<void> Driver::act(Context ctx, cloud::NodeRef node, std::string action, std::string body,
                       std::string what) {
  const Call call{.region = node.region,
                  .method = "POST",
                  .path = co_await machine_path(ctx, node) + "/" + action,
                  .body = std::move(body),
                  .what = fmt::format("{} {}", what, node.name)};
  const auto step = [&] { return cloud::effect_of(api_.carry_out(ctx, call)); };
  co_return co_await cloud::repeat_while(ctx, patience, step, is_passing).result();
}

/// A change that names the fingerprint of what it replaces: read, change, and again when somebody
/// else was faster. An empty body: there is nothing to change.
Task<void> Driver::change_protected(Context ctx, cloud::NodeRef node, std::string action,
                                    std::string what,
                                    std::function<std::string(json::Value)> body) {
  for (int attempt = 1;; ++attempt) {
    const auto now = co_await machine(ctx, node);
    auto text = body(now.root());
    if (text.empty()) co_return {};
    auto done = co_await act(ctx, node, action, std::move(text), what).result();
    const bool is_stale = !done && done.error().raw_code == "conditionNotMet";
    if (!is_stale || attempt == most_stale_fingerprints) co_return done;
  }
}

Task<void> Driver::set_labels(Context ctx, cloud::NodeRef node, cloud::Labels set,
                              std::vector<std::string> remove) {
  co_return co_await change_protected(ctx, node, "setLabels", "labelling", [&](json::Value now) {
    const auto before = read_labels(now.get("labels"));
    auto after = before;
    for (const auto& key : remove) after.erase(key);
    for (const auto& [key, value] : set) after[key] = value;
    // Marks that somebody took away come back on the way.
    const auto metadata = read_metadata(now);
    for (const auto mark : {cloud::mark_cluster, cloud::mark_node}) {
      const auto known = metadata.find(std::string(mark));
      if (known != metadata.end()) after.emplace(known->first, known->second);
    }
    return after == before ? std::string() : encode_labels(now, after);
  }).result();
}

/// Ours are exchanged; network tags that others put on it stay.
Task<void> Driver::set_tags(Context ctx, cloud::NodeRef node, std::vector<std::string> firewalls) {
  co_return co_await change_protected(
      ctx, node, "setTags", "changing the firewalls of",
      [&](json::Value now) {
        std::vector<std::string> before;
        auto after = firewalls;
        for (const auto& tag : now.get("tags").get("items").items()) {
          before.push_back(tag.string_or());
          if (!before.back().starts_with("ccloud-")) after.push_back(before.back());
        }
        std::ranges::sort(before);
        std::ranges::sort(after);
        const auto [first, last] = std::ranges::unique(after);
        after.erase(first, last);
        if (after == before) return std::string();
        json::Writer out;
        out.begin_object().member("items", after);
        out.member("fingerprint", now.get("tags").get("fingerprint").string_or());
        return out.end_object().take();
      })
      .result();
}

/// The agent on the node would bring back at its next start what the metadata still has.
Task<void> Driver::set_keys(Context ctx, cloud::NodeRef node, std::vector<std::string> keys) {
  co_return co_await change_protected(
      ctx, node, "setMetadata", "changing the keys of",
      [&](json::Value now) {
        const auto items = read_metadata(now);
        const auto old = items.find(std::string(item_keys));
        if (old == items.end()) return std::string();
        return encode_item(now, item_keys, ssh_keys_item(user_of_item(old->second), keys));
      })
      .result();
}

/// Type and identity change only while the machine is off; one that ran runs again, whatever became
/// of the change.
Task<void> Driver::set_off_line(Context ctx, cloud::NodeUpdate update) {
  const auto& node = update.node;
  const auto project = co_await api_.project(ctx);
  const auto before = co_await machine(ctx, node);
  const bool was_off =
      state_of(before.root().get("status").string_or()) == cloud::NodeState::stopped;
  if (update.identity) {
    const auto& identity = *update.identity;
    co_await change_protected(
        ctx, node, "setMetadata", "changing the identity of",
        [&](json::Value now) { return encode_item(now, item_identity, identity); });
  }
  if (!was_off) co_await act(ctx, node, "stop", "", "stopping");
  Result<void> done;
  if (update.identity) {
    done = co_await act(ctx, node, "setServiceAccount",
                        encode_account(account_address(*update.identity, project)),
                        "changing the identity of")
               .result();
  }
  if (done && update.type) {
    json::Writer body;
    body.begin_object();
    body.member("machineType", fmt::format("zones/{}/machineTypes/{}", node.zone, *update.type));
    done = co_await act(ctx, node, "setMachineType", body.end_object().take(), "resizing").result();
  }
  if (was_off) co_return done;
  auto started = co_await act(ctx, node, "start", "", "starting").result();
  if (!done) co_return done;
  co_return started;
}

Task<void> Driver::grow_disk(Context ctx, cloud::NodeRef node, std::int64_t gib) {
  const auto now = co_await machine(ctx, node);
  std::string disk;
  for (const auto& one : now.root().get("disks").items()) {
    if (disk.empty() || one.get("boot").bool_or(false))
      disk = last_part(one.get("source").string_or());
  }
  const auto path =
      fmt::format("{}/zones/{}/disks/{}", co_await project_path(ctx), node.zone, disk);
  const auto what = fmt::format("growing the disk of {}", node.name);
  const auto seen = co_await api_.get(ctx, {.region = node.region, .path = path, .what = what});
  if (seen.root().get("sizeGb").to_int().value_or(0) >= gib) co_return {};
  co_await api_.carry_out(ctx, {.region = node.region,
                                .method = "POST",
                                .path = path + "/resize",
                                .body = fmt::format(R"({{"sizeGb":"{}"}})", gib),
                                .what = what});
  co_return {};
}

Task<void> Driver::update_node(Context ctx, cloud::NodeUpdate update) {
  // Before the labels, which say that they are exchanged.
  if (update.ssh_keys) co_await set_keys(ctx, update.node, *update.ssh_keys);
  if (!update.set_labels.empty() || !update.remove_labels.empty()) {
    co_await set_labels(ctx, update.node, update.set_labels, update.remove_labels);
  }
  if (update.firewall_ids) co_await set_tags(ctx, update.node, *update.firewall_ids);
  if (update.disk_gib) co_await grow_disk(ctx, update.node, *update.disk_gib);
  if (update.identity || update.type) co_await set_off_line(ctx, update);
  co_return {};
}

Task<void> Driver::power_one(Context ctx, cloud::NodeRef node, PowerAction action) {
  const std::string mark(cloud::mark_power);
  if (action == PowerAction::stop) co_await set_labels(ctx, node, {{mark, "off"}}, {});
  if (action == PowerAction::start) co_await set_labels(ctx, node, {}, {mark});
  switch (action) {
    case PowerAction::start:  // to its end: there may be no room for it any more
      co_await act(ctx, node, "start", "", "starting");
      break;
    case PowerAction::restart:
      co_await act(ctx, node, "reset", "", "restarting");
      break;
    case PowerAction::stop:  // the guest may take minutes
      co_await api_.send(ctx, {.region = node.region,
                               .method = "POST",
                               .path = co_await machine_path(ctx, node) + "/stop",
                               .what = fmt::format("stopping {}", node.name)});
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

Task<void> Driver::delete_node(Context ctx, cloud::NodeRef node) {
  const Call call{.region = node.region,
                  .method = "DELETE",
                  .path = co_await machine_path(ctx, node),
                  .what = fmt::format("deleting {}", node.name)};
  const auto step = [&] { return cloud::effect_of(api_.carry_out(ctx, call), cloud::is_missing); };
  co_return co_await cloud::repeat_while(ctx, patience, step, is_passing).result();
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

/// The ring of the last megabyte, by pages that say where the next begins.
Task<std::string> Driver::console(Context ctx, cloud::NodeRef node) {
  std::string out;
  std::string start = "0";
  for (int page = 0; page < most_console_pages; ++page) {
    const auto found =
        co_await api_.get(ctx, {.region = node.region,
                                .path = co_await machine_path(ctx, node) + "/serialPort",
                                .query = {{"port", "1"}, {"start", start}},
                                .what = fmt::format("reading the console of {}", node.name)});
    const auto text = found.root().get("contents").string_or();
    out += text;
    const auto next = found.root().get("next").to_int();
    if (text.empty() || !next) break;
    start = std::to_string(*next);
  }
  co_return out;
}

}  // namespace ccloud::gcp
