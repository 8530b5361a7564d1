#include "rollout/rollout.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/health.h"

namespace ccloud::rollout {

void Bell::ring() {
  has_rung_ = true;
  if (waiting_) waiting_->complete({});
}

Task<void> Bell::wait(Context ctx, std::optional<TimePoint> until) {
  if (!has_rung_) {
    async::CancelHook hook;
    std::optional<async::TimerId> timer;
    auto ignored = co_await async::suspend<void>(*loop_, [&](async::Completion<void> done) {
      waiting_ = done;
      hook = ctx.on_end([done](const Error&) { done.complete({}); });
      if (until) timer = loop_->at(*until, [done] { done.complete({}); });
    });
    (void)ignored;
    if (timer) loop_->cancel(*timer);
    waiting_.reset();
  }
  has_rung_ = false;
  co_return {};
}

Rollout::Rollout(Context ctx, std::shared_ptr<Job> job, std::vector<Seen> seen, Wishes wishes)
    : asked_(ctx),
      work_(ctx.loop()),
      job_(std::move(job)),
      wishes_(wishes),
      bell_(ctx.loop()),
      work_group_(ctx.loop()),
      ahead_(work_.child()),
      begun_(ctx.now()) {
  for (auto& one : seen) {
    NodeView view;
    view.name = one.spot.node.name;
    view.place = one.spot.node.place;
    auto outcome = outcome_of(one.spot.node);
    if (one.error) {
      view.phase = Phase::skipped;
      outcome.error = one.error->message;
      outcome.code = one.error->code;
    }
    outcome.from = one.spot.facts.version;
    views_.push_back(std::move(view));
    outcomes_.push_back(std::move(outcome));
    spots_.push_back(std::move(one.spot));
  }
  bad_answers_.resize(spots_.size());
  is_claimed_.resize(spots_.size());
}

void Rollout::tell(Event event, std::optional<std::size_t> node) {
  if (!job_->tools.listener) return;
  event.at = asked_.wall_now();
  event.service = job_->service->name;
  event.rollout = job_->owner.rollout;
  if (node) {
    event.node = views_[*node].name;
    event.place = views_[*node].place;
  }
  for (const auto& view : views_) {
    const bool is_there = told_back_ ? view.phase == Phase::restored
                                     : view.phase == Phase::moved || view.phase == Phase::current;
    event.done += is_there ? 1 : 0;
    event.failed += view.has_failed ? 1 : 0;
  }
  event.total = std::ssize(views_);
  job_->tools.listener(event);
}

// --- Claiming ---

Task<void> Rollout::claim_one(std::size_t i) {
  auto claimed = co_await claim_node(work_, *job_, spots_[i]).result();
  if (claimed.has_value()) {
    is_claimed_[i] = true;
  } else if (claimed.error().raw_code == "taken-over") {
    lost_ = claimed.error();
  } else {
    views_[i].phase = Phase::skipped;
    outcomes_[i].error = claimed.error().message;
    outcomes_[i].code = claimed.error().code;
  }
  co_return {};
}

Task<void> Rollout::claim() {
  // The first node decides between two who begin at the same moment.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (is_reachable(i)) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return views_[i].name; });
  std::size_t first = 0;
  for (bool has_one = false; first < order.size() && !has_one && !lost_; ++first) {
    co_await claim_one(order[first]);
    has_one = is_claimed_[order[first]];
  }
  if (!lost_) {
    co_await for_each(work_, order.size() - first, job_->tools.width,
                      [&](std::size_t i) { return claim_one(order[first + i]); });
  }
  if (lost_) co_return *lost_;
  co_return {};
}

// --- Moving ---

namespace {

/// Told beside the node's name, and the same text for all nodes that share the cause.
std::string without_name(const Error& error, const std::string& node) {
  return replace_all(error.message, node + ": ", "");
}

/// False when the node itself could not be reached any more.
bool answers(const Error& error) { return error.code != ErrorCode::unavailable; }

}  // namespace

void Rollout::fail(std::size_t i, const Error& error, bool is_before_anything) {
  auto& view = views_[i];
  view.settled = asked_.now();
  outcomes_[i].error = masked(job_->release, without_name(error, view.name));
  outcomes_[i].code = error.code;
  const bool is_gone = error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out;
  if (is_before_anything && is_gone && !error.ambiguous) {
    view.phase = Phase::skipped;  // it went down before its turn: nothing of it was changed
    return;
  }
  view.phase = Phase::failed;
  view.has_failed = true;
  spots_[i].record.has_failed = true;
  spots_[i].record.error = masked(job_->release, error.message);
}

Task<void> Rollout::keep_evidence(std::size_t i) {
  outcomes_[i].evidence = masked(job_->release, co_await gather_evidence(work_, *job_, spots_[i]));
  Event event;
  event.kind = Event::Kind::evidence;
  event.message = outcomes_[i].evidence;
  event.error = outcomes_[i].error;
  tell(std::move(event), i);
  co_return {};
}

Task<TimePoint> Rollout::ship_and_move(std::size_t i) {
  const auto begun_ahead = ships_ahead_.find(i);
  if (begun_ahead != ships_ahead_.end()) co_await begun_ahead->second.join();
  if (!spots_[i].is_shipped) {
    ++shipping_;
    auto shipped = co_await ship_node(work_, *job_, spots_[i]).result();
    --shipping_;
    bell_.ring();
    co_await shipped;
  }
  co_return co_await move_node(work_, *job_, spots_[i]).result();
}

Task<void> Rollout::move_one(std::size_t i) {
  const auto begun = asked_.now();
  spots_[i].record.was_healthy = views_[i].is_healthy;
  views_[i].is_healthy = false;
  auto moved = co_await ship_and_move(i).result();
  Event event;
  event.kind = Event::Kind::settled;
  event.took = asked_.now() - begun;
  if (moved.has_value()) {
    views_[i].phase = Phase::moved;
    views_[i].is_healthy = true;
    views_[i].settled = *moved;
    bad_answers_[i] = 0;
  } else if (moved.error().raw_code == "taken-over") {
    lost_ = moved.error();
    views_[i].phase = Phase::failed;
  } else {
    fail(i, moved.error(), !spots_[i].is_touched);
    event.error = outcomes_[i].error;
  }
  event.outcome = to_string(views_[i].phase);
  tell(std::move(event), i);
  if (moved.has_value()) {
    ++concluding_;
    concludes_.try_emplace(i, asked_.loop()).first->second.spawn(conclude_one(i));
  }
  if (!moved.has_value() && !lost_ && views_[i].phase == Phase::failed) {
    views_[i].phase = Phase::moving;
    co_await settle_failed(i, Phase::failed, answers(moved.error()));
    views_[i].phase = Phase::failed;
    views_[i].settled = asked_.now();
    views_[i].is_healthy = !spots_[i].is_touched && spots_[i].record.was_healthy;
  }
  bell_.ring();
  co_return {};
}

/// The next batch does not wait for what only the node's memory needs; a restore does, and the end.
Task<void> Rollout::conclude_one(std::size_t i) {
  auto concluded = co_await conclude_node(work_, *job_, spots_[i]).result();
  if (!concluded.has_value() && concluded.error().raw_code == "taken-over") {
    lost_ = concluded.error();
  } else if (!concluded.has_value() && views_[i].phase == Phase::moved) {
    fail(i, concluded.error(), false);
    views_[i].is_healthy = false;
    Event event;
    event.kind = Event::Kind::settled;
    event.outcome = to_string(views_[i].phase);
    event.error = outcomes_[i].error;
    tell(std::move(event), i);
    if (answers(concluded.error())) co_await keep_evidence(i);
  }
  --concluding_;
  bell_.ring();
  co_return {};
}

// --- Shipping ahead ---

/// While nodes are proven the next ones get their files; what fails here is tried, and told, when
/// it is the node's turn.
Task<void> Rollout::ship_ahead_one(std::size_t i) {
  auto shipped = co_await rollout::ship_ahead(ahead_, *job_, spots_[i]).result();
  if (!shipped.has_value() && shipped.error().raw_code == "taken-over") {
    lost_ = shipped.error();
    bell_.ring();
  }
  co_return {};
}

void Rollout::ship_ahead(const Policy& limits) {
  // What moves now needs the way to the nodes more.
  if (shipping_ > 0) return;
  for (const auto i : ahead(limits, views_, asked_.now())) {
    if (spots_[i].is_shipped || ships_ahead_.contains(i)) continue;
    ships_ahead_.try_emplace(i, asked_.loop()).first->second.spawn(ship_ahead_one(i));
  }
}

Task<void> Rollout::end_shipping_ahead() {
  ahead_.cancel();
  for (auto& [node, group] : ships_ahead_) co_await group.join();
  co_return {};
}

/// While the evidence is gathered the node still counts as in flight.
Task<void> Rollout::settle_failed(std::size_t i, Phase phase, bool answers) {
  if (!answers) co_return {};  // neither would get through, and each try takes its time
  co_await keep_evidence(i);
  auto noted =
      co_await note_phase(work_.with_timeout(job_->tools.connect_timeout), *job_, spots_[i], phase)
          .result();
  if (!noted.has_value() && noted.error().raw_code == "taken-over") lost_ = noted.error();
  co_return {};
}

Task<void> Rollout::restore_one(std::size_t i) {
  const auto begun = asked_.now();
  views_[i].is_healthy = false;
  if (const auto one = concludes_.find(i); one != concludes_.end()) co_await one->second.join();
  auto restored = co_await restore_node(work_, *job_, spots_[i]).result();
  Event event;
  event.kind = Event::Kind::settled;
  event.took = asked_.now() - begun;
  if (restored.has_value()) {
    views_[i].phase = Phase::restored;
    views_[i].is_healthy = views_[i].has_origin && spots_[i].record.was_healthy;
    bad_answers_[i] = 0;
  } else {
    if (restored.error().raw_code == "taken-over") lost_ = restored.error();
    views_[i].phase = Phase::stuck;
    event.error = masked(job_->release, without_name(restored.error(), views_[i].name));
    if (outcomes_[i].error.empty()) outcomes_[i].code = restored.error().code;
    auto& told = outcomes_[i].error;
    told += (told.empty() ? "could not be restored: " : "; could not be restored: ") + event.error;
  }
  event.outcome = to_string(views_[i].phase);
  tell(std::move(event), i);
  if (!restored.has_value() && !lost_) {
    views_[i].phase = Phase::restoring;
    co_await settle_failed(i, Phase::stuck, answers(restored.error()));
    views_[i].phase = Phase::stuck;
  }
  bell_.ring();
  co_return {};
}

// --- Health ---

Task<void> Rollout::first_look() {
  co_await for_each(work_, views_.size(), job_->tools.width, [this](std::size_t i) {
    return [](Rollout* self, std::size_t at) -> Task<void> {
      const auto health = health_of(self->spots_[at], *self->job_->service);
      if (!self->is_reachable(at)) co_return {};
      if (!health) {  // nothing to ask: what is there serves
        self->views_[at].is_healthy = !self->spots_[at].facts.current.empty();
        co_return {};
      }
      const auto answer = co_await ask_health(self->work_, *self->job_->tools.shell,
                                              self->spots_[at].node, *health);
      self->views_[at].is_healthy = answer.is_healthy;
      co_return {};
    }(this, i);
  });
  co_return {};
}

Task<void> Rollout::watch_one(Context ctx, std::size_t i) {
  while (!ctx.ended()) {
    const auto health = health_of(spots_[i], *job_->service);
    auto slept = co_await ctx.sleep(health ? health->interval : std::chrono::seconds(5)).result();
    if (!slept.has_value()) co_return {};
    auto& view = views_[i];
    const auto phase = view.phase;
    if (!health || phase == Phase::moving || phase == Phase::restoring || phase == Phase::skipped) {
      continue;
    }
    const auto answer = co_await ask_health(ctx, *job_->tools.shell, spots_[i].node, *health);
    // It may have been taken while it was asked.
    if (ctx.ended() || view.phase != phase) continue;
    bad_answers_[i] = answer.is_healthy ? 0 : bad_answers_[i] + 1;
    if (answer.is_healthy == view.is_healthy) continue;
    if (!answer.is_healthy && bad_answers_[i] < health->unhealthy) continue;
    view.is_healthy = answer.is_healthy;
    if (!answer.is_healthy && phase == Phase::moved) {
      fail(i, make_error(ErrorCode::unavailable, "not healthy any more: " + answer.text), false);
      Event event;
      event.kind = Event::Kind::settled;
      event.outcome = to_string(view.phase);
      event.error = outcomes_[i].error;
      tell(std::move(event), i);
      co_await keep_evidence(i);
    }
    bell_.ring();
  }
  co_return {};
}

// --- The loop ---

Policy Rollout::policy() const {
  std::map<std::string, std::int64_t> places;
  for (const auto& view : views_) ++places[view.place];
  const auto& service = *job_->service;
  const auto patience = service.health ? service.health->deadline
                                       : std::chrono::milliseconds(std::chrono::seconds(30));
  return make_policy(service.update, places, patience);
}

void Rollout::announce(const Next& step) {
  Event event;
  event.wave = step.wave + 1;
  if (step.is_back && !told_back_) {
    told_back_ = true;
    event.kind = Event::Kind::back;
    event.message = wishes_.is_undo ? "putting back what it touched"
                                    : "too many nodes failed: putting back what it touched";
    return tell(std::move(event));
  }
  if (!step.is_back && !step.move.empty() && told_wave_ != step.wave) {
    told_wave_ = step.wave;
    told_baking_ = false;
    event.kind = Event::Kind::wave;
    const auto limits = policy();
    event.waves = limits.waves.size();
    event.message = join(limits.waves[step.wave].places, ", ");
    return tell(std::move(event));
  }
  if (step.is_baking && step.wake && !std::exchange(told_baking_, true)) {
    event.kind = Event::Kind::baking;
    event.took = std::chrono::ceil<std::chrono::milliseconds>(*step.wake - asked_.now());
    return tell(std::move(event));
  }
  if (!step.move.empty()) told_baking_ = false;
  if (!step.why.empty() && step.wake && !std::exchange(told_waiting_, true)) {
    event.kind = Event::Kind::waiting;
    event.message = step.why;
    tell(std::move(event));
  }
}

Task<Summary> Rollout::run() {
  co_await first_look();
  auto watching = work_.child();
  async::Group watchers(asked_.loop());
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (is_reachable(i)) watchers.spawn(watch_one(watching, i));
  }
  const auto limits = policy();
  std::optional<TimePoint> blocked;
  std::optional<Ending> ending;
  std::string why;
  while (!ending) {
    wishes_.is_interrupted = asked_.ended().has_value() || lost_.has_value();
    const auto step = next(limits, views_, asked_.now(), wishes_, blocked);
    announce(step);
    if (!step.why.empty()) why = step.why;
    if (!step.move.empty() || !step.restore.empty()) {
      blocked.reset();
      told_waiting_ = false;
    } else if (!step.why.empty() && !blocked) {
      blocked = asked_.now();
    }
    for (const auto i : step.move) {
      views_[i].phase = Phase::moving;
      work_group_.spawn(move_one(i));
    }
    for (const auto i : step.restore) {
      views_[i].phase = Phase::restoring;
      work_group_.spawn(restore_one(i));
    }
    if (concluding_ == 0) ending = step.ending;  // one that fails there may change it
    if (wishes_.is_interrupted || step.is_back) {
      ahead_.cancel();
    } else if (!ending && step.move.empty() && step.restore.empty()) {
      ship_ahead(limits);
    }
    // Once interrupted the end of `asked_` must not wake this loop again and again.
    if (!ending && step.move.empty() && step.restore.empty()) {
      co_await bell_.wait(wishes_.is_interrupted ? work_ : asked_, step.wake);
    }
  }
  co_await work_group_.join();
  for (auto& [node, group] : concludes_) co_await group.join();
  co_await end_shipping_ahead();
  watching.cancel();
  co_await watchers.join();
  co_await finish(*ending);
  auto summary = summarize(*ending);
  if (!why.empty() && *ending != Ending::done) summary.message += "; " + why;
  co_return summary;
}

}  // namespace ccloud::rollout
