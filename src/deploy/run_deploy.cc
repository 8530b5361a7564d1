// `plan`, `deploy` and `replace`: one runbook. Read carry_out() first.
#include <algorithm>

#include <fmt/format.h>

#include "deploy/executor.h"
#include "deploy/look.h"
#include "deploy/planning.h"
#include "deploy/run.h"
#include "deploy/runbooks.h"
#include "deploy/services.h"
#include "deploy/starting.h"

namespace ccloud::deploy {
namespace {

/// Places and networks of the config, so that their removal later needs no --prune.
std::vector<journal::Deployed> places_of(const plan::Plan& plan) {
  std::vector<journal::Deployed> places;
  for (const auto& change : plan.changes) {
    if (change.action == plan::Action::destroy) continue;
    if (change.kind == plan::Kind::network) places.push_back({"", change.address});
    if (const auto* work = std::get_if<plan::NodeWork>(&change.work)) {
      if (!work->cluster.empty()) places.push_back({work->cluster, work->place});
    }
  }
  std::ranges::sort(places, {}, [](const auto& p) { return std::pair(p.cluster, p.place); });
  const auto [first, last] = std::ranges::unique(places);
  places.erase(first, last);
  return places;
}

/// Of a plan made right after a run only what the run itself has brought about: doubles, addresses
/// in rules, leftovers that were there before and still are.
plan::Plan aftermath_of(const plan::Plan& plan) {
  plan::Plan rest;
  rest.project = plan.project;
  for (const auto& change : plan.changes) {
    const bool is_double = change.reason == plan::Reason::duplicate;
    const bool is_rules = change.kind == plan::Kind::firewall &&
                          change.action == plan::Action::update &&
                          change.reason == plan::Reason::rules_changed;
    const bool is_ground = change.action == plan::Action::keep && change.kind != plan::Kind::node;
    if (!is_double && !is_rules && !is_ground) continue;
    auto copy = change;
    copy.depends_on.clear();
    rest.changes.push_back(std::move(copy));
  }
  return rest;
}

void add_leftovers(plan::Plan& plan, const plan::Observed& before, const plan::Observed& after) {
  for (const auto& [name, provider] : after.providers) {
    const auto* earlier = before.find(name);
    if (earlier == nullptr) continue;
    for (const auto& region : provider.inventory.regions) {
      const auto* then = earlier->find_region(region.region);
      if (then == nullptr) continue;
      for (const auto& leftover : region.leftovers) {
        if (std::ranges::find(then->leftovers, leftover) == then->leftovers.end()) continue;
        plan::Change change;
        change.kind = plan::Kind::network;
        change.action = plan::Action::destroy;
        change.reason = plan::Reason::unused;
        change.why = "an interrupted run left it behind";
        change.provider = name;
        change.region = region.region;
        change.address = fmt::format("network.{}.{}.{}", name, region.region,
                                     leftover.substr(leftover.find(' ') + 1));
        change.before = {{"what", leftover}};
        change.work = plan::LeftoverWork{leftover};
        plan.changes.push_back(std::move(change));
      }
    }
  }
}

/// Waits until lists show what was created last.
Task<void> wait_for_lists(Context ctx, Session& session, const Executor& executor) {
  async::TimePoint until = ctx.now();
  for (const auto& [provider, when] : executor.created()) {
    until = std::max(until, when + session.lag(provider));
  }
  if (until > ctx.now()) co_await ctx.sleep(until - ctx.now());
  co_return {};
}

bool has_leftovers(const plan::Observed& observed) {
  return std::ranges::any_of(observed.providers, [](const auto& entry) {
    return std::ranges::any_of(entry.second.inventory.regions,
                               [](const auto& region) { return !region.leftovers.empty(); });
  });
}

/// A look that a run has made while its nodes were booting.
struct Early {
  async::TimePoint asked;  ///< all creates had been accepted by then
  plan::Observed seen;
};

/// Looks once everything is asked for and lists must show it: nothing but boots is left then, and
/// they take longer. Nothing when the run ends before.
Task<std::optional<Early>> look_early(Context ctx, Session& session, const Executor& executor) {
  constexpr std::chrono::milliseconds glance{500};
  while (!executor.only_waits()) co_await ctx.sleep(glance);
  const auto asked = ctx.now();
  async::Duration lag{};
  for (const auto& [provider, when] : executor.created())
    lag = std::max(lag, session.lag(provider));
  co_await ctx.sleep(lag);
  Early early{asked, {}};
  early.seen =
      co_await look(ctx, session, cloud::Depth::everything, names_existing(session.config()));
  co_return early;
}

/// Whether it shows every node that the run has made: one that died and was made anew came later.
bool shows_all(const Early& early, const Executor& executor) {
  for (const auto& [provider, when] : executor.created()) {
    if (when > early.asked) return false;
  }
  return std::ranges::all_of(executor.born(), [&](const NodeRow& row) {
    const auto* provider = early.seen.find(row.provider);
    const auto* region = provider == nullptr ? nullptr : provider->find_region(row.region);
    return region != nullptr && !region->error &&
           std::ranges::find(region->nodes, row.instance.id, &cloud::Instance::id) !=
               region->nodes.end();
  });
}

bool may_settle_early(const Planned& planned) {
  return !planned.plan.needs_second_pass && !has_leftovers(planned.observed);
}

/// A run that created anything lists all marks once more and puts doubles right (design 4.4); while
/// its nodes boot, if that showed all of them.
Task<void> settle(Context ctx, Run& run, const Planned& planned, const Executor& executor,
                  std::optional<Early> early) {
  auto& session = run.session();
  const bool is_needed = !executor.created().empty() || planned.plan.needs_second_pass ||
                         has_leftovers(planned.observed);
  if (!is_needed || ctx.ended()) co_return {};
  Planned second;
  second.options = planned.options;
  second.resolutions = planned.resolutions;
  if (early && shows_all(*early, executor)) {
    second.observed = std::move(early->seen);
  } else {
    co_await wait_for_lists(ctx, session, executor);
    second.observed =
        co_await look(ctx, session, cloud::Depth::everything, names_existing(session.config()));
  }
  second.plan =
      plan::make_plan(session.config(), second.observed, second.resolutions, second.options);
  auto rest = aftermath_of(second.plan);
  add_leftovers(rest, planned.observed, second.observed);
  if (!rest.has_changes()) co_return {};
  Executor again(ctx, session, run.recorder(), rest);
  run.add(co_await again.run());
  co_return {};
}

Task<void> look_while_booting(Context ctx, Session& session, const Executor& executor,
                              std::optional<Early>* early) {
  auto seen = co_await look_early(ctx, session, executor).result();
  if (seen) *early = std::move(*seen);
  co_return {};
}

/// The plan's changes; the last look beside the boots where it can be.
Task<std::optional<Early>> execute(Context ctx, Run& run, const Planned& planned,
                                   Executor& executor) {
  std::optional<Early> early;
  auto looking = ctx.child();
  async::Group group(run.session().loop());
  if (may_settle_early(planned)) {
    group.spawn(look_while_booting(looking, run.session(), executor, &early));
  }
  auto done = co_await executor.run().result();
  looking.cancel();
  co_await group.join();
  if (!done) co_return done.error();
  run.add(std::move(*done));
  co_return early;
}

/// Refuse, ask, do, look once more.
Task<void> carry_out(Context ctx, Run& run, Planned planned) {
  run.result().plan = planned.plan;
  run.result().notes = planned.plan.notes;
  if (planned.plan.refusals.empty()) co_await check_services(run.session(), planned.plan);
  run.add_errors(planned.errors);
  run.has_answer(has_answer(planned.observed));
  if (!planned.plan.refusals.empty()) {
    run.refuse(planned.plan.refusals);
    co_return {};
  }
  co_await run.recorder().remember(ctx, places_of(planned.plan));
  const bool has_work = planned.plan.has_changes() || has_leftovers(planned.observed) ||
                        std::ranges::any_of(planned.plan.changes, is_starting);
  if (!has_work) co_return {};
  if (planned.plan.has_changes() && !co_await run.confirm(ctx, planned.plan)) co_return {};
  Executor executor(ctx, run.session(), run.recorder(), planned.plan, &planned.observed);
  auto early = co_await execute(ctx, run, planned, executor);
  auto& notes = run.result().notes;
  notes.insert(notes.end(), executor.notes().begin(), executor.notes().end());
  // Before the last look, which then shows their addresses.
  co_await await_starting(ctx, run, planned);
  auto settled = co_await settle(ctx, run, planned, executor, std::move(early)).result();
  if (!settled) run.add_errors({settled.error()});
  co_return co_await install_services(ctx, run, planned, executor.born()).result();
}

Task<void> deploy(Context ctx, Run& run, const plan::Plan* reviewed) {
  auto options = co_await plan_options(ctx, run.session());
  if (reviewed != nullptr) {
    options.selector_texts = reviewed->selectors;
    options.selectors = co_await plan::parse_selectors(reviewed->selectors);
  }
  auto planned = co_await plan_deploy(ctx, run.session(), std::move(options));
  if (reviewed != nullptr && planned.plan.fingerprint != reviewed->fingerprint) {
    run.result().plan = std::move(planned.plan);
    run.refuse_stale();
    co_return {};
  }
  co_return co_await carry_out(ctx, run, std::move(planned)).result();
}

Task<void> replace(Context ctx, Run& run) {
  auto options = co_await plan_options(ctx, run.session());
  options.replaces_selected = true;
  options.only_older_images = run.session().options().newer_image;
  const bool has_selectors = !options.selectors.empty();
  const bool takes_any = !options.only_older_images;
  auto planned = co_await plan_deploy(ctx, run.session(), std::move(options));
  const bool is_any = std::ranges::any_of(planned.plan.changes, [](const plan::Change& change) {
    return change.kind == plan::Kind::node && change.action != plan::Action::keep;
  });
  if (takes_any && has_selectors && !is_any && planned.errors.empty() &&
      planned.plan.refusals.empty()) {
    co_return nothing_selected();
  }
  co_return co_await carry_out(ctx, run, std::move(planned)).result();
}

}  // namespace

Task<PlanResult> run_plan(Context ctx, Session& session) {
  PlanResult result;
  auto options = co_await plan_options(ctx, session).result();
  if (!options) {
    result.errors.push_back(options.error());
    result.exit = Exit::usage;
    co_return result;
  }
  auto planned = co_await plan_deploy(ctx, session, std::move(*options)).result();
  if (!planned) {
    result.errors.push_back(planned.error());
    const bool is_misused = planned.error().code == ErrorCode::invalid_argument;
    result.exit = is_misused ? Exit::usage : exit_of(result.errors, false);
    co_return result;
  }
  result.plan = std::move(planned->plan);
  result.errors = std::move(planned->errors);
  result.exit = exit_of(result.errors, has_answer(planned->observed));
  co_return result;
}

Task<RunResult> run_deploy(Context ctx, Session& session) {
  Run run(session, "deploy");
  co_return co_await run.whole(ctx, deploy(ctx, run, nullptr));
}

Task<RunResult> run_deploy_reviewed(Context ctx, Session& session, plan::Plan reviewed) {
  Run run(session, "deploy");
  co_return co_await run.whole(ctx, deploy(ctx, run, &reviewed));
}

Task<RunResult> run_replace(Context ctx, Session& session) {
  Run run(session, "replace");
  co_return co_await run.whole(ctx, replace(ctx, run));
}

}  // namespace ccloud::deploy
