// `status -w`: one loop per provider keeps what is known up to date, one more shows it.
#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "deploy/look.h"
#include "deploy/planning.h"
#include "deploy/runbooks.h"
#include "deploy/status_book.h"

namespace ccloud::deploy {
namespace {

/// All but slow clouds have answered by then: before, nothing is shown.
constexpr async::Duration first_patience = std::chrono::milliseconds(1500);
constexpr async::Duration first_glance = std::chrono::milliseconds(50);
/// An answer that takes longer than this, and much longer than the last one did, is overdue.
constexpr async::Duration least_overdue = std::chrono::seconds(5);
constexpr int overdue_factor = 3;

class StatusWatch {
 public:
  StatusWatch(Context ctx, Session& session, plan::PlanOptions options, async::Duration pause)
      : ctx_(ctx.child()),
        session_(session),
        options_(std::move(options)),
        pause_(pause),
        latest_(nothing_observed(session.config(), depth_of(session), true)) {}

  Task<void> run(std::function<bool(const StatusResult&)> show) {
    async::Group group(session_.loop());
    for (const auto& provider : session_.config().providers) {
      asked_[provider.name].since = ctx_.now();
      group.spawn(follow(provider));
    }
    auto shown = co_await show_all(std::move(show)).result();
    ctx_.cancel();
    co_await group.join();
    co_return shown;
  }

 private:
  struct Asked {
    async::TimePoint since;                   ///< of the question that waits for its answer
    std::optional<async::Duration> took;      ///< of the last answer; none: never answered
    std::optional<async::WallTime> answered;  ///< when
    bool is_waiting = true;
  };

  static cloud::Depth depth_of(const Session& session) {
    return session.options().drift_of_everything ? cloud::Depth::everything : cloud::Depth::nodes;
  }

  Task<void> follow(const config::Provider& provider) {
    auto& asked = asked_[provider.name];
    while (!ctx_.ended()) {
      asked.since = ctx_.now();
      asked.is_waiting = true;
      co_await look_at_provider(ctx_, session_, provider, &latest_);
      asked.took = ctx_.now() - asked.since;
      asked.answered = ctx_.wall_now();
      asked.is_waiting = false;
      auto rested = co_await ctx_.sleep(pause_).result();
      if (!rested) break;
    }
    co_return {};
  }

  bool all_have_answered() const {
    return std::ranges::all_of(asked_,
                               [](const auto& entry) { return entry.second.took.has_value(); });
  }

  Task<void> show_all(std::function<bool(const StatusResult&)> show) {
    const auto start = ctx_.now();
    while (!all_have_answered() && ctx_.now() - start < first_patience) {
      co_await ctx_.sleep(first_glance);
    }
    // What the clouds say is there at once, what the nodes say when they have been asked.
    for (bool asks_nodes = !session_.options().health;; asks_nodes = true) {
      auto result = co_await status_of(ctx_, session_, options_, known(), use(asks_nodes));
      if (auto ended = ctx_.ended()) co_return *ended;
      if (!show(result)) co_return {};
      if (asks_nodes) co_await ctx_.sleep(pause_);
    }
  }

  StatusUse use(bool asks_nodes) const {
    StatusUse use;
    use.asks_nodes = asks_nodes;
    for (const auto& [name, asked] : asked_) {
      if (asked.answered) use.answered.emplace(name, *asked.answered);
    }
    return use;
  }

  /// What is known; a cloud whose answer is overdue counts as one that gave none.
  plan::Observed known() const {
    auto observed = latest_;
    for (const auto& [name, asked] : asked_) {
      const auto waited = ctx_.now() - asked.since;
      const auto limit =
          std::max(least_overdue, overdue_factor * asked.took.value_or(async::Duration(0)));
      if (!asked.is_waiting || (asked.took && waited < limit)) continue;
      auto error = make_error(ErrorCode::timed_out,
                              fmt::format("no answer for {} so far", format_duration(waited)),
                              "what was last known of it is shown until it answers");
      error.provider = name;
      observed.providers[name] = {};
      observed.providers[name].error = error;
      for (auto& others : observed.existing) {
        if (others.provider != name) continue;
        others.nodes.clear();
        others.error = error;
      }
    }
    plan::normalise(observed, session_.config());
    return observed;
  }

  Context ctx_;
  Session& session_;
  plan::PlanOptions options_;
  async::Duration pause_;
  plan::Observed latest_;
  std::map<std::string, Asked> asked_;  // by provider
};

}  // namespace

Task<void> watch_status(Context ctx, Session& session, async::Duration pause,
                        std::function<bool(const StatusResult&)> show) {
  StatusWatch watch(ctx, session, co_await plan_options(ctx, session), pause);
  co_return co_await watch.run(std::move(show)).result();
}

}  // namespace ccloud::deploy
