// The loops of drivers, on a virtual clock.
#include "cloud/paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ccloud::cloud {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Loops : ::testing::Test {
  async::Loop loop{async::ClockKind::virtual_time};
  Context ctx{loop};
};

/// Fails with the error until it was asked so often; answers how often that was.
Task<int> fail_until(int nth, int* asked, ErrorCode code = ErrorCode::conflict) {
  if (++*asked < nth) co_return make_error(code, "not yet");
  co_return *asked;
}

bool is_conflict(const Error& error) { return error.code == ErrorCode::conflict; }

TEST_F(Loops, PagesFollowTokensToTheEnd) {
  std::vector<std::string> asked;
  const auto fetch = [&](std::string token) {
    asked.push_back(token);
    return [](std::string of) -> Task<std::string> { co_return "page " + of; }(token);
  };
  std::vector<std::string> seen;
  const auto read = [&](std::string page) -> std::string {
    seen.push_back(page);
    return page == "page " ? "a" : page == "page a" ? "b" : "";
  };
  ASSERT_TRUE(loop.run(for_each_page(ctx, fetch, read)).has_value());
  EXPECT_THAT(asked, ElementsAre("", "a", "b"));
  EXPECT_THAT(seen, ElementsAre("page ", "page a", "page b"));
}

TEST_F(Loops, PagesWithoutEndAreAnError) {
  const auto fetch = [](std::string) -> Task<int> { co_return 0; };
  int count = 0;
  const auto circle = [&](int) {
    ++count;
    return std::string("same");
  };
  auto ended = loop.run(for_each_page(ctx, fetch, circle));
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, ErrorCode::protocol);
  EXPECT_EQ(count, 21);
  count = 0;
  ended = loop.run(for_each_page(ctx, fetch, [&](int) { return std::to_string(++count); }));
  ASSERT_FALSE(ended.has_value());
  EXPECT_THAT(ended.error().message, HasSubstr("over 10000 pages"));
  EXPECT_EQ(count, 10'000);
}

TEST_F(Loops, PagesEndWithTheContext) {
  ctx.cancel();
  const auto fetch = [](std::string) -> Task<int> { co_return 0; };
  EXPECT_EQ(
      loop.run(for_each_page(ctx, fetch, [](int) { return std::string("more"); })).error().code,
      ErrorCode::cancelled);
}

TEST_F(Loops, PollsUntilWhatIsSeenPasses) {
  int asked = 0;
  const auto look = [&] { return fail_until(0, &asked); };
  const auto seen = loop.run(poll_until(ctx, {}, "tea", look, [](int n) { return n == 5; }));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(*seen, 5);
}

TEST_F(Loops, PollsEndAtTheDeadlineAndAtErrors) {
  int asked = 0;
  const auto never = [](int) { return false; };
  const auto late = loop.run(
      poll_until(ctx, {.deadline = 1min}, "tea", [&] { return fail_until(0, &asked); }, never));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::timed_out);
  EXPECT_THAT(late.error().message, HasSubstr("tea: not done after"));
  EXPECT_GT(asked, 5);
  EXPECT_LT(asked, 20);
  asked = 0;
  const auto failed =
      loop.run(poll_until(ctx, {}, "tea", [&] { return fail_until(2, &asked); }, never));
  EXPECT_EQ(failed.error().code, ErrorCode::conflict);
  EXPECT_EQ(asked, 1);
}

TEST_F(Loops, StepsAreRepeatedWhileTheirErrorPasses) {
  int asked = 0;
  const auto step = [&] { return fail_until(3, &asked); };
  EXPECT_EQ(*loop.run(repeat_while(ctx, {}, step, is_conflict)), 3);
  asked = 0;
  const auto other = [&] { return fail_until(3, &asked, ErrorCode::not_found); };
  EXPECT_EQ(loop.run(repeat_while(ctx, {}, other, is_conflict)).error().code, ErrorCode::not_found);
  EXPECT_EQ(asked, 1);
  asked = 0;
  const auto always = [&] { return fail_until(1000, &asked); };
  EXPECT_EQ(loop.run(repeat_while(ctx, {}, always, is_conflict)).error().message, "not yet");
  EXPECT_GT(asked, 5);
}

TEST_F(Loops, AnEffectIsThereWhenTheErrorIsAsGood) {
  int asked = 0;
  EXPECT_TRUE(loop.run(effect_of(fail_until(0, &asked))).has_value());
  EXPECT_TRUE(loop.run(effect_of(fail_until(9, &asked), is_conflict)).has_value());
  EXPECT_FALSE(loop.run(effect_of(fail_until(9, &asked))).has_value());
  EXPECT_FALSE(
      loop.run(effect_of(fail_until(9, &asked, ErrorCode::not_found), is_conflict)).has_value());
}

}  // namespace
}  // namespace ccloud::cloud
