// Whole rollouts against a fleet in memory, on virtual time.
#include "rollout/driver.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/group.h"
#include "rollout/release.h"
#include "rollout/testing/driver_fixture.h"

namespace ccloud::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using testing::DriverTest;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(DriverTest, MovesAllNodesAndNeverTakesMoreThanABatch) {
  add("us", 8, "1.0");
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::done) << summary.message;
  EXPECT_EQ(with_version("2.0"), 8);
  EXPECT_GE(lowest_, 6);
  const auto after = status();
  EXPECT_FALSE(after.is_unfinished);
  EXPECT_EQ(after.last->ending, "done");
  EXPECT_EQ(after.last->by, "anna@laptop");
}

TEST_F(DriverTest, HasNothingToDoTheSecondTime) {
  add("us", 2, "1.0");
  service_.update.batch = {{1, false}, {}};
  ASSERT_EQ(update().outcome, Outcome::done);
  // The fake tells one fingerprint for all releases.
  const auto again = update({}, "run-2");
  EXPECT_NE(again.outcome, Outcome::failed) << again.message;
}

TEST_F(DriverTest, ABadVersionIsCaughtByTheCanaryAndRolledBackWithEvidence) {
  add("us", 8, "1.0");
  service_.update.canary = config::Canary{.count = 1, .bake = 60s};
  for (auto& [name, node] : fleet_.nodes) node.bad.insert("2.0");
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_EQ(with_version("1.0"), 8);
  EXPECT_GE(lowest_, 7);
  const auto failed = std::ranges::find(summary.nodes, true, &NodeOutcome::has_failed);
  ASSERT_NE(failed, summary.nodes.end());
  EXPECT_THAT(failed->error, HasSubstr("exit code 1: overloaded"));
  EXPECT_THAT(failed->evidence, HasSubstr("last line"));
  EXPECT_EQ(status().last->held, "2.0");
}

TEST_F(DriverTest, WhileTheCanaryBakesTheNextBatchGetsItsFiles) {
  add("us", 8, "1.0");
  service_.update.canary = config::Canary{.count = 1, .bake = 60s};
  std::vector<std::string> shipped;
  fleet_.after = [&](const std::string& name, const std::string& script) {
    if (script == "commit" && with_version("2.0") == 1) shipped.push_back(name);
  };
  async::Loop loop(async::ClockKind::virtual_time);
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::done) << summary.message;
  EXPECT_THAT(shipped, ::testing::UnorderedElementsAre("web-us-2", "web-us-3"));
  const auto& calls = fleet_.nodes["web-us-2"].calls;
  EXPECT_EQ(std::ranges::count(calls, "prepare"), 1) << "shipped once";
}

TEST_F(DriverTest, WhatWasShippedAheadAndNeverServedGoesWhenTheCanaryFails) {
  add("us", 8, "1.0");
  service_.update.canary = config::Canary{.count = 1, .bake = 60s};
  fleet_.nodes["web-us-1"].bad.insert("2.0");
  int shipped = 0;
  fleet_.after = [&](const std::string&, const std::string& script) {
    shipped += script == "commit" ? 1 : 0;
  };
  async::Loop loop(async::ClockKind::virtual_time);
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_EQ(shipped, 3);
  for (const auto& [name, node] : fleet_.nodes) {
    EXPECT_EQ(node.releases.contains("2.0"), name == "web-us-1") << name;
  }
}

TEST_F(DriverTest, ANodeThatDiesBetweenItsFilesAndItsTurnIsSkipped) {
  add("us", 4, "1.0");
  service_.update.canary = config::Canary{.count = 1, .bake = 60s};
  service_.update.min_healthy = {{{1, false}, {}}};
  async::Loop loop(async::ClockKind::virtual_time);
  fleet_.after = [&](const std::string& name, const std::string& script) {
    if (name == "web-us-2" && script == "commit") fleet_.nodes["web-us-2"].is_dead = true;
  };
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::partly) << summary.message;
  EXPECT_THAT(summary.message, HasSubstr("3 of 4 nodes, 0 failed, 1 skipped"));
}

TEST_F(DriverTest, AHeldVersionNeedsRetry) {
  add("us", 2, "1.0");
  for (auto& [name, node] : fleet_.nodes) node.bad.insert("2.0");
  ASSERT_EQ(update().outcome, Outcome::rolled_back);
  for (auto& [name, node] : fleet_.nodes) node.bad.clear();
  const auto refused = update({}, "run-2");
  EXPECT_EQ(refused.outcome, Outcome::refused);
  EXPECT_THAT(refused.errors.at(0).remedy, HasSubstr("--retry"));
  EXPECT_EQ(update({.retries = true}, "run-3").outcome, Outcome::done);
  EXPECT_EQ(status().last->held, "");
}

TEST_F(DriverTest, WhatANodeThatWasDownRemembersHoldsNothing) {
  add("us", 4, "1.0");
  for (auto& [name, node] : fleet_.nodes) node.bad.insert("2.0");
  ASSERT_EQ(update().outcome, Outcome::rolled_back);
  for (auto& [name, node] : fleet_.nodes) node.bad.clear();
  service_.update.min_healthy = {{{2, false}, {}}};
  nodes_[3].down = "stopped";
  ASSERT_EQ(update({.retries = true}, "run-2").outcome, Outcome::partly);
  nodes_[3].down.clear();
  EXPECT_EQ(update({}, "run-3").outcome, Outcome::done);
}

TEST_F(DriverTest, BreakingDuringTheBakeRollsEverythingBack) {
  add("us", 4, "1.0");
  service_.update.batch = {{2, false}, {}};
  config::Wave wave;
  wave.places = {{"us", {}}};
  wave.bake = 10min;
  service_.update.waves = {wave};
  int starts = 0;
  fleet_.after = nullptr;
  async::Loop loop(async::ClockKind::virtual_time);
  fleet_.after = [&](const std::string& name, const std::string& script) {
    if (script != "finish" || ++starts != 4) return;
    loop.at(loop.now() + 2min, [this, name] { fleet_.nodes[name].bad.insert("2.0"); });
  };
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_EQ(with_version("1.0"), 4);
  EXPECT_GT(loop.now().time_since_epoch(), 2min);
  EXPECT_LT(loop.now().time_since_epoch(), 10min);
}

TEST_F(DriverTest, GoesBackByTheStepsOfThenNotByTheOneThatFailed) {
  add("us", 2, "");
  service_.steps.install = config::Step{.command = "good {version}"};
  ASSERT_EQ(update().outcome, Outcome::done);
  service_.version.value = "3.0";
  service_.steps.install = config::Step{.command = "broken"};
  for (auto& [name, node] : fleet_.nodes) node.bad_steps.insert("broken");
  const auto summary = update({}, "run-2");
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_THAT(fleet_.nodes["web-us-1"].steps_run,
              ::testing::ElementsAre("good 2.0", "broken", "good 2.0"));
}

TEST_F(DriverTest, ANodeThatIsGoneIsAskedForNoEvidence) {
  add("us", 4, "1.0");
  fleet_.nodes["web-us-1"].dies_at = "start";
  async::Loop loop(async::ClockKind::virtual_time);
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::failed) << summary.message;
  // One try to put it back and one to tell it how it ended.
  EXPECT_LT(loop.now().time_since_epoch(), 40s);
}

TEST_F(DriverTest, ToleratesAsManyFailuresAsThePolicySays) {
  add("us", 8, "1.0");
  service_.update.max_failures = 1;
  fleet_.nodes["web-us-3"].fails.insert("start");
  const auto summary = update();
  // The start fails for the old release, too: the node stays down, the rest has the new one.
  EXPECT_EQ(summary.outcome, Outcome::partly) << summary.message;
  EXPECT_EQ(with_version("2.0"), 7);
}

TEST_F(DriverTest, StopsWithoutRollingBackWhenToldSo) {
  add("us", 4, "1.0");
  service_.update.on_failure = config::Update::OnFailure::stop;
  fleet_.nodes["web-us-2"].bad.insert("2.0");
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::failed);
  EXPECT_EQ(with_version("2.0"), 2);
  // What is told of the failed one is what it has now.
  const auto bad = std::ranges::find(summary.nodes, "web-us-2", &NodeOutcome::node);
  EXPECT_EQ(bad->version, "2.0");
}

TEST_F(DriverTest, StoppedAtTheLastNodeTheRestIsDone) {
  add("us", 4, "1.0");
  service_.update.on_failure = config::Update::OnFailure::stop;
  fleet_.nodes["web-us-4"].bad.insert("2.0");
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::partly) << summary.message;
  EXPECT_EQ(with_version("2.0"), 4);
}

TEST(Masked, HidesEachSecretInWhatIsTold) {
  Release release;
  release.secrets = {"tok-1", "tok-1-long", "abc", "first line\nsecond line"};
  EXPECT_EQ(masked(release, "HTTP 500: tok-1 tok-1-long abc, second line"),
            "HTTP 500: *** *** abc, ***");
}

TEST_F(DriverTest, WhatFailedWithAReleaseIsTriedAgainAndGoesBackToTheOneBefore) {
  add("us", 2, "1.0");
  service_.update.on_failure = config::Update::OnFailure::stop;
  for (auto& [name, node] : fleet_.nodes) node.bad.insert("2.0");
  ASSERT_EQ(update().outcome, Outcome::failed);
  ASSERT_EQ(fleet_.nodes["web-us-1"].current, "2.0");
  service_.update.on_failure = config::Update::OnFailure::rollback;
  async::Loop loop;
  fleet_.fingerprint =
      loop.run(make_release(Context(loop), service_, "2.0", tools(loop)))->fingerprint;
  const auto again = update({.version = {}, .retries = true}, "run-2");
  EXPECT_EQ(again.outcome, Outcome::rolled_back) << again.message;
  EXPECT_EQ(with_version("1.0"), 2);
}

TEST_F(DriverTest, SkipsAndNamesNodesThatAreDown) {
  add("us", 8, "1.0");
  fleet_.nodes["web-us-5"].is_dead = true;
  nodes_[7].down = "stopped";
  service_.update.min_healthy = {{{4, false}, {}}};
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::partly) << summary.message;
  EXPECT_EQ(with_version("2.0"), 6);
  EXPECT_THAT(summary.message, HasSubstr("2 skipped"));
}

TEST_F(DriverTest, ANodeThatDiesInTheMiddleIsNamedAndTheOthersAreRestored) {
  add("us", 4, "1.0");
  service_.update.batch = {{2, false}, {}};
  fleet_.nodes["web-us-2"].dies_at = "start";
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::failed);
  EXPECT_EQ(fleet_.nodes["web-us-1"].current, "1.0");
  const auto dead = std::ranges::find(summary.nodes, "web-us-2", &NodeOutcome::node);
  EXPECT_EQ(dead->phase, Phase::stuck);
}

TEST_F(DriverTest, MinHealthyHoldsOnTheWayBackTooAndSaysSo) {
  add("us", 4, "1.0");
  fleet_.nodes["web-us-2"].dies_at = "start";
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::failed);
  EXPECT_GE(lowest_, 2) << "one was being moved when another one died";
  EXPECT_THAT(summary.message, HasSubstr("min_healthy leaves no room in us: 3 of 4"));
  EXPECT_THAT(summary.message, HasSubstr("not healthy: web-us-2"));
}

TEST_F(DriverTest, AFullDiskFailsBeforeAnythingIsTouched) {
  add("us", 4, "1.0");
  fleet_.nodes["web-us-3"].is_full = true;
  const auto summary = update();
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_EQ(with_version("1.0"), 4);
  EXPECT_THAT(fleet_.nodes["web-us-3"].calls, Not(Contains("serve")));
}

TEST_F(DriverTest, AChangedHostKeyInTheMiddleIsAFailure) {
  add("us", 4, "1.0");
  fleet_.after = [&](const std::string& name, const std::string& script) {
    if (name == "web-us-1" && script == "serve") fleet_.nodes["web-us-3"].has_other_key = true;
  };
  async::Loop loop(async::ClockKind::virtual_time);
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  EXPECT_EQ(summary.outcome, Outcome::rolled_back) << summary.message;
  EXPECT_EQ(with_version("1.0"), 4);
}

TEST_F(DriverTest, AFirstInstallThatFailsStops) {
  add("us", 2, "");
  for (auto& [name, node] : fleet_.nodes) node.bad.insert("2.0");
  EXPECT_EQ(update().outcome, Outcome::failed);
}

TEST_F(DriverTest, AnUpdateTriesAFailedFirstInstallAgain) {
  add("us", 1, "");
  auto& node = fleet_.nodes["web-us-1"];
  node.bad.insert("2.0");
  async::Loop loop(async::ClockKind::virtual_time);
  const auto installed =
      *loop.run(install_service(Context(loop), tools(loop), service_, nodes_, {}));
  ASSERT_FALSE(installed.at(0).version.has_value());
  fleet_.fingerprint =
      loop.run(make_release(Context(loop), service_, "2.0", tools(loop)))->fingerprint;
  node.bad.clear();
  node.calls.clear();
  EXPECT_EQ(update({}, "run-2").outcome, Outcome::done);
  EXPECT_THAT(node.calls, Contains("serve"));
}

TEST_F(DriverTest, ADeployTriesAFailedFirstInstallAgain) {
  add("us", 1, "");
  auto& node = fleet_.nodes["web-us-1"];
  node.bad.insert("2.0");
  async::Loop loop(async::ClockKind::virtual_time);
  const auto install = [&] {
    return loop.run(install_service(Context(loop), tools(loop), service_, nodes_, {}))
        ->at(0)
        .version.has_value();
  };
  const auto lacking = [&] {
    return loop.run(nodes_without(Context(loop), tools(loop), service_, nodes_))->nodes.size();
  };
  EXPECT_FALSE(install());
  EXPECT_EQ(lacking(), 1U);
  EXPECT_FALSE(install());
  node.bad.clear();
  EXPECT_TRUE(install());
  EXPECT_EQ(lacking(), 0U);
}

TEST_F(DriverTest, InstallsWhereItIsMissingAtTheVersionThatMostRun) {
  const auto dir = std::filesystem::temp_directory_path();
  add("us", 3, "1.0");
  add("eu", 2, "");
  fleet_.nodes["web-us-2"].current.clear();
  async::Loop loop(async::ClockKind::virtual_time);
  const auto installed =
      *loop.run(install_service(Context(loop), tools(loop), service_, nodes_, {}));
  ASSERT_EQ(installed.size(), 5U);
  for (const auto& one : installed)
    EXPECT_TRUE(one.version.has_value()) << one.version.error().message;
  EXPECT_EQ(fleet_.nodes["web-us-2"].current, "1.0");
  EXPECT_EQ(fleet_.nodes["web-eu-1"].current, "2.0");
}

TEST_F(DriverTest, ALookTellsNoWordsOfAServiceWithSecrets) {
  add("us", 1, "1.0");
  fleet_.nodes["web-us-1"].bad.insert("1.0");
  const auto told = [this] {
    async::Loop loop(async::ClockKind::virtual_time);
    return loop.run(probe_service(Context(loop), tools(loop), service_, nodes_))->at(0).text;
  };
  service_.env["PLAIN"] = "x";
  EXPECT_EQ(told(), "exit code 1: overloaded");
  // Not resolved for a look: the variable need not be here.
  service_.env["TOKEN"] = config::SecretRef{.kind = {}, .value = "NO_SUCH_VARIABLE", .span = {}};
  EXPECT_EQ(told(), "exit code 1");
}

TEST_F(DriverTest, OwnOverheadIsSmall) {
  // Ideal: every node takes ship, switch and two good answers; four at a time, 40 nodes.
  add("us", 40, "1.0");
  service_.update.batch = {{4, false}, {}};
  async::Loop loop(async::ClockKind::virtual_time);
  const auto summary = *loop.run(update_service(Context(loop), tools(loop), service_, nodes_, {}));
  ASSERT_EQ(summary.outcome, Outcome::done);
  double node_time = 0;
  for (const auto& event : events_) {
    if (event.kind == Event::Kind::settled) {
      node_time += std::chrono::duration<double>(event.took).count();
    }
  }
  EXPECT_LT(summary.seconds, node_time / 4 * 1.05);
}

}  // namespace
}  // namespace ccloud::rollout
