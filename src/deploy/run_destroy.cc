// `destroy`: everything that carries the marks, until nothing does.
#include <algorithm>

#include "deploy/executor.h"
#include "deploy/look.h"
#include "deploy/planning.h"
#include "deploy/run.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

/// Lists lag and killed runs may still have calls in flight: look again until nothing is left.
constexpr int rounds = 4;

async::Duration longest_lag(Session& session) {
  async::Duration longest{0};
  for (const auto& provider : session.config().providers) {
    longest = std::max(longest, session.lag(provider.name));
  }
  return longest;
}

bool is_everything(const Session& session) { return session.options().selectors.empty(); }

/// Of those that the config names no longer, too.
bool no_provider_is_missing(const plan::PlanOptions& options, const Planned& planned) {
  return options.notes.empty() && std::ranges::none_of(options.recalled, [&](const auto& name) {
           const auto* seen = planned.observed.find(name);
           return seen == nullptr || seen->error;
         });
}

Task<void> destroy(Context ctx, Run& run) {
  auto& session = run.session();
  const auto options = co_await plan_options(ctx, session);
  auto planned = co_await plan_destroy(ctx, session, options);
  run.result().plan = planned.plan;
  run.result().notes = planned.plan.notes;
  run.add_errors(planned.errors);
  run.has_answer(has_answer(planned.observed));
  if (!planned.plan.refusals.empty()) {
    run.refuse(planned.plan.refusals);
    co_return {};
  }
  if (!planned.plan.has_changes() && is_everything(session) && planned.errors.empty()) {
    // A run that was killed a moment ago may have made what lists do not show yet: "not there" is
    // believed only after the lag.
    co_await ctx.sleep(longest_lag(session));
    planned = co_await plan_destroy(ctx, session, options);
    run.result().plan = planned.plan;
  }
  if (!planned.plan.has_changes()) co_return {};
  if (!co_await run.confirm(ctx, planned.plan)) co_return {};
  for (int round = 0; round < rounds && planned.plan.has_changes(); ++round) {
    Executor executor(ctx, session, run.recorder(), planned.plan);
    auto results = co_await executor.run();
    const bool has_failed = std::ranges::any_of(
        results, [](const ChangeResult& r) { return r.outcome != Outcome::done; });
    run.add(std::move(results));
    if (has_failed || !is_everything(session) || ctx.ended()) break;
    co_await ctx.sleep(longest_lag(session));
    planned = co_await plan_destroy(ctx, session, options);
  }
  auto* journal = session.tools().journal;
  const bool is_whole = is_everything(session) && no_provider_is_missing(options, planned);
  const bool is_clean = run.result().errors.empty() && is_whole && !ctx.ended();
  if (journal != nullptr && is_clean) {
    co_await journal->forget_deployed(ctx, session.config().project.value);
  }
  co_return {};
}

}  // namespace

Task<RunResult> run_destroy(Context ctx, Session& session) {
  Run run(session, "destroy");
  co_return co_await run.whole(ctx, destroy(ctx, run));
}

}  // namespace ccloud::deploy
