// Results, words and exit codes of a run.
#include "deploy/run.h"

#include <algorithm>

#include <fmt/format.h>

namespace ccloud::deploy {

Run::Run(Session& session, std::string command) : session_(session), recorder_(session) {
  result_.run = session.tools().run_id;
  result_.command = std::move(command);
  result_.project = session.config().project.value;
}

void Run::add(ChangeResult change) {
  if (change.error) result_.errors.push_back(*change.error);
  result_.changes.push_back(std::move(change));
}

void Run::add(std::vector<ChangeResult> changes) {
  for (auto& change : changes) add(std::move(change));
}

void Run::add_errors(const std::vector<Error>& errors) {
  result_.errors.insert(result_.errors.end(), errors.begin(), errors.end());
}

void Run::refuse(const std::vector<plan::Refusal>& refusals) {
  is_refused_ = true;
  for (const auto& refusal : refusals) {
    Error error = make_error(ErrorCode::permission_denied, refusal.message, refusal.remedy);
    error.raw_code = "guard";
    result_.errors.push_back(std::move(error));
  }
}

void Run::refuse_stale() {
  is_refused_ = true;
  Error error = make_error(ErrorCode::conflict,
                           "the plan is stale: the config or the clouds have changed since",
                           "make and review a new one: ccloud plan --out FILE");
  error.raw_code = "guard";
  result_.errors.push_back(std::move(error));
}

Task<bool> Run::confirm(Context ctx, plan::Plan plan) {
  const auto& ask = session_.tools().confirm;
  if (!ask) co_return true;
  const bool agreed = co_await ask(ctx, plan);
  is_declined_ = !agreed;
  co_return agreed;
}

Task<RunResult> Run::whole(Context ctx, Task<void> body) {
  const auto start = ctx.now();
  auto begun = co_await recorder_.begin(ctx, result_.command).result();
  if (!begun) {
    result_.errors.push_back(begun.error());
    const bool is_locked = begun.error().raw_code == "locked";
    result_.result = is_locked ? "locked" : "interrupted";
    result_.exit = is_locked ? Exit::locked : Exit::interrupted;
    co_return std::move(result_);
  }
  auto done = co_await std::move(body).result();
  if (!done) {
    has_usage_error_ = done.error().code == ErrorCode::invalid_argument && result_.changes.empty();
    result_.errors.push_back(done.error());
  }
  result_.seconds = std::chrono::duration<double>(ctx.now() - start).count();
  conclude(ctx);
  auto finished = co_await recorder_.finish(ctx, result_.result).result();
  if (!finished) result_.notes.push_back(finished.error().message);
  co_return std::move(result_);
}

void Run::conclude(Context ctx) {
  const auto done = result_.count(Outcome::done);
  const bool was_stopped =
      ctx.ended().has_value() && (!result_.errors.empty() || result_.count(Outcome::skipped) > 0);
  if (is_refused_) {
    result_.exit = Exit::refused;
    result_.result = "refused";
  } else if (is_declined_) {
    result_.exit = Exit::failed;
    result_.result = "declined";
  } else if (was_stopped) {
    const bool is_timeout = ctx.ended()->code == ErrorCode::timed_out;
    const bool has_begun = !result_.changes.empty();
    result_.exit = !is_timeout  ? Exit::interrupted
                   : done > 0   ? Exit::partly
                   : !has_begun ? Exit::unreachable
                                : Exit::failed;
    result_.result = is_timeout ? "timed out" : "interrupted";
  } else if (has_usage_error_) {
    result_.exit = Exit::usage;
    result_.result = "failed";
  } else {
    // With nothing to do where somebody answered, the rest is as it shall be.
    const bool is_rest_done = done > 0 || (result_.changes.empty() && has_answer_);
    result_.exit = exit_of(result_.errors, is_rest_done);
    result_.result = result_.exit == Exit::done
                         ? (result_.changes.empty() ? "nothing to do" : "done")
                     : result_.exit == Exit::partly ? "partly"
                                                    : "failed";
  }
}

}  // namespace ccloud::deploy
