// Rollouts that another driver meets, takes over, resumes or undoes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/group.h"
#include "rollout/testing/driver_fixture.h"

namespace ccloud::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using testing::DriverTest;
using ::testing::HasSubstr;
using ::testing::Not;

class TakeOverTest : public DriverTest {};

TEST_F(TakeOverTest, ASecondUpdateIsToldWhoRunsTheFirst) {
  add("us", 4, "1.0");
  async::Loop loop(async::ClockKind::virtual_time);
  service_.update.canary = config::Canary{.count = 1, .bake = 10min};
  std::optional<Summary> second;
  loop.at(loop.now() + 1min, [&] {
    loop.spawn([](DriverTest* self, async::Loop& on, std::optional<Summary>* into) -> Task<void> {
      auto other = self->tools(on, "run-9");
      other.operator_name = "ben@desk";
      *into = co_await update_service(Context(on), other, self->service_, self->nodes_, {});
      co_return {};
    }(this, loop, &second));
  });
  const auto first = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(first.outcome, Outcome::done) << first.message;
  ASSERT_TRUE(second);
  EXPECT_EQ(second->outcome, Outcome::busy);
  EXPECT_THAT(second->message, HasSubstr("anna@laptop"));
}

TEST_F(TakeOverTest, TwoThatBeginAtTheSameMomentLeaveOne) {
  add("us", 4, "1.0");
  async::Loop loop(async::ClockKind::virtual_time);
  std::vector<Task<Summary>> both;
  both.push_back(update_service(Context(loop), tools(loop, "run-a"), service_, nodes_, {}));
  both.push_back(update_service(Context(loop), tools(loop, "run-b"), service_, nodes_, {}));
  const auto ends = *loop.run(async::when_all(loop, std::move(both)));
  std::vector<Outcome> outcomes{ends[0]->outcome, ends[1]->outcome};
  EXPECT_THAT(outcomes, ::testing::UnorderedElementsAre(Outcome::done, Outcome::busy));
  EXPECT_EQ(with_version("2.0"), 4);
}

TEST_F(TakeOverTest, ADriverThatWakesUpAgainIsRefused) {
  add("us", 4, "1.0");
  service_.update.canary = config::Canary{.count = 1, .bake = 10min};
  async::Loop loop(async::ClockKind::virtual_time);
  std::optional<Summary> taker;
  loop.at(loop.now() + 2min, [&] {
    loop.spawn([](DriverTest* self, async::Loop& on, std::optional<Summary>* into) -> Task<void> {
      *into = co_await undo_rollout(Context(on), self->tools(on, "run-9"), self->service_,
                                    self->nodes_);
      co_return {};
    }(this, loop, &taker));
  });
  const auto first = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(first.outcome, Outcome::busy) << first.message;
  ASSERT_TRUE(taker);
  EXPECT_EQ(taker->outcome, Outcome::done) << taker->message;
  EXPECT_EQ(with_version("1.0"), 4);
}

TEST_F(TakeOverTest, AfterAnInterruptItCanBeResumed) {
  add("us", 8, "1.0");
  async::Loop loop(async::ClockKind::virtual_time);
  Context ctx(loop);
  loop.at(loop.now() + 6s, [&] { ctx.cancel(); });
  const auto first = *loop.run(update_service(ctx, tools(loop), service_, nodes_, {}));
  EXPECT_EQ(first.outcome, Outcome::interrupted) << first.message;
  EXPECT_TRUE(status().is_unfinished);
  EXPECT_EQ(update({}, "run-3").outcome, Outcome::busy);
  const auto rest = resume();
  EXPECT_EQ(rest.outcome, Outcome::done) << rest.message;
  EXPECT_EQ(with_version("2.0"), 8);
}

/// Between the undo's first look and its fence a driver that still runs begins with one more node.
TEST_F(TakeOverTest, WhatIsBegunWhileAnUndoLooksIsPutBackToo) {
  add("us", 4, "1.0");
  async::Loop loop(async::ClockKind::virtual_time);
  Context ctx(loop);
  loop.at(loop.now() + 6s, [&] { ctx.cancel(); });
  ASSERT_EQ(loop.run(update_service(ctx, tools(loop), service_, nodes_, {}))->outcome,
            Outcome::interrupted);
  auto& late = fleet_.nodes["web-us-4"];
  ASSERT_EQ(late.current, "1.0");
  fleet_.after = [&](const std::string& node, const std::string& script) {
    if (node != "web-us-4" || script != "facts" || late.current == "2.0") return;
    auto record = decode_record(late.record);
    record->phase = to_string(Phase::moving);
    late.record = encode_record(*record);
    late.releases.insert("2.0");
    late.current = "2.0";
  };
  EXPECT_EQ(undo().outcome, Outcome::done);
  EXPECT_EQ(with_version("1.0"), 4);
}

TEST_F(TakeOverTest, AStepAroundTheSwitchDoesNotHoldUpTheWayBack) {
  add("us", 2, "1.0");
  service_.steps.drain = config::Step{.command = "lb out"};
  service_.steps.undrain = config::Step{.command = "lb in"};
  for (auto& [name, node] : fleet_.nodes) node.bad_steps = {"lb out", "lb in"};
  auto& node = fleet_.nodes["web-us-1"];
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_THAT(node.calls, Not(Contains("serve")));  // it has served all along
  EXPECT_THAT(node.steps_run, ::testing::ElementsAre("lb out", "lb in"));
  for (auto& [name, one] : fleet_.nodes) one.bad_steps = {"lb in"};
  EXPECT_EQ(update({.retries = true}, "run-2").outcome, Outcome::rolled_back);
  EXPECT_EQ(with_version("1.0"), 2);
}

TEST_F(TakeOverTest, WhatWasStartedInItsOwnWayIsStoppedInIt) {
  add("us", 1, "");
  service_.steps.stop = config::Step{.command = "stop of 2"};
  ASSERT_EQ(update().outcome, Outcome::done);
  auto& node = fleet_.nodes["web-us-1"];
  node.steps_run.clear();
  service_.version.value = "3.0";
  service_.steps.stop = config::Step{.command = "stop of 3"};
  ASSERT_EQ(update({}, "run-2").outcome, Outcome::done);
  EXPECT_THAT(node.steps_run, ::testing::ElementsAre("stop of 2"));
  EXPECT_EQ(undo().outcome, Outcome::done);
  EXPECT_THAT(node.steps_run, ::testing::ElementsAre("stop of 2", "stop of 3"));
}

TEST_F(TakeOverTest, AnUndoTellsNoSecrets) {
  ::setenv("CCLOUD_TEST_TOKEN", "hunter22", 1);
  service_.env["TOKEN"] = config::SecretRef{.value = "CCLOUD_TEST_TOKEN"};
  service_.steps.undrain = config::Step{.command = "lb in"};
  add("us", 2, "1.0");
  ASSERT_EQ(update().outcome, Outcome::done);
  for (auto& [name, node] : fleet_.nodes) {
    node.bad_steps.insert("lb in");
    node.says = "token hunter22 refused";
  }
  events_.clear();
  EXPECT_EQ(undo().outcome, Outcome::done);
  std::string told;
  for (const auto& event : events_) told += event.message + event.error;
  EXPECT_THAT(told, HasSubstr("token *** refused"));
  EXPECT_THAT(told, Not(HasSubstr("hunter22")));
  ::unsetenv("CCLOUD_TEST_TOKEN");
}

TEST_F(TakeOverTest, AnUndoHoldsTheVersionAlsoWhereItHadNothingToPutBack) {
  add("us", 4, "1.0");
  ASSERT_EQ(update().outcome, Outcome::done);
  auto& anew = fleet_.nodes["web-us-1"];  // replaced since
  anew.record.clear();
  anew.owner.clear();
  EXPECT_EQ(undo().outcome, Outcome::done);
  EXPECT_EQ(status().last->held, "2.0");
  EXPECT_EQ(update({}, "run-3").outcome, Outcome::refused);
}

TEST_F(TakeOverTest, ARollbackThatCouldNotReachANodeIsResumed) {
  add("us", 4, "1.0");
  service_.update.batch = {{100, true}, {}};
  service_.update.min_healthy = {{0, true}, {}};
  for (auto& [name, node] : fleet_.nodes) node.bad.insert("2.0");
  fleet_.nodes["web-us-2"].dies_at = "kept-steps";
  ASSERT_EQ(update().outcome, Outcome::failed);
  ASSERT_EQ(status().last->ending, "incomplete");
  fleet_.nodes["web-us-2"].dies_at.clear();
  fleet_.nodes["web-us-2"].is_dead = false;
  const auto rest = resume();
  EXPECT_EQ(rest.outcome, Outcome::done) << rest.message;
  EXPECT_EQ(with_version("1.0"), 4);
}

TEST_F(TakeOverTest, RunningOutOfTimeIsNoInterrupt) {
  add("us", 8, "1.0");
  async::Loop loop(async::ClockKind::virtual_time);
  const auto ctx = Context(loop).with_timeout(6s);
  const auto summary = *loop.run(update_service(ctx, tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::partly) << summary.message;
  EXPECT_TRUE(status().is_unfinished);
}

TEST_F(TakeOverTest, AResumeThatHasNoReleaseStopsNobody) {
  add("us", 4, "1.0");
  async::Loop loop(async::ClockKind::virtual_time);
  Context ctx(loop);
  loop.at(loop.now() + 6s, [&] { ctx.cancel(); });
  ASSERT_EQ(loop.run(update_service(ctx, tools(loop), service_, nodes_, {}))->outcome,
            Outcome::interrupted);
  const auto owner = fleet_.nodes["web-us-1"].owner;
  service_.artifact = config::Artifact{.path = "/nonexistent/artifact"};
  EXPECT_EQ(resume().outcome, Outcome::failed);
  EXPECT_EQ(fleet_.nodes["web-us-1"].owner, owner);
}

TEST_F(TakeOverTest, UndoPutsAFinishedRolloutBack) {
  add("us", 4, "1.0");
  ASSERT_EQ(update().outcome, Outcome::done);
  const auto back = undo();
  EXPECT_EQ(back.outcome, Outcome::done) << back.message;
  EXPECT_EQ(with_version("1.0"), 4);
  EXPECT_EQ(undo().outcome, Outcome::nothing_to_do);
}

/// The driver ends after each of its scripts in turn; another machine then resumes or undoes.
TEST_F(TakeOverTest, KilledAtEveryStepItCanBeResumedAndUndone) {
  std::int64_t all = 0;
  for (std::int64_t kill_after = 1; all == 0 || kill_after < all; ++kill_after) {
    for (const bool undoes : {false, true}) {
      fleet_.nodes.clear();
      nodes_.clear();
      add("us", 3, "1.0");
      fleet_.answers_left = all == 0 ? -1 : kill_after;
      fleet_.served = 0;
      {
        async::Loop loop(async::ClockKind::virtual_time);
        bool ended = false;
        loop.spawn([](DriverTest* self, async::Loop& on, bool* into) -> Task<void> {
          auto ignored = co_await update_service(Context(on), self->tools(on), self->service_,
                                                 self->nodes_, {});
          *into = true;
          co_return {};
        }(this, loop, &ended));
        ASSERT_TRUE(loop.run(Context(loop).sleep(1h)).has_value());
        if (all == 0) {
          ASSERT_TRUE(ended);
          all = fleet_.served;
          break;
        }
      }
      fleet_.answers_left = -1;
      const bool was_unfinished = status().is_unfinished;
      const auto end = undoes ? undo() : resume();
      const auto where = fmt::format("killed after {} of {} scripts", kill_after, all);
      ASSERT_THAT(end.outcome, ::testing::AnyOf(Outcome::done, Outcome::nothing_to_do)) << where;
      if (was_unfinished) {
        EXPECT_EQ(with_version(undoes ? "1.0" : "2.0"), 3) << where;
      }
      EXPECT_FALSE(status().is_unfinished) << where;
      for (const auto& [name, node] : fleet_.nodes) EXPECT_TRUE(node.is_running) << where;
    }
  }
  EXPECT_GT(all, 20);
}

}  // namespace
}  // namespace ccloud::rollout
