// Lists that come in pages, and waiting for what takes its time: the loops that every driver needs.
// Each takes plain functions that call the coroutine to be awaited; a coroutine itself captures
// nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "async/context.h"

namespace ccloud::cloud {

/// A question about an error: is it passing, is it as good as done?
using ErrorTest = bool (*)(const Error&);
/// It is gone, or not there yet.
inline bool is_missing(const Error& error) { return error.code == ErrorCode::not_found; }

struct PollPolicy {
  async::Duration first = std::chrono::seconds(1);
  async::Duration most = std::chrono::seconds(15);
  async::Duration deadline = std::chrono::minutes(10);
};

namespace detail {

/// Refuses lists that never end: a token that comes 20 times, or 10,000 pages.
class PageGuard {
 public:
  Result<void> check(const std::string& next);

 private:
  std::map<std::string, int> seen_;
  std::size_t count_ = 0;
};

/// The waits between attempts: each longer than the one before, with jitter.
class Waits {
 public:
  Waits(Context ctx, PollPolicy policy);
  /// nullopt when it would end after the deadline.
  std::optional<async::Duration> next();
  /// "{what}: not done after ...".
  Error timed_out(std::string_view what) const;

 private:
  Context ctx_;
  PollPolicy policy_;
  async::TimePoint begin_;
  async::Duration wait_;
};

}  // namespace detail

/// Awaits `fetch(token)`, first with "", then with each token that `read(page)` returns, until that
/// is empty. Empty pages with a token are normal; a list without end is a protocol error.
template <class Fetch, class Read>
Task<void> for_each_page(Context ctx, Fetch fetch, Read read) {
  detail::PageGuard guard;
  std::string token;
  do {
    co_await ctx.check();
    token = read(co_await fetch(token));
    co_await guard.check(token);
  } while (!token.empty());
  co_return {};
}

/// Awaits `look()` until `is_done` accepts what it sees, and returns that; waits longer each time.
/// An error of `look` ends it; the deadline gives timed_out with "{what}: not done after ...".
template <class Look, class IsDone>
std::invoke_result_t<Look&> poll_until(Context ctx, PollPolicy policy, std::string what, Look look,
                                       IsDone is_done) {
  detail::Waits waits(ctx, policy);
  while (true) {
    auto seen = co_await look();
    if (is_done(std::as_const(seen))) co_return seen;
    const auto wait = waits.next();
    if (!wait) co_return waits.timed_out(what);
    co_await ctx.sleep(*wait);
  }
}

/// Repeats `step` while it fails with an error that `is_passing` accepts (a dependency that is
/// still going away, an id that is not visible yet), and returns how it ended. At the deadline, the
/// last error.
template <class Step>
std::invoke_result_t<Step&> repeat_while(Context ctx, PollPolicy policy, Step step,
                                         ErrorTest is_passing) {
  detail::Waits waits(ctx, policy);
  while (true) {
    auto done = co_await step().result();
    if (done.has_value() || !is_passing(done.error())) co_return done;
    const auto wait = waits.next();
    if (!wait) co_return done;
    co_await ctx.sleep(*wait);
  }
}

/// The call for its effect alone: its answer is dropped, and an error that `is_as_good` accepts
/// ("not there" of a deletion) is none.
template <class T>
Task<void> effect_of(Task<T> call, ErrorTest is_as_good = [](const Error&) { return false; }) {
  auto done = co_await std::move(call).result();
  if (!done.has_value() && !is_as_good(done.error())) co_return std::move(done).error();
  co_return {};
}

}  // namespace ccloud::cloud
