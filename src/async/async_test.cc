// Tasks, contexts, groups: what they promise, on a virtual clock.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/completion.h"
#include "async/context.h"
#include "async/group.h"
#include "async/loop.h"

namespace ccloud::async {
namespace {

using namespace std::chrono_literals;

Task<int> value(int v) { co_return v; }
Task<int> failing() { co_return make_error(ErrorCode::not_found, "gone"); }

struct Guard {
  int* count;
  explicit Guard(int* c) : count(c) {}
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { ++*count; }
};

Task<int> middle(int* destroyed) {
  const Guard guard(destroyed);
  const int v = co_await failing();
  co_return v + 1;
}

Task<std::string> catching(int* destroyed) {
  auto r = co_await middle(destroyed).result();
  co_return r.has_value() ? "value" : r.error().message;
}

TEST(Task, YieldsItsValue) {
  Loop loop(ClockKind::virtual_time);
  EXPECT_EQ(loop.run(value(3)).value(), 3);
}

TEST(Task, ErrorEndsEveryWaiterUpToTheOneThatCatches) {
  Loop loop(ClockKind::virtual_time);
  int destroyed = 0;
  EXPECT_EQ(loop.run(catching(&destroyed)).value(), "gone");
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(loop.run(middle(&destroyed)).error().code, ErrorCode::not_found);
  EXPECT_EQ(destroyed, 2);
}

Task<int> from_result(Result<int> r) {
  const int v = co_await std::move(r);
  co_return v * 2;
}

TEST(Task, AwaitsPlainResults) {
  Loop loop(ClockKind::virtual_time);
  EXPECT_EQ(loop.run(from_result(4)).value(), 8);
  EXPECT_EQ(loop.run(from_result(make_error(ErrorCode::protocol, "bad"))).error().message, "bad");
}

Task<int> many() {
  int sum = 0;
  for (int i = 0; i < 200'000; ++i) sum += co_await value(1);
  co_return sum;
}

TEST(Task, SynchronousAwaitsDoNotGrowTheStack) {
  Loop loop(ClockKind::virtual_time);
  EXPECT_EQ(loop.run(many()).value(), 200'000);
}

TEST(Context, SleepTakesVirtualTimeOnly) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx(loop);
  const auto before = loop.now();
  ASSERT_TRUE(loop.run(ctx.sleep(1h)).has_value());
  EXPECT_EQ(loop.now() - before, 1h);
}

TEST(Context, DeadlineEndsASleep) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx = Context(loop).with_timeout(5s);
  const auto r = loop.run(ctx.sleep(1h));
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::timed_out);
  EXPECT_EQ(loop.now().time_since_epoch(), 5s);
}

TEST(Context, ChildIsNeverLooserThanItsParent) {
  Loop loop(ClockKind::virtual_time);
  const Context parent = Context(loop).with_timeout(5s);
  const Context child = parent.with_timeout(1h);
  EXPECT_EQ(child.remaining(), Duration(5s));
  parent.cancel();
  EXPECT_EQ(child.ended()->code, ErrorCode::cancelled);
}

Task<int> slow(Context ctx, Duration d, int v) {
  co_await ctx.sleep(d);
  co_return v;
}

TEST(WhenAll, RunsTogetherAndKeepsEveryResult) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx(loop);
  std::vector<Task<int>> tasks;
  tasks.push_back(slow(ctx, 3s, 1));
  tasks.push_back(failing());
  tasks.push_back(slow(ctx, 2s, 3));
  const auto r = loop.run(when_all(loop, std::move(tasks)));
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ((*r)[0].value(), 1);
  EXPECT_FALSE((*r)[1].has_value());
  EXPECT_EQ((*r)[2].value(), 3);
  EXPECT_EQ(loop.now().time_since_epoch(), 3s);
}

Task<void> hold(Context ctx, Semaphore* gate, int* inside, int* most) {
  auto permit = co_await gate->acquire(ctx);
  *most = std::max(*most, ++*inside);
  co_await ctx.sleep(1s);
  --*inside;
  co_return {};
}

TEST(Semaphore, LetsOnlySoManyIn) {
  Loop loop(ClockKind::virtual_time);
  const Context ctx(loop);
  Semaphore gate(loop, 2);
  int inside = 0;
  int most = 0;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 6; ++i) tasks.push_back(hold(ctx, &gate, &inside, &most));
  ASSERT_TRUE(loop.run(when_all(loop, std::move(tasks))).has_value());
  EXPECT_EQ(most, 2);
  EXPECT_EQ(loop.now().time_since_epoch(), 3s);
}

Task<int> blocking(Loop* loop) {
  int v = 0;
  auto r = co_await suspend<void>(*loop, [&](Completion<void> done) {
    loop->run_blocking([&v] { v = 7; }, [done] { done.complete({}); });
  });
  co_await std::move(r);
  co_return v;
}

TEST(Loop, BlockingWorkComesBackToTheLoop) {
  Loop loop;
  EXPECT_EQ(loop.run(blocking(&loop)).value(), 7);
}

TEST(Loop, UnfinishedSpawnedTasksAreDestroyedWithIt) {
  int destroyed = 0;
  {
    Loop loop(ClockKind::virtual_time);
    const Context ctx(loop);
    auto forever = [](Context c, int* count) -> Task<void> {
      const Guard guard(count);
      co_await c.sleep(1000h);
      co_return {};
    };
    loop.spawn(forever(ctx, &destroyed));
    EXPECT_EQ(destroyed, 0);
  }
  EXPECT_EQ(destroyed, 1);
}

}  // namespace
}  // namespace ccloud::async
