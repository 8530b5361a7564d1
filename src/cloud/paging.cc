// Pages and polls.
#include "cloud/paging.h"

#include <map>

#include <fmt/format.h>

#include "async/retry.h"
#include "base/text.h"

namespace ccloud::cloud {
namespace {

constexpr std::size_t most_pages = 10'000;
/// An empty page may come with the token that led to it: the list goes on, or it never ends.
constexpr int most_repeats = 20;

/// Grows by half each time; the jitter keeps many pollers from marching in step.
async::Duration next_wait(const PollPolicy& policy, async::Duration wait) {
  return std::min(policy.most, wait + wait / 2);
}

async::Duration jittered(async::Duration wait) {
  return std::chrono::duration_cast<async::Duration>(wait * (0.75 + async::random_unit() / 2));
}

}  // namespace

Task<void> for_each_page(Context ctx, std::function<Task<std::string>(std::string token)> page) {
  std::map<std::string, int> seen;
  std::string token;
  for (std::size_t count = 0; count < most_pages; ++count) {
    co_await ctx.check();
    token = co_await page(token);
    if (token.empty()) co_return {};
    if (++seen[token] > most_repeats) {
      co_return make_error(ErrorCode::protocol, "the list comes to the same page again and again");
    }
  }
  co_return make_error(ErrorCode::protocol, fmt::format("the list has over {} pages", most_pages));
}

Task<void> poll_until(Context ctx, PollPolicy policy, std::string what,
                      std::function<Task<bool>()> is_done) {
  const auto begin = ctx.now();
  for (auto wait = policy.first;; wait = next_wait(policy, wait)) {
    if (co_await is_done()) co_return {};
    const auto took = ctx.now() - begin;
    if (took + wait > policy.deadline) {
      co_return make_error(ErrorCode::timed_out,
                           fmt::format("{}: not done after {}", what, format_duration(took)),
                           "run the command again; it takes up where this one ended");
    }
    co_await ctx.sleep(jittered(wait));
  }
}

Task<void> repeat_while(Context ctx, PollPolicy policy, std::function<Task<void>()> step,
                        std::function<bool(const Error&)> is_passing) {
  const auto begin = ctx.now();
  for (auto wait = policy.first;; wait = next_wait(policy, wait)) {
    auto done = co_await step().result();
    if (done.has_value() || !is_passing(done.error())) co_return done;
    if (ctx.now() - begin + wait > policy.deadline) co_return done;
    co_await ctx.sleep(jittered(wait));
  }
}

}  // namespace ccloud::cloud
