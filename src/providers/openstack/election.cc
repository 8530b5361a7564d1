// Finding what is there already, or making it, with one winner among doubles (design 4.3). Whoever
// has made one decides only when lists must show all that could count more, so everybody decides
// alike; what this run has decided it does not ask again, since lists may lag.
#include "providers/openstack/election.h"

#include <algorithm>

#include "base/text.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/neutron.h"

namespace ccloud::openstack {
namespace {

/// Within a network a subnet's range is taken once: the cloud itself refuses a second one.
bool is_guarded(std::string_view kind) { return kind == "subnet"; }

std::string path_of(std::string_view kind) { return "/" + replace_all(kind, "_", "-") + "s"; }

bool may_be_there(const Error& error, bool is_guarded) {
  if (error.ambiguous) return true;
  return is_guarded &&
         (error.code == ErrorCode::invalid_argument || error.code == ErrorCode::conflict);
}

}  // namespace

Candidate read_candidate(json::Value item) {
  return {.created = item.get("created_at").string_or(), .id = item.get("id").string_or()};
}

Candidates read_candidates(json::Value items) {
  Candidates out;
  for (const auto& item : items.items()) out.insert(read_candidate(item));
  return out;
}

bool has_candidate(const Candidates& candidates, const std::string& id) {
  return std::ranges::find(candidates, id, &Candidate::id) != candidates.end();
}

async::Duration open_for(const Candidate& first, async::WallTime now, async::Duration lag) {
  const auto created = parse_time(first.created);
  if (!created) return async::Duration(0);
  const auto age = std::chrono::duration_cast<async::Duration>(now - *created);
  return std::clamp<async::Duration>(lag - age, async::Duration(0), lag);
}

Task<Candidates> Driver::candidates(Context ctx, std::string region, std::string collection,
                                    std::string list) {
  const auto listed = co_await neutron(ctx, region, "GET", list, "", "looking for " + collection);
  co_return read_candidates(listed.root().get(collection));
}

/// The winner among what is there; empty when there is nothing.
Task<std::string> Driver::find_winner(Context ctx, std::string region, std::string collection,
                                      std::string list) {
  auto shown = co_await candidates(ctx, region, collection, list);
  if (shown.empty()) co_return std::string();
  const auto wait = open_for(*shown.begin(), ctx.wall_now(), capabilities_.visibility_lag);
  if (wait > async::Duration(0)) {  // somebody is making it right now
    co_await ctx.sleep(wait);
    shown = co_await candidates(ctx, region, collection, list);
  }
  co_return shown.empty() ? std::string() : shown.begin()->id;
}

/// The winner, once the list shows `ours`: an API of several servers may show a thing, and let
/// others refer to it, a moment after it was made. `ours` when it never shows.
Task<std::string> Driver::settle_on(Context ctx, std::string region, std::string collection,
                                    std::string list, std::string ours) {
  constexpr int looks = 32;
  async::Duration pause = std::chrono::milliseconds(50);
  for (int look = 1; look <= looks; ++look) {
    const auto shown = co_await candidates(ctx, region, collection, list);
    if (has_candidate(shown, ours)) co_return shown.begin()->id;
    if (look < looks) co_await ctx.sleep(pause);
    pause = std::min<async::Duration>(pause * 2, std::chrono::milliseconds(500));
  }
  co_return ours;
}

/// What a refused or lost create speaks of, as soon as the list shows it; empty when it does not.
Task<std::string> Driver::await_twin(Context ctx, std::string region, std::string collection,
                                     std::string list) {
  constexpr std::chrono::milliseconds pause{200};
  const auto end = ctx.now() + capabilities_.visibility_lag;
  while (true) {
    const auto shown = co_await candidates(ctx, region, collection, list);
    if (!shown.empty()) co_return shown.begin()->id;
    if (ctx.now() >= end) co_return std::string();
    co_await ctx.sleep(pause);
  }
}

/// Only what this run has made itself, and only while nothing stands on it.
Task<void> Driver::remove_double(Context ctx, std::string region, std::string kind,
                                 std::string id) {
  const auto path = path_of(kind) + "/" + id;
  if (kind == "port") {
    const auto now = co_await neutron(ctx, region, "GET", path, "", "reading a double");
    if (!now.root().get("port").get("device_id").string_or().empty()) co_return {};
  }
  co_await neutron(ctx, region, "DELETE", path, "", "removing a double");
  co_return {};
}

/// The winner after a create of our own: the others that may count more must be visible by then.
Task<Driver::Thing> Driver::elect(Context ctx, std::string region, std::string kind,
                                  std::string list, json::Document made) {
  const auto ours = made.root().get(kind).get("id").string_or();
  if (!is_guarded(kind)) co_await ctx.sleep(capabilities_.visibility_lag);
  const auto winner = co_await settle_on(ctx, region, kind + "s", list, ours);
  if (winner == ours) co_return Thing{.id = ours, .made = std::move(made)};
  static_cast<void>(co_await remove_double(ctx, region, kind, ours).result());
  co_return Thing{.id = winner, .made = {}};
}

/// What `list` finds, made with `body` when there is none yet. A create whose answer was lost, or
/// that was refused since another machine was faster, is looked for again rather than repeated.
Task<Driver::Thing> Driver::find_or_make(Context ctx, std::string region, std::string kind,
                                         std::string list, std::string body) {
  const std::string collection = kind + "s";
  const auto path = path_of(kind);
  for (int attempt = 0;; ++attempt) {
    const auto found = co_await find_winner(ctx, region, collection, list);
    if (!found.empty()) co_return Thing{.id = found, .made = {}};
    auto made = co_await neutron(ctx, region, "POST", path, body, "creating a " + kind).result();
    if (made) co_return co_await elect(ctx, region, kind, list, std::move(*made));
    if (attempt > 0 || !may_be_there(made.error(), is_guarded(kind))) co_return made.error();
    const auto twin = co_await await_twin(ctx, region, collection, list);
    if (!twin.empty()) co_return Thing{.id = twin, .made = {}};
    if (!made.error().ambiguous) co_return made.error();
  }
}

Task<Driver::Thing> Driver::find_or_create(Context ctx, std::string region, std::string kind,
                                           std::string query, std::string body) {
  const auto list = path_of(kind) + query;
  const auto decided = decided_.find({region, list});
  if (decided != decided_.end()) co_return Thing{.id = decided->second, .made = {}};
  auto thing = co_await find_or_make(ctx, region, kind, list, std::move(body));
  decided_[{region, list}] = thing.id;
  co_return thing;
}

void Driver::forget(const std::string& id) {
  std::erase_if(decided_, [&](const auto& entry) { return entry.second == id; });
}

}  // namespace ccloud::openstack
