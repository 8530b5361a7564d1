// The poll of one region: quick at first, slower the longer it takes.
#include "deploy/watch.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "deploy/exit_codes.h"
#include "deploy/look.h"

namespace ccloud::deploy {

struct NodeWatch::Waiter {
  std::string id;
  Goal goal = Goal::running;
  async::TimePoint since;
  async::TimePoint deadline;
  std::optional<cloud::Instance> seen;  ///< last
  async::Completion<cloud::Instance> completion;
};

struct NodeWatch::Region {
  std::string provider;
  std::string name;
  std::vector<Waiter> waiters;
  bool is_polled = false;
  async::TimePoint since{};  ///< of the youngest wait: what is new may come soon
  async::Duration interval{};
  std::optional<Error> trouble;  ///< of the last poll
  std::ptrdiff_t told = 0;       ///< how many it was last told to wait for
};

namespace {

/// "Not there" is believed only after the cloud's lag, and never in the first moments.
constexpr async::Duration least_patience = std::chrono::seconds(5);

bool is_dead(const cloud::Instance& instance) {
  return instance.state == cloud::NodeState::terminating ||
         instance.state == cloud::NodeState::terminated ||
         instance.state == cloud::NodeState::error;
}

Error death(const cloud::Instance& instance) {
  const std::string& reason = instance.state_reason;
  const bool is_capacity = to_lower(reason).find("capacity") != std::string::npos;
  Error error =
      make_error(is_capacity ? ErrorCode::capacity : ErrorCode::internal,
                 fmt::format("{} ({}) ended as {}{}", instance.name, instance.id,
                             cloud::to_string(instance.state), reason.empty() ? "" : ": " + reason),
                 is_capacity ? "ask for another size, zone or region, or try again later" : "");
  error.raw_code = "died";
  return error;
}

}  // namespace

Error NodeWatch::slowness(const Waiter& waiter) {
  const auto waited = format_duration(waiter.deadline - waiter.since);
  const bool is_known = waiter.seen && !waiter.seen->name.empty();
  Error slow =
      is_known
          ? make_error(
                ErrorCode::timed_out,
                fmt::format("{} ({}) is {} after {}", waiter.seen->name, waiter.id,
                            cloud::to_string(waiter.seen->state), waited),
                fmt::format("ccloud logs {} --console shows what it says; the next deploy goes on "
                            "from here",
                            waiter.seen->name))
          : make_error(ErrorCode::timed_out,
                       fmt::format("{} is not to be seen after {}", waiter.id, waited),
                       "the next deploy goes on from here");
  slow.raw_code = slow_node;
  return slow;
}

NodeWatch::NodeWatch(Session& session)
    : session_(session), polling_(session.loop()), group_(session.loop()) {}

NodeWatch::~NodeWatch() = default;

std::size_t NodeWatch::waiting() const {
  std::ptrdiff_t open = 0;
  for (const auto& [where, region] : regions_) {
    open += std::ranges::count_if(
        region->waiters, [](const Waiter& waiter) { return !waiter.completion.is_complete(); });
  }
  return static_cast<std::size_t>(open);
}

Task<void> NodeWatch::stop() {
  polling_.cancel();
  co_await group_.join();
  co_return {};
}

Task<cloud::Instance> NodeWatch::until(Context ctx, std::string provider, std::string region,
                                       std::string id, Goal goal, async::Duration timeout) {
  co_await ctx.check();
  auto& slot = regions_[{provider, region}];
  if (!slot) {
    slot = std::make_shared<Region>();
    slot->provider = provider;
    slot->name = region;
  }
  auto here = slot;
  here->since = ctx.now();
  here->interval = session_.options().poll_interval / 8;
  std::optional<async::CancelHook> hook;
  auto result = co_await async::suspend<cloud::Instance>(
      session_.loop(), [&](async::Completion<cloud::Instance> completion) {
        hook.emplace(ctx.on_end([completion](const Error& error) { completion.complete(error); }));
        here->waiters.push_back({.id = id,
                                 .goal = goal,
                                 .since = ctx.now(),
                                 .deadline = ctx.now() + timeout,
                                 .seen = std::nullopt,
                                 .completion = completion});
        if (!here->is_polled) {
          here->is_polled = true;
          group_.spawn(poll(here));
        }
      });
  co_return result;
}

Task<void> NodeWatch::poll(std::shared_ptr<Region> region) {
  async::Duration took{};  // the last look
  while (true) {
    std::erase_if(region->waiters,
                  [](const Waiter& waiter) { return waiter.completion.is_complete(); });
    if (region->waiters.empty() || polling_.ended()) break;
    // From look to look, so a long look shortens the wait after it, but to no less than itself.
    const auto rest = std::max(region->interval - took, std::min(region->interval, took));
    auto slept = co_await polling_.sleep(rest).result();
    if (!slept) break;
    // A node that has taken a minute is noticed a second late at most, whatever came before.
    const auto longest = session_.options().poll_interval * 5;
    const auto waited = polling_.now() - region->since;
    region->interval =
        std::clamp<async::Duration>(waited / 60, session_.options().poll_interval / 8, longest);
    const auto began = polling_.now();
    co_await poll_once(region);
    took = polling_.now() - began;
    tell(*region);
  }
  region->is_polled = false;
  co_return {};
}

Task<void> NodeWatch::poll_once(std::shared_ptr<Region> region) {
  auto* provider = co_await session_.provider(region->provider);
  cloud::DiscoverRequest request;
  request.project = session_.config().project.value;
  request.regions = {region->name};
  request.depth = cloud::Depth::nodes;
  auto found =
      co_await provider
          ->discover(polling_.with_timeout(session_.options().region_timeout), std::move(request))
          .result();
  const cloud::RegionInventory* seen = nullptr;
  region->trouble.reset();
  if (!found) {
    region->trouble = placed(std::move(found.error()), region->provider, region->name);
  } else {
    for (const auto& each : found->regions) {
      if (each.region == region->name) seen = &each;
    }
    if (seen != nullptr && seen->error) {
      region->trouble = placed(*seen->error, region->provider, region->name);
      seen = nullptr;
    }
  }
  if (seen != nullptr) settle(*region, *seen);
  for (auto& waiter : region->waiters) {
    if (waiter.completion.is_complete() || polling_.now() < waiter.deadline) continue;
    if (region->trouble) {
      waiter.completion.complete(*region->trouble);
      continue;
    }
    waiter.completion.complete(slowness(waiter));
  }
  co_return {};
}

void NodeWatch::settle(Region& region, const cloud::RegionInventory& seen) {
  std::unordered_map<std::string_view, const cloud::Instance*> by_id;
  by_id.reserve(seen.nodes.size());
  for (const auto& node : seen.nodes) by_id.emplace(node.id, &node);
  const auto patience =
      std::max<async::Duration>(session_.lag(region.provider) * 3, least_patience);
  for (auto& waiter : region.waiters) {
    if (waiter.completion.is_complete()) continue;
    const auto at = by_id.find(waiter.id);
    if (at == by_id.end()) {
      const bool was_there = waiter.seen.has_value();
      if (waiter.goal == Goal::gone) {
        cloud::Instance last = was_there ? *waiter.seen : cloud::Instance{};
        last.state = cloud::NodeState::terminated;
        waiter.completion.complete(std::move(last));
      } else if (polling_.now() - waiter.since > patience) {
        cloud::Instance lost;
        if (was_there) lost = *waiter.seen;
        lost.id = waiter.id;
        lost.state = cloud::NodeState::terminated;
        waiter.completion.complete(death(lost));
      }
      continue;
    }
    const auto& node = *at->second;
    waiter.seen = node;
    const bool is_gone = node.state == cloud::NodeState::terminated;
    switch (waiter.goal) {
      case Goal::gone:
        if (is_gone) waiter.completion.complete(node);
        break;
      case Goal::stopped:
        if (node.state == cloud::NodeState::stopped) waiter.completion.complete(node);
        if (is_dead(node)) waiter.completion.complete(death(node));
        break;
      case Goal::running:
        if (node.state == cloud::NodeState::running) waiter.completion.complete(node);
        if (is_dead(node)) waiter.completion.complete(death(node));
        break;
    }
  }
}

void NodeWatch::tell(Region& region) {
  const auto open = std::ranges::count_if(
      region.waiters, [](const Waiter& waiter) { return !waiter.completion.is_complete(); });
  if (open == 0 || (open == region.told && !region.trouble)) return;
  region.told = open;
  Event event;
  event.kind = Event::Kind::waiting;
  event.provider = region.provider;
  event.region = region.name;
  event.message = fmt::format("waiting for {} node{}", open, open == 1 ? "" : "s");
  event.error = region.trouble;
  session_.emit(std::move(event));
}

}  // namespace ccloud::deploy
