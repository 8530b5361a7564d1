#include "rollout/look.h"

#include <algorithm>

#include "rollout/health.h"

namespace ccloud::rollout {

namespace {

Task<void> one_after_the_other(std::shared_ptr<std::size_t> next, std::size_t count,
                               std::function<Task<void>(std::size_t)> work) {
  while (*next < count) {
    const auto mine = (*next)++;
    auto ignored = co_await work(mine).result();
    (void)ignored;
  }
  co_return {};
}

Task<void> look_at(Context ctx, const Tools* tools, script::Unit unit, Seen* seen) {
  auto facts = co_await read_node(ctx, *tools, seen->spot.node, unit).result();
  if (!facts.has_value()) {
    seen->error = facts.error();
    co_return {};
  }
  seen->spot.facts = std::move(*facts);
  if (seen->spot.facts.record) seen->spot.record = *seen->spot.facts.record;
  co_return {};
}

}  // namespace

Task<void> for_each(Context ctx, std::size_t count, std::size_t width,
                    std::function<Task<void>(std::size_t)> work) {
  async::Group group(ctx.loop());
  auto next = std::make_shared<std::size_t>(0);
  for (std::size_t i = 0; i < std::min(count, std::max<std::size_t>(width, 1)); ++i) {
    group.spawn(one_after_the_other(next, count, work));
  }
  co_await group.join();
  co_return {};
}

Task<std::vector<Seen>> look(Context ctx, Tools tools, const config::Service& service,
                             std::vector<Node> nodes) {
  std::vector<Seen> seen;
  for (auto& node : nodes) {
    Seen one;
    one.spot.node = std::move(node);
    seen.push_back(std::move(one));
  }
  const auto unit = unit_of(service);
  co_await for_each(ctx, seen.size(), tools.width,
                    [&](std::size_t i) { return look_at(ctx, &tools, unit, &seen[i]); });
  co_return std::move(seen);
}

std::optional<Record> newest(const std::vector<Seen>& seen) {
  std::optional<Record> found;
  for (const auto& one : seen) {
    const auto& record = one.spot.facts.record;
    if (!record || record->command == "install") continue;
    if (!found || record->epoch > found->epoch) found = record;
  }
  return found;
}

bool lacks(const Facts& facts) {
  const auto& record = facts.record;
  const bool has_failed = record && record->command == "install" && record->has_failed;
  return facts.current.empty() || has_failed;
}

std::int64_t highest_epoch(const std::vector<Seen>& seen) {
  std::int64_t highest = 0;
  for (const auto& one : seen) highest = std::max(highest, one.spot.facts.epoch);
  return highest;
}

bool is_held(const std::vector<Seen>& seen, const std::string& version) {
  const auto last = newest(seen);
  return last && !last->held.empty() && last->held == version;
}

bool is_unfinished(const std::vector<Seen>& seen, const Record& rollout) {
  return std::ranges::none_of(seen, [&](const Seen& one) {
    const auto& record = one.spot.facts.record;
    return record && record->rollout == rollout.rollout && record->epoch == rollout.epoch &&
           !record->ending.empty();
  });
}

std::optional<config::Health> health_of(const Spot& spot, const config::Service& service) {
  if (spot.facts.current.empty()) return std::nullopt;
  if (auto own = decode_health(spot.facts.health)) return own;
  if (service.run.empty()) return std::nullopt;
  return default_health(unit_of(service));
}

}  // namespace ccloud::rollout
