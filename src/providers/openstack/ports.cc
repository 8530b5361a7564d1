// Ports and floating addresses of a whole batch: one look for what a killed run left, the creates
// side by side, and one list again and again until it shows them all, instead of all that for each.
// Of doubles that two machines made at once everybody takes the smallest id (design 4.3).
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/neutron.h"

namespace ccloud::openstack {
namespace {

constexpr int looks = 32;  // with their pauses some fifteen seconds, as for single things
constexpr async::Duration first_pause = std::chrono::milliseconds(50);
constexpr async::Duration longest_pause = std::chrono::milliseconds(500);

/// It may be there all the same: the answer was lost, or another machine was faster.
bool is_unclear(const Result<std::string>& made) {
  return !made && (made.error().ambiguous || made.error().code == ErrorCode::conflict);
}

bool is_missing_or_unclear(const Driver::Made& made, const std::string& key) {
  const auto found = made.find(key);
  return found == made.end() || is_unclear(found->second);
}

}  // namespace

/// The ids of what the list shows, smallest first, by the key of each.
Task<Driver::Shown> Driver::show_each(Context ctx, const Wanted& wanted) {
  const auto collection = wanted.kind + "s";
  const auto pages = co_await api_.pages(ctx,
                                         {.region = wanted.region,
                                          .service = Service::network,
                                          .path = fmt::format("/{}{}", collection, wanted.query),
                                          .what = fmt::format("looking for the {}", collection)},
                                         collection);
  Shown shown;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get(collection).items()) {
      shown[item.get(wanted.key).string_or()].insert(item.get("id").string_or());
    }
  }
  co_return shown;
}

Task<std::string> Driver::create_one(Context ctx, const Wanted& wanted, const std::string& body) {
  const auto made = co_await neutron(ctx, wanted.region, "POST", "/" + wanted.kind + "s", body,
                                     "creating a " + wanted.kind);
  auto id = made.root().get(wanted.kind).get("id").string_or();
  if (!id.empty()) co_return id;
  co_return make_error(ErrorCode::protocol,
                       fmt::format("the answer names no {} that was created", wanted.kind));
}

/// Waits until the list shows `ours`, then has the smallest of doubles win.
Task<void> Driver::settle_each(Context ctx, const Wanted& wanted, std::vector<std::string> ours,
                               Made* made) {
  auto pause = first_pause;
  for (int look = 1; !ours.empty() && look <= looks; ++look) {
    const auto shown = co_await show_each(ctx, wanted);
    std::vector<std::string> unseen;
    for (auto& key : ours) {
      auto& id = made->at(key);
      const auto found = shown.find(key);
      if (found == shown.end() || !found->second.contains(*id)) {
        unseen.push_back(std::move(key));
        continue;
      }
      const auto& winner = *found->second.begin();
      if (winner == *id) continue;
      static_cast<void>(co_await neutron(ctx, wanted.region, "DELETE",
                                         fmt::format("/{}s/{}", wanted.kind, *id), "",
                                         "removing a double")
                            .result());
      id = winner;
    }
    ours = std::move(unseen);
    if (!ours.empty() && look < looks) co_await ctx.sleep(pause);
    pause = std::min<async::Duration>(pause * 2, longest_pause);
  }
  co_return {};
}

/// A create whose answer was lost is looked for once more rather than repeated.
Task<Driver::Made> Driver::ensure_each(Context ctx, Wanted wanted) {
  Made made;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto shown = co_await show_each(ctx, wanted);
    std::vector<std::string> keys;
    std::vector<Task<std::string>> creates;
    for (const auto& [key, body] : wanted.bodies) {
      if (!is_missing_or_unclear(made, key)) continue;
      if (const auto found = shown.find(key); found != shown.end()) {
        made.insert_or_assign(key, *found->second.begin());
        continue;
      }
      keys.push_back(key);
      creates.push_back(create_one(ctx, wanted, body));
    }
    if (creates.empty()) break;
    auto results = co_await async::when_all(ctx.loop(), std::move(creates));
    std::vector<std::string> ours;
    bool is_clear = true;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (results[i]) ours.push_back(keys[i]);
      if (is_unclear(results[i])) is_clear = false;
      made.insert_or_assign(keys[i], std::move(results[i]));
    }
    if (!wanted.is_guarded) co_await settle_each(ctx, wanted, std::move(ours), &made);
    if (is_clear) break;
    // What another machine has just made is shown a moment later.
    if (attempt == 0) co_await ctx.sleep(capabilities_.visibility_lag);
  }
  co_return made;
}

/// By the nodes' names.
Task<Driver::Made> Driver::ensure_ports(Context ctx, cloud::NodeBatch batch) {
  Wanted wanted{.region = batch.region,
                .kind = "port",
                .query = fmt::format("?network_id={}&description={}", batch.network.id,
                                     percent_encode(description_of(batch.project))),
                .key = "name",
                .bodies = {}};
  for (const auto& name : batch.names) {
    const CreatePort port{.name = resource_name(batch.project, "port", name),
                          .project = batch.project,
                          .network_id = batch.network.id,
                          .subnet_id = batch.subnet_id,
                          .groups = batch.firewall_ids};
    wanted.bodies[port.name] = encode_port(port);
  }
  auto by_port = co_await ensure_each(ctx, std::move(wanted));
  Made made;
  for (const auto& name : batch.names) {
    made.emplace(name, std::move(by_port.at(resource_name(batch.project, "port", name))));
  }
  co_return made;
}

/// By the ports' ids. Nothing where nodes are on the external network itself.
Task<Driver::Made> Driver::ensure_floating_ips(Context ctx, cloud::NodeBatch batch,
                                               std::vector<std::string> ports) {
  const auto external = co_await external_network(ctx, batch.region);
  if (external.empty()) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("{} wants a public address, but the cloud has no external "
                                     "network",
                                     batch.names.front()),
                         "set \"public_ip\": false for this place");
  }
  if (external == batch.network.id) co_return Made();  // the fixed address is public
  Wanted wanted{.region = batch.region,
                .kind = "floatingip",
                .query = "?description=" + percent_encode(description_of(batch.project)),
                .key = "port_id",
                .bodies = {},
                .is_guarded = true};
  for (const auto& port : ports) {
    json::Writer out;
    out.begin_object().key("floatingip").begin_object().member("floating_network_id", external);
    out.member("port_id", port).member("description", description_of(batch.project));
    wanted.bodies[port] = out.end_object().end_object().take();
  }
  co_return co_await ensure_each(ctx, std::move(wanted));
}

/// What each node's server is to have before it: its port, with an address where it wants one. By
/// the nodes' names.
Task<Driver::Made> Driver::ensure_berths(Context ctx, cloud::NodeBatch batch) {
  auto berths = co_await ensure_ports(ctx, batch);
  std::vector<std::string> ports;
  for (const auto& [name, port] : berths) {
    if (port) ports.push_back(*port);
  }
  if (!batch.public_ip || ports.empty()) co_return berths;
  const auto addresses = co_await ensure_floating_ips(ctx, batch, std::move(ports));
  for (auto& [name, port] : berths) {
    if (!port) continue;
    const auto address = addresses.find(*port);
    if (address != addresses.end() && !address->second) {
      port = Result<std::string>(address->second.error());
    }
  }
  co_return berths;
}

}  // namespace ccloud::openstack
