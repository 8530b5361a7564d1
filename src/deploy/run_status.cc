// `status`: one list per region, all clouds at once; each cloud's rows are told when it has
// answered.
#include "async/group.h"
#include "deploy/look.h"
#include "deploy/planning.h"
#include "deploy/runbooks.h"
#include "deploy/status_book.h"

namespace ccloud::deploy {
namespace {

/// What `so_far` says of one provider, and nothing of the others: to the planner they are clouds
/// that did not answer, of which it says nothing.
plan::Observed only(const plan::Observed& so_far, const std::string& provider,
                    const config::Config& config) {
  plan::Observed observed;
  observed.depth = so_far.depth;
  for (const auto& [name, seen] : so_far.providers) {
    auto& slot = observed.providers[name];
    if (name == provider) {
      slot = seen;
    } else {
      slot.error = make_error(ErrorCode::timed_out, "no answer yet");
    }
  }
  for (const auto& others : so_far.existing) {
    if (others.provider == provider) observed.existing.push_back(others);
  }
  plan::normalise(observed, config);
  return observed;
}

struct Early {
  Session* session = nullptr;
  plan::PlanOptions options;
  RowListener told;
};

Task<void> tell(Context ctx, Early* early, std::string provider, plan::Observed observed) {
  StatusUse use;
  use.saves = false;
  use.only = std::move(provider);
  const auto result =
      co_await status_of(ctx, *early->session, early->options, std::move(observed), std::move(use));
  early->told(result.nodes);
  co_return {};
}

Task<StatusResult> look_and_tell(Context ctx, Session& session, RowListener told) {
  const auto start = ctx.now();
  Early early{&session, co_await plan_options(ctx, session), std::move(told)};
  const auto depth =
      session.options().drift_of_everything ? cloud::Depth::everything : cloud::Depth::nodes;
  async::Group telling(session.loop());
  Looked looked;
  if (early.told) {
    looked = [&](const std::string& provider, const plan::Observed& so_far) {
      telling.spawn(tell(ctx, &early, provider, only(so_far, provider, session.config())));
    };
  }
  auto observed = co_await look(ctx, session, depth, true, looked);
  co_await telling.join();
  StatusUse use;
  use.asks_nodes = !early.told;
  auto result =
      co_await status_of(ctx, session, early.options, std::move(observed), std::move(use));
  result.seconds = std::chrono::duration<double>(ctx.now() - start).count();
  co_return result;
}

}  // namespace

Task<StatusResult> run_status(Context ctx, Session& session, RowListener told) {
  auto result = co_await look_and_tell(ctx, session, std::move(told)).result();
  if (result) co_return std::move(*result);
  StatusResult failed;
  failed.project = session.config().project.value;
  failed.errors.push_back(result.error());
  const bool is_misused = result.error().code == ErrorCode::invalid_argument;
  failed.is_complete = is_misused;
  failed.exit = is_misused ? Exit::usage : exit_of(failed.errors, false);
  co_return failed;
}

}  // namespace ccloud::deploy
