#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "deploy/testing/harness.h"

namespace ccloud::deploy {
namespace {

using namespace std::chrono_literals;
using cloud::NodeState;
using ::testing::Contains;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::web;

cloud::testing::Fault fault(std::string call, ErrorCode code, std::string message) {
  return {.call = std::move(call), .error = make_error(code, std::move(message))};
}

cloud::Instance& node_of(Harness& h, const std::string& name) {
  for (auto& [id, node] : h.cloud.nodes) {
    if (node.name == name && node.state != NodeState::terminated) return node;
  }
  ADD_FAILURE() << "no node " << name;
  return h.cloud.nodes.begin()->second;
}

TEST(Deploy, MakesNodesAndWaitsUntilTheyRun) {
  Harness h;
  const auto result = h.deploy(web(3));
  EXPECT_EQ(result.exit, Exit::done) << (result.errors.empty() ? "" : result.errors[0].message);
  EXPECT_EQ(result.result, "done");
  EXPECT_EQ(h.cloud.alive(), 3U);
  for (const auto& [id, node] : h.cloud.nodes) EXPECT_EQ(node.state, NodeState::running);
  // Two zones, one call each.
  EXPECT_EQ(h.cloud.count("create_nodes"), 3U);
  EXPECT_EQ(h.cloud.networks.size(), 1U);
  EXPECT_EQ(h.cloud.firewalls.size(), 1U);
  EXPECT_EQ(h.cloud.keys.size(), 1U);
}

TEST(Deploy, AgainFindsNothingToDo) {
  Harness h;
  h.deploy(web(2));
  h.cloud.calls.clear();
  const auto result = h.deploy(web(2));
  EXPECT_EQ(result.result, "nothing to do");
  EXPECT_EQ(result.exit, Exit::done);
  EXPECT_THAT(h.cloud.calls, ::testing::Each(std::string("discover")));
}

TEST(Deploy, RepairsAndScales) {
  Harness h;
  h.deploy(web(3));
  node_of(h, "web-us-2").state = NodeState::terminated;
  EXPECT_EQ(h.deploy(web(3)).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 3U);
  EXPECT_EQ(h.deploy(web(5)).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 5U);
  EXPECT_EQ(h.deploy(web(1)).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 1U);
  EXPECT_EQ(node_of(h, "web-us-1").state, NodeState::running);
}

TEST(Deploy, ScaledDownAndUpAgainWalksTheTokens) {
  Harness h;
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(h.deploy(web(2)).exit, Exit::done);
    EXPECT_EQ(h.cloud.alive(), 2U);
    EXPECT_EQ(h.deploy(web(0)).exit, Exit::done);
    EXPECT_EQ(h.cloud.alive(), 0U);
  }
}

TEST(Deploy, ALostReplyMakesNoDouble) {
  Harness h;
  h.cloud.lag = 2s;
  h.cloud.faults.push_back({.call = "create_nodes", .after_effect = true});
  const auto first = h.deploy(web(3));
  EXPECT_EQ(first.exit, Exit::partly);
  EXPECT_EQ(h.deploy(web(3)).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 3U);
  EXPECT_EQ(h.cloud.nodes.size(), 3U);
}

TEST(Deploy, KilledAtAnyInstantTheNextOneCompletesTheWork) {
  for (auto after = 50ms; after < 30s; after = after * 5 / 4) {
    Harness h;
    h.cloud.lag = after.count() % 2 == 0 ? 0s : 2s;
    h.deploy_and_die(web(3), after);
    const auto result = h.deploy(web(3));
    EXPECT_EQ(result.exit, Exit::done) << after.count();
    EXPECT_EQ(h.cloud.alive(), 3U) << after.count();
    EXPECT_EQ(h.cloud.nodes.size(), 3U) << after.count();
    for (const auto& [id, node] : h.cloud.nodes) {
      EXPECT_EQ(node.state, cloud::NodeState::running) << id << " after " << after.count();
    }
    EXPECT_EQ(h.cloud.networks.size(), 1U);
    EXPECT_EQ(h.destroy(web(3)).exit, Exit::done) << after.count();
    EXPECT_EQ(h.cloud.alive(), 0U);
    EXPECT_TRUE(h.cloud.networks.empty() && h.cloud.firewalls.empty() && h.cloud.keys.empty());
  }
}

TEST(Deploy, DestroyRightAfterAKilledDeployFindsWhatListsDoNotShowYet) {
  Harness h;
  h.cloud.lag = 2s;
  h.deploy_and_die(web(3), 1500ms);
  EXPECT_EQ(h.destroy(web(3)).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 0U);
  EXPECT_TRUE(h.cloud.networks.empty() && h.cloud.firewalls.empty() && h.cloud.keys.empty());
}

Task<void> two_at_once(Context ctx, Session* a, Session* b, async::Loop* loop) {
  std::vector<Task<RunResult>> runs;
  runs.push_back(run_deploy(ctx, *a));
  runs.push_back(run_deploy(ctx, *b));
  static_cast<void>(co_await async::when_all(*loop, std::move(runs)));
  co_return {};
}

TEST(Deploy, TwoMachinesAtOnceEndWithWhatOneWouldHaveMade) {
  Harness h;
  auto tools = h.tools();
  tools.journal = nullptr;
  Session a(tools, testing::config_of(web(4)), {});
  Session b(tools, testing::config_of(web(4)), {});
  ASSERT_TRUE(h.loop.run(two_at_once(h.ctx, &a, &b, &h.loop)).has_value());
  EXPECT_EQ(h.cloud.nodes.size(), 4U);
  EXPECT_EQ(h.cloud.networks.size(), 1U);
}

TEST(Deploy, DoublesArePutRight) {
  Harness h;
  h.deploy(web(2));
  auto twin = node_of(h, "web-us-1");
  twin.id = "i-9999";
  twin.created = "2027-01-01T00:00:00Z";
  h.cloud.nodes.emplace(twin.id, twin);
  EXPECT_EQ(h.deploy(web(2)).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 2U);
  EXPECT_EQ(h.cloud.nodes.at("i-9999").state, NodeState::terminated);
}

TEST(Deploy, TheLastLookIsMadeWhileTheNodesBoot) {
  Harness h;
  h.cloud.boot_time = 60s;
  h.cloud.lag = 2s;
  EXPECT_EQ(h.deploy(web(2)).exit, Exit::done);
  async::WallTime ran{};
  for (const auto& event : h.events) {
    if (event.kind == Event::Kind::node_running) ran = event.at;
  }
  EXPECT_LT(h.events.back().at - ran, h.cloud.call_time) << "no call was made after it";
}

TEST(Deploy, ADoubleThatAnotherMachineMakesMeanwhileIsPutRight) {
  Harness h;
  h.cloud.boot_time = 60s;
  bool has_twin = false;
  h.cloud.on_call = [&](const std::string& call) {
    if (call != "discover" || has_twin || h.cloud.count("create_nodes") == 0) return;
    has_twin = true;
    auto twin = node_of(h, "web-us-1");
    twin.id = "i-9999";
    twin.created = "2027-01-01T00:00:00Z";
    h.cloud.nodes.emplace(twin.id, twin);
  };
  EXPECT_EQ(h.deploy(web(2)).exit, Exit::done);
  EXPECT_TRUE(has_twin);
  EXPECT_EQ(h.cloud.alive(), 2U);
  EXPECT_EQ(h.cloud.nodes.at("i-9999").state, NodeState::terminated);
}

TEST(Deploy, NodesThatDieAtBirthAreMadeAgain) {
  Harness h;
  h.cloud.deaths_at_birth = 2;
  const auto result = h.deploy(web(3));
  EXPECT_EQ(result.exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 3U);
  EXPECT_THAT(h.events, Contains(::testing::Field(&Event::kind, Event::Kind::retrying)));
}

TEST(Deploy, GivesUpOnNodesThatAlwaysDie) {
  Harness h;
  h.cloud.deaths_at_birth = 1000;
  const auto result = h.deploy(web(1));
  EXPECT_EQ(result.exit, Exit::partly);  // the network stands
  ASSERT_FALSE(result.errors.empty());
  EXPECT_THAT(result.errors[0].message, HasSubstr("it died"));
  EXPECT_EQ(h.cloud.nodes.size(), 3U);
}

TEST(Deploy, WhatFailsStopsOnlyWhatDependsOnIt) {
  Harness h;
  const std::string config = R"({"project": "hello", "clusters": {"web": {"image": "debian-12",
      "size": "t3.small", "ssh": {"keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V a"]},
      "place": {"us": {"provider": "aws", "region": "us-east-1", "count": 2},
                "we": {"provider": "aws", "region": "us-west-2", "count": 2}}}}})";
  h.cloud.faults.push_back(fault("choose_network", ErrorCode::quota_exceeded, "too many networks"));
  const auto result = h.deploy(config);
  EXPECT_EQ(result.exit, Exit::partly);
  EXPECT_EQ(h.cloud.alive(), 2U);
  EXPECT_GT(result.count(Outcome::skipped), 0);
  EXPECT_EQ(h.deploy(config).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 4U);
}

TEST(Deploy, AFirewallNeedsOnlyTheNetworksIdNodesAWholeNetwork) {
  Harness h;
  h.cloud.faults.push_back(fault("complete_network", ErrorCode::quota_exceeded, "no more subnets"));
  h.cloud.faults.back().delay = 5s;
  const auto result = h.deploy(web(2));
  EXPECT_EQ(result.exit, Exit::partly);
  EXPECT_EQ(h.cloud.firewalls.size(), 1U);
  EXPECT_EQ(h.cloud.alive(), 0U);
  EXPECT_EQ(result.count(Outcome::skipped), 2);
  EXPECT_EQ(h.deploy(web(2)).exit, Exit::done);
  EXPECT_EQ(h.cloud.firewalls.size(), 1U);
  EXPECT_EQ(h.cloud.alive(), 2U);
}

TEST(Deploy, RefusedOrMissingCredentialsAre77AndNothingIsDone) {
  Harness h;
  h.cloud.faults.push_back(fault("discover", ErrorCode::unauthenticated, "no credentials"));
  const auto result = h.deploy(web(2));
  EXPECT_EQ(result.exit, Exit::credentials);
  EXPECT_EQ(h.cloud.nodes.size(), 0U);
}

TEST(Deploy, AnUnreachableCloudIs69WithinItsDeadline) {
  Harness h;
  h.cloud.faults.push_back({.call = "discover", .delay = 1h});
  const auto start = h.loop.now();
  const auto result = h.deploy(web(2), {.region_timeout = 5s});
  EXPECT_EQ(result.exit, Exit::unreachable);
  EXPECT_LT(h.loop.now() - start, 10s);
}

TEST(Deploy, RegionsThatCannotBeReachedAreACloudThatCannotBeReached) {
  Harness h;
  for (const auto* region : {"us-east-1", "us-west-2"}) {
    h.cloud.broken_regions.emplace(region, make_error(ErrorCode::unavailable, "no connection"));
  }
  EXPECT_EQ(h.deploy(web(2)).exit, Exit::unreachable);
}

TEST(Deploy, GuardsRefuseAndTheUserMayDecline) {
  Harness h;
  h.deploy(web(3));
  EXPECT_EQ(h.deploy(web(1), {.no_destroy = true}).exit, Exit::refused);
  h.confirm = [](const plan::Plan&) { return false; };
  const auto declined = h.deploy(web(1));
  EXPECT_EQ(declined.result, "declined");
  EXPECT_EQ(h.cloud.alive(), 3U);
}

TEST(Deploy, AReviewedPlanIsCarriedOutOrRefusedAsStale) {
  Harness h;
  auto session = h.session(web(2));
  const auto planned = h.loop.run(run_plan(h.ctx, *session));
  auto reviewed = plan::from_json(plan::to_json(planned->plan));
  ASSERT_TRUE(reviewed.has_value());
  session = h.session(web(2));
  const auto done = h.loop.run(run_deploy_reviewed(h.ctx, *session, *reviewed));
  EXPECT_EQ(done->exit, Exit::done);
  session = h.session(web(2));
  const auto stale = h.loop.run(run_deploy_reviewed(h.ctx, *session, *reviewed));
  EXPECT_EQ(stale->exit, Exit::refused);
  EXPECT_THAT(stale->errors.at(0).message, HasSubstr("stale"));
}

Task<RunResult> interrupted(Context ctx, Session* session, async::Loop* loop) {
  const auto child = ctx.child();
  loop->at(loop->now() + 3s, [child] { child.cancel(); });
  co_return co_await run_deploy(child, *session);
}

TEST(Deploy, CtrlCStartsNothingNewAndTheNextOneFinishes) {
  Harness h;
  auto session = h.session(web(3));
  const auto result = h.loop.run(interrupted(h.ctx, session.get(), &h.loop));
  EXPECT_EQ(result->exit, Exit::interrupted);
  EXPECT_EQ(h.deploy(web(3)).exit, Exit::done);
  EXPECT_EQ(h.cloud.nodes.size(), 3U);
}

TEST(Deploy, ReplaceMakesTheNodeAnew) {
  Harness h;
  h.deploy(web(2));
  const std::string before = node_of(h, "web-us-1").id;
  Options options;
  options.selectors = {"web-us-1"};
  auto session = h.session(web(2), options);
  const auto result = h.loop.run(run_replace(h.ctx, *session));
  EXPECT_EQ(result->exit, Exit::done);
  EXPECT_NE(node_of(h, "web-us-1").id, before);
  EXPECT_EQ(h.cloud.alive(), 2U);
}

Exit power(Harness& h, std::vector<std::string> selectors, cloud::PowerAction action) {
  Options options;
  options.selectors = std::move(selectors);
  auto session = h.session(web(2), options);
  return h.loop.run(run_power(h.ctx, *session, action))->exit;
}

TEST(Deploy, WhatIsOffStaysOffAlsoWhenItIsMadeAnew) {
  Harness h;
  h.deploy(web(2));
  EXPECT_EQ(power(h, {"web-us-1"}, cloud::PowerAction::stop), Exit::done);
  const std::string before = node_of(h, "web-us-1").id;
  EXPECT_EQ(h.deploy(web(2, {}, "ubuntu-24.04")).exit, Exit::done);
  EXPECT_NE(node_of(h, "web-us-1").id, before);
  EXPECT_EQ(node_of(h, "web-us-1").state, NodeState::stopped);
  EXPECT_EQ(node_of(h, "web-us-2").state, NodeState::running);
  EXPECT_EQ(h.deploy(web(2, {}, "ubuntu-24.04")).result, "nothing to do");
}

TEST(Deploy, PowerIsIntentThatDeployRespects) {
  Harness h;
  h.deploy(web(2));
  EXPECT_EQ(power(h, {"web-us-1"}, cloud::PowerAction::stop), Exit::done);
  EXPECT_EQ(node_of(h, "web-us-1").state, NodeState::stopped);
  EXPECT_EQ(h.deploy(web(2)).result, "nothing to do");
  EXPECT_EQ(power(h, {"web-us-1"}, cloud::PowerAction::start), Exit::done);
  EXPECT_EQ(node_of(h, "web-us-1").state, NodeState::running);
  EXPECT_NE(power(h, {"nobody-*"}, cloud::PowerAction::stop), Exit::done);
  EXPECT_NE(power(h, {"web-us-1", "web-us-9"}, cloud::PowerAction::stop), Exit::done);
  EXPECT_EQ(node_of(h, "web-us-1").state, NodeState::running);
}

TEST(Deploy, WhatIsStoppedIsRestartedByStartingItUnlessThatWasAskedFor) {
  Harness h;
  h.deploy(web(3));
  node_of(h, "web-us-1").state = NodeState::stopped;
  EXPECT_EQ(power(h, {"web-us-2"}, cloud::PowerAction::stop), Exit::done);
  EXPECT_EQ(power(h, {"web-us-*"}, cloud::PowerAction::restart), Exit::done);
  EXPECT_EQ(node_of(h, "web-us-1").state, NodeState::running);
  EXPECT_EQ(node_of(h, "web-us-2").state, NodeState::stopped);
  EXPECT_EQ(h.deploy(web(3)).result, "nothing to do");
}

Task<void> no_answer() {
  co_return make_error(ErrorCode::unavailable, "web-us-1: it does not answer");
}

Task<void> count(int* calls) {
  ++*calls;
  co_return {};
}

TEST(Deploy, KeysNeedTheHookThatExchangesThem) {
  Harness h;
  h.deploy(web(1));
  std::string other = web(1);
  other.replace(other.find("R2V a"), 5, "R2W b");
  const auto refused = h.deploy(other);
  EXPECT_THAT(refused.errors.at(0).remedy, HasSubstr("replace"));
  h.hooks.rotate_keys = [](Context, Hooks::KeyRotation) { return no_answer(); };
  const auto unreached = h.deploy(other);
  EXPECT_EQ(unreached.exit, Exit::failed);  // the cloud did answer
  EXPECT_THAT(unreached.errors.at(0).remedy, HasSubstr("ccloud replace web-us-1"));
  EXPECT_EQ(power(h, {"web-us-1"}, cloud::PowerAction::stop), Exit::done);
  const auto off = h.deploy(other);
  EXPECT_EQ(off.exit, Exit::done);
  EXPECT_THAT(off.changes.at(0).skipped_because, HasSubstr("ccloud start web-us-1"));
  EXPECT_EQ(power(h, {"web-us-1"}, cloud::PowerAction::start), Exit::done);
  int rotated = 0;
  h.hooks.rotate_keys = [&rotated](Context, Hooks::KeyRotation) { return count(&rotated); };
  EXPECT_EQ(h.deploy(other).exit, Exit::done);
  EXPECT_EQ(rotated, 1);
  EXPECT_EQ(h.deploy(other).result, "nothing to do");
}

TEST(Status, ShowsEveryNodeAndWhatIsAmiss) {
  Harness h;
  h.deploy(web(3));
  node_of(h, "web-us-2").state = NodeState::terminated;
  node_of(h, "web-us-3").state = NodeState::stopped;
  h.cloud.calls.clear();
  const auto status = h.status(web(3));
  EXPECT_EQ(h.cloud.calls.size(), 1U);
  ASSERT_THAT(status.nodes, SizeIs(3));
  EXPECT_TRUE(status.is_complete);
  EXPECT_EQ(status.nodes[0].name, "web-us-1");
  EXPECT_FALSE(status.nodes[0].drift.has_value());
  EXPECT_EQ(status.nodes[1].instance.state, NodeState::missing);
  EXPECT_EQ(status.nodes[1].drift->action, plan::Action::create);
  EXPECT_EQ(status.nodes[2].drift->reason, plan::Reason::stopped);
}

TEST(Status, ShowsTheLastKnownRowsOfACloudThatDoesNotAnswer) {
  Harness h;
  h.deploy(web(2));
  h.status(web(2));
  h.cloud.broken_regions.emplace("us-east-1", make_error(ErrorCode::unavailable, "no answer"));
  const auto status = h.status(web(2));
  EXPECT_FALSE(status.is_complete);
  EXPECT_EQ(status.exit, Exit::partly);
  ASSERT_THAT(status.nodes, SizeIs(2));
  EXPECT_TRUE(status.nodes[0].is_cached);
  EXPECT_THAT(h.status(web(2), {.fresh = true}).nodes, IsEmpty());
}

TEST(History, TellsWhatWasDone) {
  Harness h;
  h.deploy(web(1));
  auto session = h.session(web(1));
  const auto history = h.loop.run(run_history(h.ctx, *session, ""));
  ASSERT_THAT(history->runs, SizeIs(1));
  EXPECT_EQ(history->runs[0].result, "done");
  EXPECT_EQ(history->runs[0].done, 4);
  const auto one = h.loop.run(run_history(h.ctx, *session, history->runs[0].run));
  EXPECT_THAT(one->changes, SizeIs(4));
}

TEST(Checks, QuotasAreHeldAgainstWhatIsStillToBeMade) {
  Harness h;
  auto session = h.session(web(100));
  const auto result = h.loop.run(run_validate_online(h.ctx, *session));
  EXPECT_EQ(result->exit, Exit::config_invalid);
  const auto quota = std::ranges::find(result->checks, "quota", &Check::code);
  ASSERT_NE(quota, result->checks.end());
  EXPECT_THAT(quota->message, HasSubstr("more vcpus are needed, but 28 of 32 are left"));
  EXPECT_TRUE(quota->span);
}

TEST(Checks, ARegionThatIsNotEnabledIsToldOnceAndAskedNothingElse) {
  Harness h;
  h.cloud.closed_regions.insert("us-west-2");
  const std::string config = replace_all(
      web(1), R"("place": {)",
      R"("place": {"w1": {"provider": "aws", "region": "us-west-2", "count": 1, "size": "m5.large"},
                   "w2": {"provider": "aws", "region": "us-west-2", "count": 900},)");
  auto session = h.session(config);
  const auto result = h.loop.run(run_validate_online(h.ctx, *session));
  EXPECT_EQ(result->exit, Exit::config_invalid);
  std::vector<std::string> bad;
  for (const auto& check : result->checks)
    if (check.state == Check::State::bad) bad.push_back(check.code + " " + check.subject);
  EXPECT_THAT(bad, ::testing::ElementsAre("unknown-region aws us-west-2: region"));
  const auto closed = std::ranges::find(result->checks, "unknown-region", &Check::code);
  EXPECT_THAT(closed->message, HasSubstr("us-west-2 is not enabled for this account"));
  ASSERT_TRUE(closed->span);
  EXPECT_EQ(config.substr(closed->span->begin, 11), "\"us-west-2\"");
  // The open region is looked into all the same: its image, type and quotas, and only its.
  EXPECT_EQ(h.cloud.count("resolve_image"), 1U);
  EXPECT_EQ(h.cloud.count("quotas"), 1U);
}

TEST(Checks, ARegionThatTheCloudDoesNotListIsClosedWhereTheCatalogueKnowsIt) {
  Harness h;
  auto session = h.session(replace_all(web(1), "us-east-1", "eu-west-1"));
  const auto result = h.loop.run(run_validate_online(h.ctx, *session));
  EXPECT_EQ(result->exit, Exit::config_invalid);
  const auto closed = std::ranges::find(result->checks, "unknown-region", &Check::code);
  ASSERT_NE(closed, result->checks.end());
  EXPECT_THAT(closed->message, HasSubstr("eu-west-1 is not enabled for this account"));
  EXPECT_EQ(std::ranges::count(result->checks, Check::State::bad, &Check::state), 1);
}

TEST(Checks, DoctorAndValidateAskEveryCloud) {
  Harness h;
  auto session = h.session(web(1));
  EXPECT_EQ(h.loop.run(run_doctor(h.ctx, *session))->exit, Exit::done);
  EXPECT_EQ(h.loop.run(run_validate_online(h.ctx, *session))->exit, Exit::done);
  h.cloud.faults.push_back(fault("check", ErrorCode::unauthenticated, "expired"));
  session = h.session(web(1));
  EXPECT_EQ(h.loop.run(run_doctor(h.ctx, *session))->exit, Exit::credentials);
}

}  // namespace
}  // namespace ccloud::deploy
