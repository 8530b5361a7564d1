// One round of births for each zone, until every node has found room or no zone is left.
#include "deploy/zones.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"

namespace ccloud::deploy {
namespace {

/// Another machine's call may have found room where ours did not.
bool is_alive(const cloud::Instance& instance) {
  return instance.state == cloud::NodeState::pending || instance.state == cloud::NodeState::running;
}

class Search {
 public:
  Search(Context ctx, Context work, Session& session, NodeWatch& watch, const plan::Birth& birth,
         GroundIn ground_in, std::function<void(const Born&)> on_born)
      : ctx_(ctx),
        work_(work),
        session_(session),
        watch_(watch),
        birth_(birth),
        ground_in_(std::move(ground_in)),
        on_born_(std::move(on_born)) {}

  Task<std::vector<std::string>> run(cloud::NodeBatch batch) {
    const auto zones =
        ground_in_ ? zones_to_try(birth_, batch.zone) : std::vector<std::string>{batch.zone};
    auto names = batch.names;
    std::vector<std::string> tried;
    std::optional<cloud::NodeBatch> next = std::move(batch);
    for (std::size_t at = 0; next.has_value(); next = co_await batch_in_next(zones, &at, &names)) {
      if (!tried.empty()) tell(names, tried.back(), next->zone);
      tried.push_back(next->zone);
      refused_.clear();
      co_await bear(ctx_, work_, session_, watch_, birth_, std::move(*next),
                    [this](const Born& born) { keep_or_tell(born); });
      std::erase_if(names, [&](const auto& name) { return !refused_.contains(name); });
    }
    give_up(names, tried);
    co_return std::move(moves_);
  }

 private:
  /// What is left of `names`, in the next zone that has ground for it; nothing when there is none.
  Task<std::optional<cloud::NodeBatch>> batch_in_next(const std::vector<std::string>& zones,
                                                      std::size_t* at,
                                                      std::vector<std::string>* names) {
    while (!names->empty() && ++*at < zones.size()) {
      const auto& zone = zones[*at];
      // Where that cannot be known, nothing more is made.
      const auto looked = co_await leave_out_those_there(names).result();
      if (!looked || names->empty()) break;
      const auto ground = co_await ground_in_(zone).result();
      if (!ground) continue;
      auto batch = make_batch(birth_, *ground, zone, *names);
      if (batch) co_return std::optional(std::move(*batch));
    }
    co_return std::nullopt;
  }

  /// Only a plain refusal: behind a reply that was lost there may be a node, in a zone's guard.
  static bool is_refused(const Born& born) {
    return !born.instance && born.instance.error().code == ErrorCode::capacity &&
           !born.instance.error().ambiguous;
  }

  void keep_or_tell(const Born& born) {
    if (is_refused(born)) {
      refused_.insert_or_assign(born.name, born.instance.error());
    } else {
      on_born_(born);
    }
  }

  /// Takes the names that exist in any zone out of the list and waits for them instead.
  Task<void> leave_out_those_there(std::vector<std::string>* names) {
    auto* provider = co_await session_.provider(birth_.provider);
    const auto seen = co_await provider->discover(
        ctx_.with_timeout(session_.options().region_timeout),
        {.project = birth_.project, .regions = {birth_.region}, .depth = cloud::Depth::nodes});
    for (const auto& region : seen.regions) {
      if (region.error) co_return *region.error;
    }
    async::Group group(session_.loop());
    for (const auto& region : seen.regions) {
      for (const auto& node : region.nodes) {
        if (!is_alive(node) || std::erase(*names, node.name) == 0) continue;
        group.spawn(wait_for(node.name, node.id));
      }
    }
    co_await group.join();
    co_return {};
  }

  Task<void> wait_for(std::string name, std::string id) {
    auto running = co_await watch_
                       .until(ctx_, birth_.provider, birth_.region, id, NodeWatch::Goal::running,
                              session_.options().boot_timeout)
                       .result();
    if (running) running->name = name;
    on_born_({name, std::move(running)});
    co_return {};
  }

  void tell(const std::vector<std::string>& names, const std::string& from, const std::string& to) {
    for (const auto& name : names) {
      Event event;
      event.kind = Event::Kind::retrying;
      event.address = "node." + name;
      event.action = plan::Action::create;
      event.provider = birth_.provider;
      event.region = birth_.region;
      event.message =
          fmt::format("zone {} has no room for {}: it is asked for in {}", from, birth_.type, to);
      session_.emit(std::move(event));
    }
    moves_.push_back(fmt::format("{}: zone {} has no room for {}, so {} {} asked for in {}",
                                 birth_.region, from, birth_.type, join(names, ", "),
                                 names.size() == 1 ? "was" : "were", to));
  }

  void give_up(const std::vector<std::string>& names, const std::vector<std::string>& tried) {
    for (const auto& name : names) {
      Error error = refused_.at(name);
      if (tried.size() > 1) {
        error.message += fmt::format(" (the zones {} were tried)", join(tried, ", "));
      }
      on_born_({name, std::move(error)});
    }
  }

  Context ctx_;
  Context work_;
  Session& session_;
  NodeWatch& watch_;
  const plan::Birth& birth_;
  GroundIn ground_in_;
  std::function<void(const Born&)> on_born_;
  std::map<std::string, Error> refused_;  ///< in this zone, by name
  std::vector<std::string> moves_;
};

}  // namespace

std::vector<std::string> zones_to_try(const plan::Birth& birth, const std::string& first) {
  std::vector<std::string> zones = {first};
  if (first.empty()) return zones;
  // From the one after `first` on, around: neighbours that fall short do not all meet in one zone.
  const auto at = std::ranges::find(birth.zones, first);
  const auto start = static_cast<std::size_t>(at - birth.zones.begin());
  for (std::size_t i = 1; i <= birth.zones.size(); ++i) {
    const auto& zone = birth.zones[(start + i) % birth.zones.size()];
    if (std::ranges::find(zones, zone) == zones.end()) zones.push_back(zone);
  }
  return zones;
}

Task<std::vector<std::string>> bear_in_zones(Context ctx, Context work, Session& session,
                                             NodeWatch& watch, const plan::Birth& birth,
                                             cloud::NodeBatch batch, GroundIn ground_in,
                                             std::function<void(const Born&)> on_born) {
  Search search(ctx, work, session, watch, birth, std::move(ground_in), std::move(on_born));
  co_return co_await search.run(std::move(batch));
}

}  // namespace ccloud::deploy
