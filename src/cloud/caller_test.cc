// What the caller does about each way to fail, on a virtual clock.
#include "cloud/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/renewing.h"
#include "cloud/testing/fake_http.h"

namespace ccloud::cloud {
namespace {

using namespace std::chrono_literals;
using async::Idempotency;

/// Signs with a counter; status 401 means expired, 498 a wrong clock.
struct PlainDialect final : Dialect {
  std::uint64_t generation = 1;
  int signatures = 0;
  std::vector<async::WallTime> signed_at;

  Task<Signed> sign(Context, const Call& call, async::WallTime now) override {
    ++signatures;
    signed_at.push_back(now);
    co_return Signed{.request = call.request, .credentials = generation};
  }
  std::optional<Failure> classify(const Call&, const http::Response& response) override {
    if (response.status < 300) return std::nullopt;
    Failure failure{.error = error_of_status(response, response.body)};
    if (response.status == 401) failure.hint = Hint::renew_credentials;
    if (response.status == 498) failure.hint = Hint::check_clock;
    return failure;
  }
  void drop_credentials(std::uint64_t dropped) override {
    if (dropped == generation) ++generation;
  }
};

struct CallerTest : ::testing::Test {
  testing::FakeHost fake;
  PlainDialect dialect;
  Caller caller{fake.host(), dialect, {.provider = "p1", .concurrency = 4}};
  Context ctx{fake.loop};
  Call call{.what = "making tea",
            .service = "s",
            .region = "r1",
            .request = {.url = "http://127.0.0.1/"}};

  Result<http::Response> run() { return fake.loop.run(caller.call(ctx, call)); }
};

TEST_F(CallerTest, RetriesServerErrorsAndThrottles) {
  fake.http.push(500, "");
  fake.http.push(429, "");
  fake.http.push(503, "");
  fake.http.push(200, "ok");
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(dialect.signatures, 4);
}

TEST_F(CallerTest, WaitsAsLongAsRetryAfterSays) {
  fake.http.push(429, "", {{"Retry-After", "7"}});
  fake.http.push(503, "", {{"Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"}});
  fake.http.push(200, "ok");
  ASSERT_TRUE(run().has_value());
  EXPECT_GE(fake.http.times.at(1) - fake.http.times.at(0), 7s);
  EXPECT_GE(fake.loop.wall_now(), async::WallTime(std::chrono::sys_days(2026y / 1 / 1)) + 60s);
}

TEST_F(CallerTest, DoesNotRepeatWhatMayHaveHappened) {
  call.idempotency = Idempotency::not_idempotent;
  fake.http.push_lost_reply();
  const auto r = run();
  ASSERT_FALSE(r.has_value());
  EXPECT_TRUE(r.error().ambiguous);
  EXPECT_EQ(fake.http.requests.size(), 1U);
  fake.http.push(429, "");
  fake.http.push(200, "");
  EXPECT_TRUE(run().has_value());
}

TEST_F(CallerTest, RepeatsALostReplyOfAnIdempotentCall) {
  fake.http.push_lost_reply();
  fake.http.push(200, "");
  EXPECT_TRUE(run().has_value());
}

TEST_F(CallerTest, RenewsExpiredCredentialsOnce) {
  fake.http.push(401, "expired");
  fake.http.push(200, "");
  EXPECT_TRUE(run().has_value());
  EXPECT_EQ(dialect.generation, 2U);
  fake.http.push(401, "expired");
  fake.http.push(401, "expired");
  const auto r = run();
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(fake.http.requests.size(), 4U);
}

TEST_F(CallerTest, CorrectsTheClockByTheAnswersDate) {
  fake.http.push(498, "skewed", {{"Date", "Thu, 01 Jan 2026 01:00:00 GMT"}});
  fake.http.push(200, "");
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(caller.clock_offset(), 1h);
  EXPECT_GE(dialect.signed_at.at(1) - dialect.signed_at.at(0), 59min);
}

TEST_F(CallerTest, BlamesNotTheClockWhenItIsRight) {
  fake.http.push(498, "skewed", {{"Date", "Thu, 01 Jan 2026 00:00:05 GMT"}});
  EXPECT_FALSE(run().has_value());
  EXPECT_EQ(fake.http.requests.size(), 1U);
}

TEST_F(CallerTest, ErrorsSayWhatWasBeingDoneAndWhere) {
  fake.http.push(404, "no kettle");
  const auto r = run();
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().message, "making tea: no kettle");
  EXPECT_EQ(r.error().provider, "p1");
  EXPECT_EQ(r.error().region, "r1");
  EXPECT_EQ(r.error().code, ErrorCode::not_found);
}

TEST_F(CallerTest, GivesUpSoonOnWhatCannotBeReached) {
  fake.http.handler = [](const http::Request&) -> Result<http::Response> {
    Error error = make_error(ErrorCode::unavailable, "refused");
    error.raw_code = "connect";
    return error;
  };
  EXPECT_FALSE(run().has_value());
  EXPECT_EQ(fake.http.requests.size(), 3U);
}

TEST_F(CallerTest, KeepsToTheDocumentedRate) {
  call.rate = async::Rate{.burst = 2, .per_second = 1};
  fake.http.handler = [](const http::Request&) -> Result<http::Response> {
    return http::Response{.body = "ok"};
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run().has_value());
  EXPECT_GE(fake.http.times.back() - fake.http.times.front(), 2900ms);
}

TEST_F(CallerTest, EndsWithTheContext) {
  ctx = ctx.with_timeout(10s);
  fake.http.handler = [](const http::Request&) -> Result<http::Response> {
    return http::Response{.status = 503};
  };
  EXPECT_FALSE(run().has_value());
  EXPECT_LE(fake.http.times.back() - fake.http.times.front(), 10s);
}

Task<void> get_two(Renewing<int>* token, Context ctx, std::vector<int>* got) {
  std::vector<Task<Renewing<int>::Current>> tasks;
  tasks.push_back(token->get(ctx));
  tasks.push_back(token->get(ctx));
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  for (auto& r : results) got->push_back(r.has_value() ? r->value : -1);
  co_return {};
}

Task<Renewing<int>::Fetched> fetch_number(Context ctx, int* fetches) {
  co_await ctx.sleep(1s);
  ++*fetches;
  co_return Renewing<int>::Fetched{.value = *fetches, .expires = ctx.wall_now() + 10min};
}

Task<Renewing<int>::Fetched> fetch_nothing(Context ctx, int* fetches) {
  co_await ctx.sleep(1s);
  ++*fetches;
  co_return make_error(ErrorCode::unauthenticated, "no");
}

TEST(Renewing, FetchesOnceForAllAndAgainBeforeItExpires) {
  async::Loop loop(async::ClockKind::virtual_time);
  const Context ctx(loop);
  int fetches = 0;
  Renewing<int> token(loop, 1min, [&](Context c) { return fetch_number(c, &fetches); });
  std::vector<int> got;
  ASSERT_TRUE(loop.run(get_two(&token, ctx, &got)).has_value());
  EXPECT_THAT(got, ::testing::ElementsAre(1, 1));
  ASSERT_TRUE(loop.run(ctx.sleep(9min + 30s)).has_value());
  EXPECT_EQ(loop.run(token.get(ctx))->value, 2);
  token.drop(1);
  EXPECT_EQ(loop.run(token.get(ctx))->value, 2);
  token.drop(2);
  EXPECT_EQ(loop.run(token.get(ctx))->value, 3);
}

TEST(Renewing, AFailureIsSharedByThoseWhoWait) {
  async::Loop loop(async::ClockKind::virtual_time);
  const Context ctx(loop);
  int fetches = 0;
  Renewing<int> token(loop, 1min, [&](Context c) { return fetch_nothing(c, &fetches); });
  std::vector<int> got;
  ASSERT_TRUE(loop.run(get_two(&token, ctx, &got)).has_value());
  EXPECT_EQ(fetches, 1);
  EXPECT_THAT(got, ::testing::ElementsAre(-1, -1));
}

}  // namespace
}  // namespace ccloud::cloud
