// Retry and limiter: the waits, exactly.
#include "async/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/limiter.h"

namespace ccloud::async {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToTheCapWithFullJitter) {
  const RetryPolicy policy;
  const Error passing = make_error(ErrorCode::unavailable, "busy");
  EXPECT_EQ(backoff(policy, 1, passing, 0.5), 100ms);
  EXPECT_EQ(backoff(policy, 3, passing, 0.5), 400ms);
  EXPECT_EQ(backoff(policy, 30, passing, 0.5), 15s);
  EXPECT_EQ(backoff(policy, 1, passing, 0.0), 0ms);
  EXPECT_EQ(backoff(policy, 1, make_error(ErrorCode::rate_limited, "slow"), 0.5), 500ms);
}

TEST(Backoff, RetryAfterIsAFloor) {
  Error error = make_error(ErrorCode::rate_limited, "slow");
  error.retry_after = 7s;
  EXPECT_EQ(backoff({}, 1, error, 0.5), 7s);
}

TEST(MayRetry, NeverRepeatsWhatMayHaveHappened) {
  Error error = make_error(ErrorCode::unavailable, "reset");
  error.ambiguous = true;
  EXPECT_FALSE(may_retry(error, Idempotency::not_idempotent));
  EXPECT_TRUE(may_retry(error, Idempotency::idempotent));
  EXPECT_FALSE(may_retry(make_error(ErrorCode::not_found, "no"), Idempotency::idempotent));
}

Task<int> third_time(int* calls) {
  if (++*calls < 3) co_return make_error(ErrorCode::unavailable, "busy");
  co_return *calls;
}

TEST(Retry, TriesUntilItSucceeds) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx(loop);
  int calls = 0;
  auto r =
      loop.run(retry<int>(ctx, {}, Idempotency::idempotent, [&] { return third_time(&calls); }));
  EXPECT_EQ(r.value(), 3);
}

TEST(Retry, EndsWithTheLastErrorWhenTheDeadlineIsNearer) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx = Context(loop).with_timeout(1s);
  auto slow = []() -> Task<int> {
    Error error = make_error(ErrorCode::rate_limited, "slow");
    error.retry_after = 5s;
    co_return error;
  };
  auto r = loop.run(retry<int>(ctx, {}, Idempotency::idempotent, slow));
  EXPECT_EQ(r.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(loop.now().time_since_epoch(), 0s);
}

Task<void> take(Limiter* limiter, Context ctx, int times) {
  for (int i = 0; i < times; ++i) co_await limiter->acquire(ctx);
  co_return {};
}

TEST(Limiter, GivesTheBurstAtOnceAndThenTheRate) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx(loop);
  Limiter limiter(loop, {.burst = 5, .per_second = 2});
  ASSERT_TRUE(loop.run(take(&limiter, ctx, 5)).has_value());
  EXPECT_EQ(loop.now().time_since_epoch(), 0s);
  ASSERT_TRUE(loop.run(take(&limiter, ctx, 4)).has_value());
  EXPECT_NEAR(std::chrono::duration<double>(loop.now().time_since_epoch()).count(), 2.0, 0.01);
}

TEST(Limiter, SlowsDownWhenThrottled) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx(loop);
  Limiter limiter(loop, {.burst = 5, .per_second = 2});
  limiter.throttled();
  ASSERT_TRUE(loop.run(take(&limiter, ctx, 2)).has_value());
  EXPECT_NEAR(std::chrono::duration<double>(loop.now().time_since_epoch()).count(), 2.0, 0.01);
}

}  // namespace
}  // namespace ccloud::async
