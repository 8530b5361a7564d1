// Ports and floating addresses of a whole batch: one look for what a killed run left, the creates
// side by side, and one list again and again until it shows them all, instead of all that for each.
// Each node goes on as soon as its own are there. Of doubles that two machines made at once
// everybody takes the same one (election.cc).
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

/// What the list shows, by the key of each; the one that counts first.
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
      shown[item.get(wanted.key).string_or()].insert(read_candidate(item));
    }
  }
  co_return shown;
}

/// The same once it is clear which of doubles counts: another machine may be making some right now.
Task<Driver::Shown> Driver::show_decided(Context ctx, const Wanted& wanted) {
  auto shown = co_await show_each(ctx, wanted);
  async::Duration wait{0};
  for (const auto& [key, body] : wanted.bodies) {
    const auto found = shown.find(key);
    if (found == shown.end() || wanted.is_guarded) continue;
    wait = std::max(wait,
                    open_for(*found->second.begin(), ctx.wall_now(), capabilities_.visibility_lag));
  }
  if (wait == async::Duration(0)) co_return shown;
  co_await ctx.sleep(wait);
  co_return co_await show_each(ctx, wanted);
}

/// A port's second address is refused: the first, whoever made it, is as good.
Task<std::string> Driver::create_one(Context ctx, const Wanted& wanted, const std::string& body) {
  const auto made = co_await neutron(ctx, wanted.region, "POST", "/" + wanted.kind + "s", body,
                                     "creating a " + wanted.kind)
                        .result();
  if (!made && made.error().raw_code == "FloatingIPPortAlreadyAssociated") {
    co_return std::string("the port's own");
  }
  if (!made) co_return made.error();
  auto id = made->root().get(wanted.kind).get("id").string_or();
  if (!id.empty()) co_return id;
  co_return make_error(ErrorCode::protocol,
                       fmt::format("the answer names no {} that was created", wanted.kind));
}

/// Waits until the list shows `ours` and all that could count more; tells each that does.
Task<void> Driver::settle_each(Context ctx, const Wanted& wanted, std::vector<std::string> ours,
                               Made* made, const Settled& settled) {
  auto pause = first_pause;
  if (!ours.empty()) co_await ctx.sleep(capabilities_.visibility_lag);
  for (int look = 1; !ours.empty() && look <= looks; ++look) {
    const auto shown = co_await show_each(ctx, wanted);
    std::vector<std::string> unseen;
    for (auto& key : ours) {
      auto& id = made->at(key);
      const auto found = shown.find(key);
      if (found == shown.end() || !has_candidate(found->second, *id)) {
        unseen.push_back(std::move(key));
        continue;
      }
      const auto& winner = found->second.begin()->id;
      if (winner != *id) {
        static_cast<void>(co_await remove_double(ctx, wanted.region, wanted.kind, *id).result());
        id = winner;
      }
      settled(key, *id);
    }
    ours = std::move(unseen);
    if (!ours.empty() && look < looks) co_await ctx.sleep(pause);
    pause = std::min<async::Duration>(pause * 2, longest_pause);
  }
  co_return {};
}

/// A create whose answer was lost is looked for once more rather than repeated. `seen`: a first
/// look that was made before.
Task<Driver::Made> Driver::ensure_each(Context ctx, Wanted wanted, Settled settled,
                                       std::optional<Shown> seen) {
  Made made;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!seen) seen = co_await show_decided(ctx, wanted);
    std::vector<std::string> keys;
    std::vector<Task<std::string>> creates;
    for (const auto& [key, body] : wanted.bodies) {
      if (!is_missing_or_unclear(made, key)) continue;
      if (const auto found = seen->find(key); found != seen->end()) {
        made.insert_or_assign(key, found->second.begin()->id);
        settled(key, found->second.begin()->id);
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
    if (!wanted.is_guarded) {
      co_await settle_each(ctx, wanted, std::move(ours), &made, settled);
    }
    if (is_clear) break;
    // What another machine has just made is shown a moment later.
    if (attempt == 0) co_await ctx.sleep(capabilities_.visibility_lag);
    seen.reset();
  }
  co_return made;
}

Driver::Wanted Driver::wanted_ports(const cloud::NodeBatch& batch) {
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
  return wanted;
}

Driver::Wanted Driver::wanted_addresses(const cloud::NodeBatch& batch) {
  return {.region = batch.region,
          .kind = "floatingip",
          .query = "?description=" + percent_encode(description_of(batch.project)),
          .key = "port_id",
          .bodies = {},
          .is_guarded = true};
}

/// Which network gives floating addresses, and those that a killed run left.
Task<void> Driver::look_for_addresses(Context ctx, cloud::NodeBatch batch, Addresses& addresses) {
  addresses.external = co_await external_network(ctx, batch.region);
  if (addresses.external.empty()) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("{} wants a public address, but the cloud has no external "
                                     "network",
                                     batch.names.front()),
                         "set \"public_ip\": false for this place");
  }
  addresses.left = co_await show_each(ctx, wanted_addresses(batch));
  co_return {};
}

/// Nothing to do where nodes are on the external network itself: the fixed address is public.
Task<std::string> Driver::address_port(Context ctx, cloud::NodeBatch batch,
                                       const Addresses& addresses, std::string port) {
  if (!batch.public_ip || addresses.external == batch.network.id) co_return port;
  auto wanted = wanted_addresses(batch);
  json::Writer out;
  out.begin_object().key("floatingip").begin_object();
  out.member("floating_network_id", addresses.external).member("port_id", port);
  out.member("description", description_of(batch.project));
  wanted.bodies[port] = out.end_object().end_object().take();
  const auto made =
      co_await ensure_each(ctx, std::move(wanted), [](const auto&, const auto&) {}, addresses.left);
  co_await made.at(port);
  co_return port;
}

Task<void> Driver::finish_berth(Context ctx, cloud::NodeBatch batch, Addresses& addresses,
                                Berth& berth, std::string port) {
  co_await addresses.are_known.wait();
  berth.port = addresses.problem ? Result<std::string>(*addresses.problem)
                                 : co_await address_port(ctx, batch, addresses, port).result();
  berth.is_ready.open();
  co_return {};
}

Task<void> Driver::know_addresses(Context ctx, cloud::NodeBatch batch, Addresses& addresses) {
  if (batch.public_ip) {
    auto known = co_await look_for_addresses(ctx, std::move(batch), addresses).result();
    if (!known) addresses.problem = std::move(known.error());
  }
  addresses.are_known.open();
  co_return {};
}

/// The ports one after another as they are there, each one's address beside the others.
Task<void> Driver::make_ports(Context ctx, const cloud::NodeBatch& batch, Addresses& addresses,
                              Berths& berths, async::Group& finishing) {
  std::map<std::string, Berth*> waiting;
  for (const auto& name : batch.names) {
    waiting[resource_name(batch.project, "port", name)] = &berths.at(name);
  }
  const auto go_on = [&](const std::string& key, const std::string& port) {
    const auto found = waiting.find(key);
    if (found == waiting.end()) return;
    finishing.spawn(finish_berth(ctx, batch, addresses, *found->second, port));
    waiting.erase(found);
  };
  const auto made = co_await ensure_each(ctx, wanted_ports(batch), go_on);
  for (const auto& [key, port] : made) {
    if (port) {
      go_on(key, *port);
    } else if (const auto found = waiting.find(key); found != waiting.end()) {
      found->second->port = port.error();
      found->second->is_ready.open();
    }
  }
  co_return {};
}

/// Every berth is ready in the end, if with an error.
Task<void> Driver::make_berths(Context ctx, cloud::NodeBatch batch, Berths& berths) {
  Addresses addresses(ctx.loop());
  async::Group finishing(ctx.loop());
  finishing.spawn(know_addresses(ctx, batch, addresses));
  const auto done = co_await make_ports(ctx, batch, addresses, berths, finishing).result();
  co_await finishing.join();
  for (auto& [name, berth] : berths) {
    if (berth.is_ready.is_open()) continue;
    berth.port = done ? make_error(ErrorCode::internal, "there is no port for " + name)
                      : Error(done.error());
    berth.is_ready.open();
  }
  co_return {};
}

}  // namespace ccloud::openstack
