// How a rollout ends: what each node remembers of it, and what people are told.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/rollout.h"

namespace ccloud::rollout {

NodeOutcome outcome_of(const Node& node) {
  NodeOutcome outcome;
  outcome.node = node.name;
  outcome.place = node.place;
  outcome.provider = node.provider;
  outcome.region = node.region;
  return outcome;
}

Task<void> Rollout::finish_one(std::size_t i, std::string ending, std::string held) {
  auto& record = spots_[i].record;
  record.phase = to_string(views_[i].phase);
  record.ending = std::move(ending);
  record.held = std::move(held);
  record.has_failed = views_[i].has_failed;
  record.at = format_time(asked_.wall_now());
  const auto unit = unit_of(*job_->service);
  const auto text = encode_record(record);
  // It may have got its files ahead of a turn that never came.
  const bool had_no_turn = !spots_[i].is_touched &&
                           (views_[i].phase == Phase::waiting || views_[i].phase == Phase::skipped);
  // One that did not answer before gets a short try: everybody waits for it.
  const auto patience = views_[i].phase == Phase::skipped ? async::Duration(std::chrono::seconds(5))
                                                          : job_->tools.connect_timeout;
  auto ignored =
      co_await run_script(work_.with_timeout(patience), job_->tools, spots_[i].node,
                          had_no_turn ? script::discard(unit, job_->owner, text, record.to)
                                      : script::note(unit, job_->owner, text))
          .result();
  (void)ignored;
  co_return {};
}

Task<void> Rollout::finish(Ending ending) {
  if (lost_ || ending == Ending::interrupted) co_return {};
  // What failed is held; what succeeded frees an older hold.
  const bool is_good = ending == Ending::done || ending == Ending::partly;
  co_await for_each(work_, views_.size(), job_->tools.width, [&](std::size_t i) {
    const auto held = is_good ? std::string() : spots_[i].record.to_version;
    return !is_claimed_[i] ? [](Context) -> Task<void> { co_return {}; }(work_)
                           : finish_one(i, std::string(to_string(ending)), held);
  });
  co_return {};
}

Summary Rollout::summarize(Ending ending) const {
  Summary summary;
  summary.service = job_->service->name;
  summary.rollout = job_->owner.rollout;
  summary.seconds = std::chrono::duration<double>(asked_.now() - begun_).count();
  std::int64_t moved = 0, failed = 0, skipped = 0, restored = 0, stuck = 0;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    auto outcome = outcomes_[i];
    outcome.phase = views_[i].phase;
    outcome.version = spots_[i].facts.version;
    outcome.from = spots_[i].record.from_version;
    outcome.has_failed = views_[i].has_failed;
    if (summary.version.empty()) summary.version = spots_[i].record.to_version;
    moved += outcome.phase == Phase::moved || outcome.phase == Phase::current ? 1 : 0;
    failed += outcome.has_failed ? 1 : 0;
    skipped += outcome.phase == Phase::skipped ? 1 : 0;
    restored += outcome.phase == Phase::restored ? 1 : 0;
    stuck += outcome.phase == Phase::stuck ? 1 : 0;
    summary.nodes.push_back(std::move(outcome));
  }
  const auto what = fmt::format("{} {}", summary.service, summary.version);
  const auto skips = skipped == 0 ? std::string() : fmt::format(", {} skipped", skipped);
  if (lost_) {
    summary.outcome = Outcome::busy;
    summary.errors.push_back(*lost_);
    summary.message = "another run took this rollout over";
    return summary;
  }
  switch (ending) {
    case Ending::done:
      summary.outcome = Outcome::done;
      summary.message =
          moved == 1 ? what + " on its one node" : fmt::format("{} on all {} nodes", what, moved);
      break;
    case Ending::partly:
      summary.outcome = Outcome::partly;
      summary.message = fmt::format("{} on {} of {} nodes, {} failed{}", what, moved, views_.size(),
                                    failed, skips);
      break;
    case Ending::stopped:
      summary.outcome = moved > 0 && moved + failed + skipped == std::ssize(views_)
                            ? Outcome::partly
                            : Outcome::failed;
      summary.message =
          fmt::format("{} stopped: {} failed, {} have it{}", what, failed, moved, skips);
      break;
    case Ending::rolled_back:
      summary.outcome = wishes_.is_undo ? Outcome::done : Outcome::rolled_back;
      summary.message =
          fmt::format("{} {}: {} what {} had before{}", what,
                      wishes_.is_undo ? "undone" : "failed and was rolled back",
                      restored == 1 ? "1 node has" : fmt::format("{} nodes have", restored),
                      restored == 1 ? "it" : "they", skips);
      break;
    case Ending::incomplete:
      summary.outcome = wishes_.is_undo && restored > 0 ? Outcome::partly : Outcome::failed;
      summary.message = fmt::format("{}: {} nodes were restored, {} could not be{}", what, restored,
                                    std::max<std::int64_t>(stuck, 1), skips);
      break;
    case Ending::interrupted: {
      const bool is_late = asked_.ended() && asked_.ended()->code == ErrorCode::timed_out;
      summary.outcome = !is_late    ? Outcome::interrupted
                        : moved > 0 ? Outcome::partly
                                    : Outcome::failed;
      summary.message = fmt::format(
          "{} {}: {} of {} nodes have it; go on with `ccloud rollout resume {}` or back with "
          "`ccloud rollout undo {}`",
          what, is_late ? "ran out of time" : "interrupted", moved, views_.size(), summary.service,
          summary.service);
      break;
    }
  }
  return summary;
}

}  // namespace ccloud::rollout
