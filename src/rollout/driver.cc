#include "rollout/driver.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/health.h"
#include "rollout/rollout.h"

namespace ccloud::rollout {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::done:
      return "done";
    case Outcome::nothing_to_do:
      return "nothing to do";
    case Outcome::partly:
      return "partly";
    case Outcome::failed:
      return "failed";
    case Outcome::rolled_back:
      return "rolled back";
    case Outcome::interrupted:
      return "interrupted";
    case Outcome::refused:
      return "refused";
    case Outcome::busy:
      return "busy";
  }
  return "";
}

std::string_view to_string(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::started:
      return "started";
    case Event::Kind::wave:
      return "wave";
    case Event::Kind::step:
      return "step";
    case Event::Kind::settled:
      return "settled";
    case Event::Kind::evidence:
      return "evidence";
    case Event::Kind::baking:
      return "baking";
    case Event::Kind::waiting:
      return "waiting";
    case Event::Kind::back:
      return "back";
    case Event::Kind::note:
      return "note";
    case Event::Kind::finished:
      return "finished";
  }
  return "";
}

namespace {

Summary ended(const config::Service& service, Outcome outcome, std::string message) {
  Summary summary;
  summary.service = service.name;
  summary.outcome = outcome;
  summary.message = std::move(message);
  return summary;
}

Summary ended(const config::Service& service, Outcome outcome, Error error) {
  auto summary = ended(service, outcome, error.message);
  summary.errors.push_back(std::move(error));
  return summary;
}

void tell(const Tools& tools, const config::Service& service, const std::string& rollout,
          Event::Kind kind, std::string message, std::string outcome = {}) {
  if (!tools.listener) return;
  Event event;
  event.kind = kind;
  event.at = tools.loop->wall_now();
  event.service = service.name;
  event.rollout = rollout;
  event.message = std::move(message);
  event.outcome = std::move(outcome);
  tools.listener(event);
}

/// A rollout whose nodes nobody reached cannot even begin.
std::optional<Summary> nobody_answers(const config::Service& service,
                                      const std::vector<Seen>& seen) {
  if (seen.empty()) {
    return ended(service, Outcome::failed,
                 make_error(ErrorCode::not_found, "service " + service.name + " has no nodes",
                            "run `ccloud deploy` first"));
  }
  for (const auto& one : seen) {
    if (!one.error) return std::nullopt;
  }
  auto summary = ended(service, Outcome::failed, *seen.front().error);
  summary.message = fmt::format("none of the {} nodes of {} answers", seen.size(), service.name);
  for (const auto& one : seen) {
    auto outcome = outcome_of(one.spot.node);
    outcome.phase = Phase::skipped;
    outcome.error = one.error->message;
    outcome.code = one.error->code;
    summary.nodes.push_back(std::move(outcome));
  }
  return summary;
}

Error busy_error(const config::Service& service, const Record& record) {
  return make_error(
      ErrorCode::conflict,
      fmt::format("rollout {} of {} to {} by {} has not ended (last seen {})", record.rollout,
                  service.name, record.to_version, record.by, record.at),
      fmt::format("if it is still running, wait for it; else take it over: ccloud rollout resume "
                  "{0}, or ccloud rollout undo {0}",
                  service.name));
}

std::shared_ptr<Job> make_job(Tools tools, const config::Service& service, std::string command,
                              std::int64_t epoch, std::string rollout) {
  auto job = std::make_shared<Job>();
  job->tools = std::move(tools);
  job->service = &service;
  job->command = std::move(command);
  job->owner = {.epoch = epoch, .rollout = std::move(rollout)};
  return job;
}

/// It failed on its way to this release, and was left with it.
bool has_failed_with(const Facts& facts, const Release& release) {
  return facts.record && facts.record->has_failed && facts.record->to == facts.current &&
         facts.record->to_version == release.version;
}

/// What a node had and shall have, for the record of a rollout that begins.
void begin_record(Spot& spot, const Release& release) {
  const auto before = std::exchange(spot.record, {});
  spot.record.from = spot.facts.current;
  spot.record.from_version = spot.facts.version;
  if (has_failed_with(spot.facts, release)) {  // what it failed with is nothing to go back to
    spot.record.from = before.from;
    spot.record.from_version = before.from_version;
  }
  spot.record.to =
      folder_for(release, spot.facts.current, spot.facts.version, spot.facts.fingerprint);
  spot.record.to_version = release.version;
}

Task<Summary> carry_out(std::shared_ptr<Job> job, Rollout* rollout, std::string message) {
  auto claimed = co_await rollout->claim().result();
  if (!claimed.has_value()) co_return ended(*job->service, Outcome::busy, claimed.error());
  tell(job->tools, *job->service, job->owner.rollout, Event::Kind::started, std::move(message));
  auto summary = co_await rollout->run();
  tell(job->tools, *job->service, job->owner.rollout, Event::Kind::finished, summary.message,
       std::string(to_string(summary.outcome)));
  co_return summary;
}

/// All that answer have the version; the others are counted and named.
Summary nothing_waits(const config::Service& service, const std::string& version,
                      Rollout& rollout) {
  auto summary = ended(service, Outcome::nothing_to_do,
                       fmt::format("{} {} is on all nodes that answer", service.name, version));
  summary.version = version;
  std::int64_t skipped = 0;
  for (std::size_t i = 0; i < rollout.views().size(); ++i) {
    const auto& view = rollout.views()[i];
    auto outcome = outcome_of(rollout.spots()[i].node);
    outcome.phase = view.phase;
    outcome.from = outcome.version = rollout.spots()[i].facts.version;
    outcome.error = rollout.why_skipped(i);
    skipped += view.phase == Phase::skipped ? 1 : 0;
    summary.nodes.push_back(std::move(outcome));
  }
  if (skipped > 0) {
    summary.outcome = Outcome::partly;
    summary.message += fmt::format(", {} skipped", skipped);
  }
  return summary;
}

Task<Summary> try_update(Context ctx, Tools tools, const config::Service& service,
                         std::vector<Node> nodes, UpdateOptions options) {
  const auto version = options.version.empty() ? service.version.value : options.version;
  auto seen = co_await look(ctx, tools, service, std::move(nodes));
  if (auto nobody = nobody_answers(service, seen)) co_return std::move(*nobody);
  const auto refused = [&](Outcome outcome, Error error) {
    auto summary = ended(service, outcome, std::move(error));
    summary.version = version;
    return summary;
  };
  if (const auto last = newest(seen); last && is_unfinished(seen, *last)) {
    co_return refused(Outcome::busy, busy_error(service, *last));
  }
  if (!options.retries && is_held(seen, version)) {
    co_return refused(
        Outcome::refused,
        make_error(ErrorCode::conflict,
                   fmt::format("version {} of {} failed before and is held", version, service.name),
                   "mend it under a new version, or try it again with --retry"));
  }
  auto job = make_job(tools, service, "update", highest_epoch(seen) + 1, tools.run_id);
  job->release = co_await make_release(ctx, service, version, tools);
  Rollout rollout(ctx, job, std::move(seen), {});
  std::int64_t waiting = 0;
  for (std::size_t i = 0; i < rollout.spots().size(); ++i) {
    auto& spot = rollout.spots()[i];
    auto& view = rollout.views()[i];
    if (view.phase == Phase::skipped) continue;
    begin_record(spot, job->release);
    view.has_origin = !spot.record.from.empty();
    const bool has_it = !spot.facts.current.empty() && spot.facts.version == version &&
                        spot.facts.fingerprint == job->release.fingerprint &&
                        !has_failed_with(spot.facts, job->release);
    view.phase = has_it ? Phase::current : Phase::waiting;
    spot.record.phase = to_string(view.phase);
    waiting += has_it ? 0 : 1;
  }
  if (waiting == 0) {
    co_return nothing_waits(service, version, rollout);
  }
  co_return co_await carry_out(job, &rollout,
                               fmt::format("{} to {} on {} node{}", service.name, version, waiting,
                                           waiting == 1 ? "" : "s"));
}

/// The phases as the nodes' records tell them, for the rollout `last`.
void take_over(Rollout& rollout, const Record& last, const Release& release, bool is_undo) {
  for (std::size_t i = 0; i < rollout.spots().size(); ++i) {
    auto& spot = rollout.spots()[i];
    auto& view = rollout.views()[i];
    if (view.phase == Phase::skipped) continue;
    const bool is_part = spot.facts.record && spot.facts.record->rollout == last.rollout;
    if (!is_part) {
      begin_record(spot, release);
      if (is_undo) spot.record.to_version = last.to_version;  // which is held there, too
      // It was down, or not there: an undo has nothing to put back on it.
      view.has_origin = !spot.facts.current.empty();
      view.phase =
          is_undo || spot.facts.version == last.to_version ? Phase::current : Phase::waiting;
      spot.record.phase = to_string(view.phase);
      continue;
    }
    const auto& record = spot.record;
    const auto is = [&](Phase phase) { return record.phase == to_string(phase); };
    view.has_origin = !record.from.empty();
    view.has_failed = record.has_failed;
    view.settled = TimePoint(rollout.now());
    spot.is_touched = !is(Phase::waiting) && !is(Phase::current) && !is(Phase::restored);
    if (is(Phase::moved)) {
      view.phase = Phase::moved;
    } else if (is(Phase::restored)) {
      view.phase = Phase::restored;
    } else if (is(Phase::current)) {
      view.phase = Phase::current;
    } else if (is(Phase::moving)) {
      // Every step can be done again.
      view.phase = is_undo ? Phase::failed : Phase::waiting;
    } else if (spot.is_touched) {
      view.phase = Phase::failed;
    }
    spot.record.ending.clear();
  }
}

Task<void> fence_one(Context ctx, const Job* job, const Seen* seen, std::optional<Error>* lost) {
  if (seen->error) co_return {};
  auto fenced = co_await run_script(ctx, job->tools, seen->spot.node,
                                    script::claim(unit_of(*job->service), job->owner, ""))
                    .result();
  if (!fenced.has_value() && fenced.error().raw_code == "taken-over") *lost = fenced.error();
  co_return {};
}

/// The nodes as they are once no older driver can change them any more: what one that still ran
/// began after the first look is seen now.
Task<std::vector<Seen>> fence(Context ctx, const Job& job, const std::vector<Seen>& seen,
                              std::vector<Node> nodes) {
  std::optional<Error> lost;
  co_await for_each(ctx, seen.size(), job.tools.width,
                    [&](std::size_t i) { return fence_one(ctx, &job, &seen[i], &lost); });
  if (lost) co_return *lost;
  co_return co_await look(ctx, job.tools, *job.service, std::move(nodes));
}

Task<Summary> try_resume(Context ctx, Tools tools, const config::Service& service,
                         std::vector<Node> nodes) {
  auto seen = co_await look(ctx, tools, service, nodes);
  if (auto nobody = nobody_answers(service, seen)) co_return std::move(*nobody);
  const auto last = newest(seen);
  const bool was_cut_short = last && last->ending == to_string(Ending::incomplete);
  if (!last || (!is_unfinished(seen, *last) && !was_cut_short)) {
    co_return ended(service, Outcome::nothing_to_do,
                    fmt::format("no rollout of {} is unfinished", service.name));
  }
  // One that could not put everything back goes on with that.
  const bool is_undo = last->command == "undo" || was_cut_short;
  auto job = make_job(tools, service, is_undo ? "undo" : last->command, highest_epoch(seen) + 1,
                      last->rollout);
  // First: where there is nothing to go on with, one that still runs is not stopped for it.
  if (is_undo) {
    job->release.secrets = co_await known_secrets(ctx, service, tools);
  } else {
    job->release = co_await make_release(ctx, service, last->to_version, tools);
  }
  auto fenced = co_await fence(ctx, *job, seen, std::move(nodes)).result();
  if (!fenced.has_value()) co_return ended(service, Outcome::busy, fenced.error());
  seen = std::move(*fenced);
  Rollout rollout(ctx, job, std::move(seen), {.is_undo = is_undo});
  take_over(rollout, *last, job->release, is_undo);
  co_return co_await carry_out(job, &rollout,
                               fmt::format("resuming {} of {} to {}, begun by {}", last->rollout,
                                           service.name, last->to_version, last->by));
}

Task<Summary> try_undo(Context ctx, Tools tools, const config::Service& service,
                       std::vector<Node> nodes) {
  auto seen = co_await look(ctx, tools, service, nodes);
  if (auto nobody = nobody_answers(service, seen)) co_return std::move(*nobody);
  const auto last = newest(seen);
  if (!last) {
    co_return ended(service, Outcome::nothing_to_do,
                    fmt::format("no rollout of {} is known to its nodes", service.name));
  }
  const bool is_over = !is_unfinished(seen, *last);
  if (is_over && (last->ending == to_string(Ending::rolled_back) || last->command == "undo")) {
    co_return ended(
        service, Outcome::nothing_to_do,
        fmt::format("rollout {} of {} was put back already", last->rollout, service.name));
  }
  auto job = make_job(tools, service, "undo", highest_epoch(seen) + 1, last->rollout);
  job->release.secrets = co_await known_secrets(ctx, service, tools);
  auto fenced = co_await fence(ctx, *job, seen, std::move(nodes)).result();
  if (!fenced.has_value()) co_return ended(service, Outcome::busy, fenced.error());
  seen = std::move(*fenced);
  Rollout rollout(ctx, job, std::move(seen), {.is_undo = true});
  take_over(rollout, *last, job->release, true);
  co_return co_await carry_out(job, &rollout,
                               fmt::format("undoing {} of {} to {}, begun by {}", last->rollout,
                                           service.name, last->to_version, last->by));
}

Task<Summary> never_fails(const config::Service& service, Context ctx, Task<Summary> work) {
  const auto begun = ctx.now();
  auto summary = co_await std::move(work).result();
  if (!summary.has_value()) {
    summary =
        ended(service,
              summary.error().code == ErrorCode::cancelled ? Outcome::interrupted : Outcome::failed,
              summary.error());
  }
  summary->seconds = std::chrono::duration<double>(ctx.now() - begun).count();
  co_return std::move(*summary);
}

}  // namespace

Task<Summary> update_service(Context ctx, Tools tools, const config::Service& service,
                             std::vector<Node> nodes, UpdateOptions options) {
  return never_fails(
      service, ctx,
      try_update(ctx, std::move(tools), service, std::move(nodes), std::move(options)));
}

Task<Summary> resume_rollout(Context ctx, Tools tools, const config::Service& service,
                             std::vector<Node> nodes) {
  return never_fails(service, ctx, try_resume(ctx, std::move(tools), service, std::move(nodes)));
}

Task<Summary> undo_rollout(Context ctx, Tools tools, const config::Service& service,
                           std::vector<Node> nodes) {
  return never_fails(service, ctx, try_undo(ctx, std::move(tools), service, std::move(nodes)));
}

Task<Status> rollout_status(Context ctx, Tools tools, const config::Service& service,
                            std::vector<Node> nodes) {
  auto seen = co_await look(ctx, tools, service, std::move(nodes));
  Status status;
  status.service = service.name;
  status.wanted = service.version.value;
  status.last = newest(seen);
  status.is_unfinished = status.last && is_unfinished(seen, *status.last);
  for (auto& one : seen) {
    NodeStatus row;
    row.node = one.spot.node.name;
    row.place = one.spot.node.place;
    row.is_reachable = !one.error;
    if (one.error) row.error = one.error->message;
    row.facts = std::move(one.spot.facts);
    status.nodes.push_back(std::move(row));
  }
  co_return status;
}

}  // namespace ccloud::rollout
