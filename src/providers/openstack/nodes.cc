// Servers. For each: a port of ours first (its name says whose it is), then its floating address,
// then the server on that port. Whatever a killed run left of the first two is found by name and
// used.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "json/writer.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/neutron.h"

namespace ccloud::openstack {

using cloud::NodeState;

namespace {

constexpr cloud::PollPolicy until_gone{.first = std::chrono::milliseconds(500),
                                       .most = std::chrono::seconds(5),
                                       .deadline = std::chrono::minutes(5)};

/// From a port to its server, while hundreds of others are made.
constexpr std::chrono::minutes longest_making{10};

}  // namespace

/// As soon as the list shows it; what was made a moment ago may be missing at first.
Task<std::optional<cloud::Instance>> Driver::find_by_name(Context ctx, cloud::NodeBatch batch,
                                                          std::string name) {
  constexpr std::chrono::milliseconds pause{200};
  const auto end = ctx.now() + capabilities_.visibility_lag;
  while (true) {
    const auto tagged = co_await list_servers(
        ctx, batch.region, "?tags=" + percent_encode(project_tag(batch.project)));
    const auto found = std::ranges::find_if(tagged, [&](const auto& one) {
      return one.name == name && one.state != NodeState::terminated;
    });
    if (found != tagged.end()) co_return *found;
    if (ctx.now() >= end) co_return std::nullopt;
    co_await ctx.sleep(pause);
  }
}

/// The new server, or the one that has the name already.
Task<cloud::Instance> Driver::create_once(Context ctx, cloud::NodeBatch batch, std::string name,
                                          std::string flavor, std::int64_t volume_gib,
                                          std::string port) {
  const auto body = encode_create(
      batch, {.name = name, .flavor_id = flavor, .port_id = port, .volume_gib = volume_gib});
  auto made = co_await api_
                  .send(ctx, {.region = batch.region,
                              .method = "POST",
                              .path = "/servers",
                              .body = body,
                              .idempotency = async::Idempotency::not_idempotent,
                              .what = fmt::format("creating {}", name)})
                  .result();
  if (!made && (made.error().ambiguous || made.error().code == ErrorCode::conflict)) {
    // Nova has no tokens, but a port serves one server: if the lost create worked, it is there.
    auto there = co_await find_by_name(ctx, batch, name);
    if (there) co_return std::move(*there);
  }
  if (!made) co_return made.error();
  cloud::Instance instance;
  instance.id = made->root().get("server").get("id").string_or();
  instance.name = name;
  instance.cluster = batch.cluster;
  instance.region = batch.region;
  instance.zone = batch.zone;
  instance.state = NodeState::pending;
  instance.type = batch.type;
  instance.image = batch.image.id;
  instance.labels = batch.labels;
  instance.network_id = batch.network.id;
  co_return instance;
}

async::Semaphore& Driver::creating_in(const std::string& region) {
  constexpr std::size_t most = 16;  // Nova's scheduler is slow: more at once only time out
  auto& slots = creating_[region];
  if (!slots) {
    const auto count = std::min(settings_.concurrency.value_or(most), most);
    slots = std::make_unique<async::Semaphore>(*host_.loop, count);
  }
  return *slots;
}

Task<cloud::Instance> Driver::create_node(Context ctx, cloud::NodeBatch batch, std::string name,
                                          std::string flavor, std::int64_t volume_gib,
                                          Berth& berth) {
  co_await berth.is_ready.wait();
  const auto first_port = co_await std::move(berth.port);
  const auto permit = co_await creating_in(batch.region).acquire(ctx);
  auto made = co_await create_once(ctx, batch, name, flavor, volume_gib, first_port).result();
  if (made && made->state != NodeState::error) co_return std::move(*made);
  if (made) {
    // One that found no host stays as ERROR and keeps its port, in the way of the next try.
    co_await delete_node(ctx, {.id = made->id,
                               .name = name,
                               .region = batch.region,
                               .zone = batch.zone,
                               .project = batch.project});
  } else if (!co_await lacks_port(ctx, batch.region, made.error(), first_port)) {
    co_return made.error();
  }
  batch.names = {name};
  Berths next;
  next.try_emplace(name, ctx.loop());
  co_await make_berths(ctx, batch, next);
  const auto next_port = co_await std::move(next.at(name).port);
  co_return co_await create_once(ctx, batch, name, flavor, volume_gib, next_port);
}

Task<std::vector<cloud::Created>> Driver::create_nodes(Context ctx, cloud::NodeBatch batch) {
  const auto all = co_await flavors(ctx, batch.region);
  const auto flavor = std::ranges::find_if(
      all, [&](const Flavor& one) { return one.offer.name == batch.type || one.id == batch.type; });
  if (flavor == all.end()) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("no flavor {} in region {}", batch.type, batch.region),
                         "name one of `ccloud catalog sizes --provider ...`");
  }
  // A flavor with a disk of its own gives at most that; a larger one is a volume.
  const bool needs_volume = batch.disk.gib > 0 && batch.disk.gib > flavor->disk_gib;
  if (!batch.key_name.empty()) batch.key_name = resource_name(batch.project, "key", batch.key_name);
  Berths berths;
  std::vector<Task<cloud::Instance>> tasks;
  for (const auto& name : batch.names) {
    auto& berth = berths.try_emplace(name, ctx.loop()).first->second;
    tasks.push_back(
        create_node(ctx, batch, name, flavor->id, needs_volume ? batch.disk.gib : 0, berth));
  }
  async::Group group(ctx.loop());
  group.spawn(make_berths(ctx, batch, berths));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  co_await group.join();
  std::vector<cloud::Created> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = batch.names[i], .instance = std::move(results[i])});
  }
  co_return out;
}

Task<cloud::Instance> Driver::server(Context ctx, cloud::NodeRef node) {
  const auto body = co_await api_.send(ctx, {.region = node.region,
                                             .path = "/servers/" + node.id,
                                             .what = fmt::format("reading {}", node.name)});
  co_return parse_server(body.root().get("server"), node.region);
}

Task<void> Driver::action(Context ctx, cloud::NodeRef node, std::string body, std::string what) {
  co_await api_.send(ctx, {.region = node.region,
                           .method = "POST",
                           .path = "/servers/" + node.id + "/action",
                           .body = std::move(body),
                           .what = fmt::format("{} {}", what, node.name)});
  co_return {};
}

/// Resize is three steps in Nova: ask, wait for VERIFY_RESIZE (running in our words), confirm.
Task<void> Driver::resize(Context ctx, cloud::NodeRef node, std::string type) {
  const auto all = co_await flavors(ctx, node.region);
  const auto flavor = std::ranges::find_if(
      all, [&](const Flavor& one) { return one.offer.name == type || one.id == type; });
  if (flavor == all.end()) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("no flavor {} in region {}", type, node.region));
  }
  co_await action(ctx, node,
                  fmt::format(R"({{"resize":{{"flavorRef":{}}}}})", json::quoted(flavor->id)),
                  "resizing");
  const Context patient = ctx.with_timeout(std::chrono::minutes(20));
  for (int attempt = 0;; ++attempt) {
    co_await patient.sleep(std::chrono::seconds(std::min(2 + attempt, 10)));
    const auto body = co_await api_.send(patient, {.region = node.region,
                                                   .path = "/servers/" + node.id,
                                                   .what = fmt::format("reading {}", node.name)});
    const auto status = body.root().get("server").get("status").string_or();
    if (status == "VERIFY_RESIZE") break;
    if (status == "ERROR" || ((status == "ACTIVE" || status == "SHUTOFF") && attempt > 2)) {
      co_return make_error(ErrorCode::capacity,
                           fmt::format("{} was not resized to {}", node.name, type),
                           "the cloud has no room for it; try another size");
    }
  }
  co_await action(ctx, node, R"({"confirmResize":null})", "confirming the resize of");
  co_return {};
}

Task<void> Driver::update_node(Context ctx, cloud::NodeUpdate update) {
  const auto path = "/servers/" + update.node.id + "/metadata";
  if (!update.set_labels.empty()) {
    co_await api_.send(ctx, {.region = update.node.region,
                             .method = "POST",
                             .path = path,
                             .body = encode_metadata(update.set_labels),
                             .what = fmt::format("labelling {}", update.node.name)});
  }
  for (const auto& label : update.remove_labels) {
    co_await cloud::effect_of(
        api_.send(ctx, {.region = update.node.region,
                        .method = "DELETE",
                        .path = path + "/" + percent_encode(label),
                        .what = fmt::format("unlabelling {}", update.node.name)}),
        cloud::is_missing);
  }
  if (update.firewall_ids.has_value()) {
    const auto ports =
        co_await neutron(ctx, update.node.region, "GET", "/ports?device_id=" + update.node.id, "",
                         "reading the ports");
    for (const auto& port : ports.root().get("ports").items()) {
      json::Writer out;
      out.begin_object().key("port").begin_object();
      out.member("security_groups", *update.firewall_ids).end_object().end_object();
      co_await neutron(ctx, update.node.region, "PUT", "/ports/" + port.get("id").string_or(),
                       out.take(), "changing the port's groups");
    }
  }
  if (update.type.has_value()) co_await resize(ctx, update.node, *update.type);
  co_return {};
}

Task<void> Driver::power_one(Context ctx, cloud::NodeRef node, cloud::PowerAction wanted) {
  using cloud::PowerAction;
  cloud::NodeUpdate mark;
  mark.node = node;
  if (wanted == PowerAction::stop) mark.set_labels[std::string(cloud::mark_power)] = "off";
  if (wanted == PowerAction::start) mark.remove_labels.emplace_back(cloud::mark_power);
  co_await update_node(ctx, mark);
  const auto state = (co_await server(ctx, node)).state;
  const bool is_there = (wanted == PowerAction::stop &&
                         (state == NodeState::stopped || state == NodeState::stopping)) ||
                        (wanted == PowerAction::start && state == NodeState::running);
  if (is_there) co_return {};
  switch (wanted) {
    case PowerAction::start:
      co_await action(ctx, node, R"({"os-start":null})", "starting");
      break;
    case PowerAction::stop:
      co_await action(ctx, node, R"({"os-stop":null})", "stopping");
      break;
    case PowerAction::restart:
      co_await action(ctx, node, R"({"reboot":{"type":"SOFT"}})", "restarting");
      break;
  }
  co_return {};
}

Task<std::vector<cloud::NodeOutcome>> Driver::power(Context ctx, std::vector<cloud::NodeRef> nodes,
                                                    cloud::PowerAction action) {
  std::vector<Task<void>> tasks;
  for (const auto& node : nodes) tasks.push_back(power_one(ctx, node, action));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<cloud::NodeOutcome> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = nodes[i].name, .result = std::move(results[i])});
  }
  co_return out;
}

bool Driver::is_freed(json::Value port, const Freed& freed, async::WallTime now) {
  const auto holder = port.get("device_id").string_or();
  if (!holder.empty() && holder != freed.server) return false;
  const auto self = read_candidate(port);
  const bool is_its = !holder.empty() || freed.ports.contains(self.id);
  // Another machine that makes the same node again has not come to its server yet.
  if (freed.is_by_name && !is_its && open_for(self, now, longest_making) > async::Duration(0)) {
    return false;
  }
  return freed.group.empty() ||
         std::ranges::any_of(port.get("security_groups").items(),
                             [&](const auto& one) { return one.string_or() == freed.group; });
}

/// Floating addresses first: a port that is gone leaves its address allocated. The port is read
/// again right before: another machine may have given it to a server meanwhile.
Task<void> Driver::delete_port(Context ctx, std::string region, std::string id, Freed freed) {
  const auto now =
      co_await neutron(ctx, region, "GET", "/ports/" + id, "", "reading a port").result();
  if (!now && cloud::is_missing(now.error())) co_return {};
  if (!now) co_return now.error();
  if (!is_freed(now->root().get("port"), freed, ctx.wall_now())) co_return {};
  const auto addresses = co_await neutron(ctx, region, "GET", "/floatingips?port_id=" + id, "",
                                          "looking for the addresses");
  for (const auto& address : addresses.root().get("floatingips").items()) {
    co_await cloud::effect_of(
        neutron(ctx, region, "DELETE", "/floatingips/" + address.get("id").string_or(), "",
                "deleting a floatingip"),
        cloud::is_missing);
  }
  co_await cloud::effect_of(neutron(ctx, region, "DELETE", "/ports/" + id, "", "deleting a port"),
                            cloud::is_missing);
  co_return {};
}

Task<void> Driver::delete_ports(Context ctx, std::string region, std::string query, Freed freed) {
  const auto ports =
      co_await neutron(ctx, region, "GET", "/ports" + query, "", "looking for the ports");
  for (const auto& port : ports.root().get("ports").items()) {
    if (!is_freed(port, freed, ctx.wall_now())) continue;
    co_await delete_port(ctx, region, port.get("id").string_or(), freed);
  }
  co_return {};
}

/// By a server that stays. One that is not found twice, a lag apart, is gone.
Task<bool> Driver::is_held(Context ctx, std::string region, std::string port) {
  const auto now =
      co_await neutron(ctx, region, "GET", "/ports/" + port, "", "reading a port").result();
  if (!now && cloud::is_missing(now.error())) co_return false;
  if (!now) co_return now.error();
  const auto holder = now->root().get("port").get("device_id").string_or();
  if (holder.empty()) co_return false;
  const cloud::NodeRef node{.id = holder, .name = "a port's server", .region = region};
  for (int look = 1;; ++look) {
    const auto there = co_await server(ctx, node).result();
    if (there) {
      co_return there->state != NodeState::terminating && there->state != NodeState::terminated;
    }
    if (!cloud::is_missing(there.error())) co_return there.error();
    if (look == 2) co_return false;
    co_await ctx.sleep(capabilities_.visibility_lag);
  }
}

/// A create was refused because somebody has taken the port away.
Task<bool> Driver::lacks_port(Context ctx, std::string region, const Error& error,
                              std::string port) {
  if (error.code != ErrorCode::invalid_argument && error.code != ErrorCode::not_found) {
    co_return false;
  }
  const auto now =
      co_await neutron(ctx, region, "GET", "/ports/" + port, "", "reading a port").result();
  co_return !now && cloud::is_missing(now.error());
}

Task<bool> Driver::is_gone(Context ctx, cloud::NodeRef node) {
  const auto there = co_await server(ctx, node).result();
  if (there) co_return there->state == NodeState::terminated;
  if (cloud::is_missing(there.error())) co_return true;
  co_return there.error();
}

Task<void> Driver::delete_node(Context ctx, cloud::NodeRef node) {
  Freed freed{.server = node.id, .is_by_name = true};
  if (!node.project.empty()) {
    const auto held = co_await neutron(ctx, node.region, "GET", "/ports?device_id=" + node.id, "",
                                       "looking for the ports");
    for (const auto& port : held.root().get("ports").items()) {
      freed.ports.insert(port.get("id").string_or());
    }
  }
  const auto gone = co_await api_
                        .send(ctx, {.region = node.region,
                                    .method = "DELETE",
                                    .path = "/servers/" + node.id,
                                    .what = fmt::format("deleting {}", node.name)})
                        .result();
  if (!gone && !cloud::is_missing(gone.error())) co_return gone.error();
  if (gone) {
    const auto look = [&] { return is_gone(ctx, node); };
    co_await cloud::poll_until(ctx, until_gone, fmt::format("deleting {}", node.name), look,
                               [](bool is_there_no_more) { return is_there_no_more; });
  }
  // A server that is gone already (a killed run) may have left them, too. Only what carries our
  // name: a port that others attached stays.
  if (node.project.empty()) co_return {};
  const auto name = resource_name(node.project, "port", node.name);
  co_await delete_ports(ctx, node.region,
                        "?name=" + percent_encode(name) +
                            "&description=" + percent_encode(description_of(node.project)),
                        std::move(freed));
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
  if (kind == "router") {
    co_await delete_router(ctx, region, id);
    co_return {};
  }
  // A look may have been a moment behind: what serves a server by now stays.
  if (kind == "port" && co_await is_held(ctx, region, id)) co_return {};
  if (kind == "floatingip") {
    const auto now =
        co_await neutron(ctx, region, "GET", "/floatingips/" + id, "", "reading an address")
            .result();
    const auto port = now ? now->root().get("floatingip").get("port_id").string_or() : "";
    if (!port.empty() && co_await is_held(ctx, region, port)) co_return {};
  }
  co_await cloud::effect_of(
      neutron(ctx, region, "DELETE", "/" + kind + "s/" + id, "", "deleting a " + kind),
      cloud::is_missing);
  forget(id);
  co_return {};
}

Task<std::string> Driver::console(Context ctx, cloud::NodeRef node) {
  const auto body =
      co_await api_.send(ctx, {.region = node.region,
                               .method = "POST",
                               .path = "/servers/" + node.id + "/action",
                               .body = R"({"os-getConsoleOutput":{"length":1000}})",
                               .what = fmt::format("reading the console of {}", node.name)});
  co_return body.root().get("output").string_or();
}

}  // namespace ccloud::openstack
