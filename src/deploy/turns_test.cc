// A deploy that disturbs nodes with a service: by the service's update policy, as a rollout would.
#include "deploy/turns.h"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/marks.h"
#include "deploy/testing/harness.h"

namespace ccloud::deploy {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using ::testing::HasSubstr;

/// Two places of one cluster and a service whose policy is `update`.
std::string fleet(std::string_view image, int us, int west, std::string_view update) {
  return fmt::format(
      R"({{"project": "hello", "clusters": {{"web": {{"image": "{}", "size": "t3.small",
        "ssh": {{"keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V a"]}},
        "place": {{"us": {{"provider": "aws", "region": "us-east-1", "count": {}}},
                   "west": {{"provider": "aws", "region": "us-west-2", "count": {}}}}}}}}},
        "services": {{"app": {{"cluster": "web", "version": "1", "run": "x", "update": {{{}}}}}}}}})",
      image, us, west, update);
}

/// Which nodes have the service and answer; what the hooks tell of them.
struct Fleet : Harness {
  std::set<std::string> ids;  ///< of machines that have it: a new machine has not
  std::set<std::string> ill;  ///< names

  Fleet() {
    hooks.install_services = [this](Context, std::vector<NodeRow> nodes,
                                    const Hooks::ServiceListener&) {
      return install(this, std::move(nodes));
    };
    hooks.missing_services = [this](Context, std::vector<NodeRow> nodes) {
      return missing(this, std::move(nodes));
    };
    hooks.probe = [this](Context, std::vector<NodeRow>* rows) { return probe(this, rows); };
  }

  static Task<std::vector<Hooks::ServiceOutcome>> install(Fleet* self, std::vector<NodeRow> rows) {
    std::vector<Hooks::ServiceOutcome> outcomes;
    for (const auto& row : rows) {
      self->ids.insert(row.instance.id);
      outcomes.push_back({"app", row.name, std::string("1")});
    }
    co_return outcomes;
  }
  static Task<Hooks::Lacking> missing(Fleet* self, std::vector<NodeRow> rows) {
    Hooks::Lacking lacking;
    for (const auto& row : rows) {
      if (!self->ids.contains(row.instance.id)) lacking.services.push_back({"app", row.name});
    }
    co_return lacking;
  }
  static Task<void> probe(Fleet* self, std::vector<NodeRow>* rows) {
    for (auto& row : *rows) {
      row.reachable = true;
      const bool has = self->ids.contains(row.instance.id);
      row.services = {{.service = "app",
                       .version = has ? "1" : "",
                       .wanted = "1",
                       .health = self->ill.contains(row.name) ? "unhealthy" : "healthy"}};
    }
    co_return {};
  }

  /// When each node was begun and ended in the last deploy, in the order of events.
  std::vector<std::string> order(plan::Action action = plan::Action::replace) const {
    std::vector<std::string> out;
    for (const auto& event : events) {
      if (!event.address.starts_with("node.") || event.action != action) continue;
      const auto name = event.address.substr(event.address.find('-') + 1);
      if (event.kind == Event::Kind::change_started) out.push_back("+" + name);
      if (event.kind == Event::Kind::change_done) out.push_back("-" + name);
      if (event.kind == Event::Kind::change_failed) out.push_back("!" + name);
    }
    return out;
  }
};

TEST(Turns, WavesComeOneAfterAnotherAndBatchesWithin) {
  Fleet h;
  constexpr auto update = R"("waves": [["west"], ["us"]], "batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 2, 2, update)).exit, Exit::done);
  EXPECT_EQ(h.deploy(fleet("debian-13", 2, 2, update)).exit, Exit::done);
  EXPECT_THAT(h.order(), ::testing::ElementsAre("+west-1", "-west-1", "+west-2", "-west-2", "+us-1",
                                                "-us-1", "+us-2", "-us-2"));
}

TEST(Turns, ARestartFollowsThePolicyToo) {
  Fleet h;
  const auto config = fleet("debian-12", 3, 1, R"("waves": [["west"], ["us"]], "batch": 1)");
  ASSERT_EQ(h.deploy(config).exit, Exit::done);
  h.events.clear();
  Options options;
  auto session = h.session(config, options);
  EXPECT_EQ(h.loop.run(run_power(h.ctx, *session, cloud::PowerAction::restart))->exit, Exit::done);
  EXPECT_THAT(h.order(plan::Action::update),
              ::testing::ElementsAre("+west-1", "-west-1", "+us-1", "-us-1", "+us-2", "-us-2",
                                     "+us-3", "-us-3"));
}

TEST(Turns, ACanaryBakesBeforeTheRest) {
  Fleet h;
  constexpr auto update = R"("canary": {"count": 1, "bake": "10m"}, "batch": "100%")";
  ASSERT_EQ(h.deploy(fleet("debian-12", 3, 1, update)).exit, Exit::done);
  const auto begun = h.loop.now();
  EXPECT_EQ(h.deploy(fleet("debian-13", 3, 1, update)).exit, Exit::done);
  EXPECT_GE(h.loop.now() - begun, 10min);
  EXPECT_EQ(h.order().at(1), "-us-1");
}

TEST(Turns, AFailureLeavesTheRestAsItWas) {
  Fleet h;
  constexpr auto update = R"("waves": [["us"], ["west"]], "batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 2, 2, update)).exit, Exit::done);
  h.cloud.faults.push_back(
      {.call = "create_nodes", .error = make_error(ErrorCode::capacity, "sold out")});
  const auto result = h.deploy(fleet("debian-13", 2, 2, update));
  EXPECT_EQ(result.exit, Exit::failed);
  EXPECT_THAT(h.order(), ::testing::ElementsAre("+us-1", "!us-1"));
  EXPECT_EQ(result.count(Outcome::failed), 1);
  for (const auto& change : result.changes) {
    if (change.kind != plan::Kind::node || change.outcome != Outcome::skipped) continue;
    EXPECT_THAT(change.skipped_because, HasSubstr("1 failed, and its update policy bears 0"));
  }
  EXPECT_EQ(h.cloud.alive(), 3U);
}

TEST(Turns, TheLastHealthyNodeIsNotTaken) {
  Fleet h;
  constexpr auto update = R"("batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 2, 1, update)).exit, Exit::done);
  h.ill.insert("web-us-1");
  const auto result = h.deploy(fleet("debian-13", 2, 1, update));
  // The one that does not serve can only get better: it goes first, and then the other may.
  EXPECT_THAT(h.order().front(), "+us-1");
  h.ill.clear();
  EXPECT_EQ(h.deploy(fleet("debian-13", 2, 1, update)).exit, Exit::done);
}

TEST(Turns, ANewNodeServesBeforeTheOnlyOtherOneIsTaken) {
  Fleet h;
  constexpr auto update = R"("batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 2, 1, update)).exit, Exit::done);
  for (auto& [id, node] : h.cloud.nodes) {
    if (node.name == "web-us-1") node.state = cloud::NodeState::terminated;
  }
  EXPECT_EQ(h.deploy(fleet("debian-13", 2, 1, update)).exit, Exit::done);
  std::ptrdiff_t running = -1;
  std::ptrdiff_t taken = -1;
  for (std::size_t i = 0; i < h.events.size(); ++i) {
    const auto& event = h.events[i];
    if (event.kind == Event::Kind::node_running && event.address == "node.web-us-1") {
      running = static_cast<std::ptrdiff_t>(i);
    }
    const bool begins = event.kind == Event::Kind::change_started;
    if (begins && event.address == "node.web-us-2" && event.action == plan::Action::replace) {
      taken = static_cast<std::ptrdiff_t>(i);
    }
  }
  EXPECT_GE(running, 0);
  EXPECT_GT(taken, running);
}

TEST(Turns, ANodeThatAKilledRunLeftWithoutServiceGetsItFirst) {
  Fleet h;
  constexpr auto update = R"("batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 2, 1, update)).exit, Exit::done);
  ASSERT_EQ(h.deploy(fleet("debian-13", 2, 1, update), {.selectors = {"web-us-1"}}).exit,
            Exit::done);
  for (const auto& [id, node] : h.cloud.nodes) {
    if (node.name == "web-us-1") h.ids.erase(id);  // killed before it had its service
  }
  const auto begun = h.loop.now();
  EXPECT_EQ(h.deploy(fleet("debian-13", 2, 1, update)).exit, Exit::done);
  EXPECT_LT(h.loop.now() - begun, 2min);
  EXPECT_EQ(h.deploy(fleet("debian-13", 2, 1, update)).result, "nothing to do");
}

TEST(Turns, WhatThePolicyDoesNotLetGoOnIsAFailure) {
  Fleet h;
  constexpr auto update = R"("batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 2, 1, update)).exit, Exit::done);
  ASSERT_EQ(h.deploy(fleet("debian-13", 2, 1, update), {.selectors = {"web-us-1"}}).exit,
            Exit::done);
  h.ill.insert("web-us-1");
  const auto result = h.deploy(fleet("debian-13", 2, 1, update));
  EXPECT_EQ(result.exit, Exit::partly);
  EXPECT_EQ(result.count(Outcome::failed), 1);
  for (const auto& change : result.changes) {
    if (change.outcome != Outcome::failed) continue;
    EXPECT_THAT(change.error->message, HasSubstr("min_healthy leaves no room in us"));
  }
}

TEST(Turns, ANodeThatCannotBeDisturbedEndsTheWavesAfterIt) {
  Fleet h;
  constexpr auto update = R"("waves": [["us"], ["west"]], "batch": 1)";
  const auto with_rule = [&](std::string_view image, int port) {
    auto text = fleet(image, 2, 2, update);
    const std::string place = R"("place": {"us")";
    return text.replace(
        text.find(place), place.size(),
        fmt::format(R"("network": {{"allow": [{{"tcp": {}, "from": "10.0.0.0/8"}}]}}, )", port) +
            place);
  };
  ASSERT_EQ(h.deploy(with_rule("debian-12", 22)).exit, Exit::done);
  h.cloud.faults.push_back({.call = "ensure_firewall",
                            .error = make_error(ErrorCode::quota_exceeded, "too many rules")});
  const auto result = h.deploy(with_rule("debian-13", 23));
  EXPECT_NE(result.exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 4U);
  EXPECT_EQ(h.deploy(with_rule("debian-13", 23)).exit, Exit::done);
}

TEST(Turns, PoliciesThatWaitForEachOtherAreAFailureAndNoHang) {
  Fleet h;
  const auto two = [](std::string_view image) {
    const auto text = fleet(image, 1, 1, R"("waves": [["us"], ["west"]])");
    return text.substr(0, text.size() - 2) +
           R"(, "other": {"cluster": "web", "version": "1", "run": "x",
                          "update": {"waves": [["west"], ["us"]]}}}})";
  };
  ASSERT_EQ(h.deploy(two("debian-12")).exit, Exit::done);
  const auto result = h.deploy(two("debian-13"));
  EXPECT_NE(result.exit, Exit::done);
  ASSERT_FALSE(result.errors.empty());
  EXPECT_THAT(result.errors.front().message, HasSubstr("wait for each other"));
}

TEST(Turns, NodesThatAreOffGetNoServiceAndHoldNobodyUp) {
  Fleet h;
  constexpr auto update = R"("batch": 1)";
  ASSERT_EQ(h.deploy(fleet("debian-12", 3, 1, update)).exit, Exit::done);
  for (auto& [id, node] : h.cloud.nodes) {
    if (node.name != "web-us-1") continue;
    node.state = cloud::NodeState::stopped;
    node.is_power_off_wanted = true;
    node.labels[std::string(cloud::mark_power)] = "off";
  }
  const auto begun = h.loop.now();
  const auto result = h.deploy(fleet("debian-13", 3, 1, update));
  EXPECT_LT(h.loop.now() - begun, 10min);
  for (const auto& change : result.changes) {
    EXPECT_NE(change.address, "service.app@web-us-1");
  }
}

}  // namespace
}  // namespace ccloud::deploy
