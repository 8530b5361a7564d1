// What happens where a zone is sold out.
#include "deploy/zones.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/testing/harness.h"

namespace ccloud::deploy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::web;

std::map<std::string, int> nodes_by_zone(const Harness& h) {
  std::map<std::string, int> out;
  for (const auto& [id, node] : h.cloud.nodes) {
    if (node.state == cloud::NodeState::running) ++out[node.zone];
  }
  return out;
}

std::string in_zones(int count, std::string_view zones) {
  auto text = web(count);
  const std::string_view region = R"("region": "us-east-1",)";
  text.insert(text.find(region) + region.size(), fmt::format(R"( "zones": [{}],)", zones));
  return text;
}

TEST(Zones, AreTriedFromTheNextOneOnAndOnlyThoseOfThePlace) {
  plan::Birth birth;
  birth.zones = {"a", "b", "c"};
  EXPECT_THAT(zones_to_try(birth, "b"), ElementsAre("b", "c", "a"));
  EXPECT_THAT(zones_to_try(birth, "x"), ElementsAre("x", "b", "c", "a"));
  EXPECT_THAT(zones_to_try(birth, ""), ElementsAre(""));
  birth.zones.clear();
  EXPECT_THAT(zones_to_try(birth, "a"), ElementsAre("a"));
}

TEST(Zones, ANewNodeGoesWhereThereIsRoom) {
  Harness h;
  h.cloud.sold_out = {"us-east-1a"};
  const auto config = in_zones(4, R"("a", "b")");
  const auto result = h.deploy(config);
  EXPECT_EQ(result.exit, Exit::done);
  EXPECT_EQ(nodes_by_zone(h), (std::map<std::string, int>{{"us-east-1b", 4}}));
  EXPECT_THAT(result.notes, Contains(HasSubstr("us-east-1a has no room")));
  EXPECT_THAT(h.events, Contains(::testing::Field(&Event::kind, Event::Kind::retrying)));
  // It is no drift, and comes to rest.
  h.cloud.sold_out.clear();
  h.cloud.calls.clear();
  EXPECT_EQ(h.deploy(config).result, "nothing to do");
  EXPECT_THAT(h.cloud.calls, ::testing::Each(std::string("discover")));
}

TEST(Zones, ThoseThatThePlaceNamesAreNeverLeft) {
  Harness h;
  h.cloud.sold_out = {"us-east-1a"};
  const auto result = h.deploy(in_zones(2, R"("a")"));
  EXPECT_EQ(result.exit, Exit::partly);  // the network stands
  EXPECT_EQ(h.cloud.alive(), 0U);
  ASSERT_FALSE(result.errors.empty());
  EXPECT_EQ(result.errors[0].code, ErrorCode::capacity);
}

TEST(Zones, WhereNoneHasRoomTheErrorSaysWhichWereTried) {
  Harness h;
  h.cloud.sold_out = {"us-east-1a", "us-east-1b"};
  const auto result = h.deploy(in_zones(1, R"("a", "b")"));
  EXPECT_EQ(result.exit, Exit::partly);
  ASSERT_FALSE(result.errors.empty());
  EXPECT_EQ(result.errors[0].code, ErrorCode::capacity);
  EXPECT_THAT(result.errors[0].message, HasSubstr("us-east-1a, us-east-1b"));
}

TEST(Zones, AQuotaIsNotGoneAround) {
  Harness h;
  h.cloud.faults.push_back(
      {.call = "create_nodes", .error = make_error(ErrorCode::quota_exceeded, "too many")});
  const auto result = h.deploy(in_zones(1, R"("a", "b")"));
  EXPECT_EQ(result.exit, Exit::partly);
  EXPECT_EQ(h.cloud.count("create_nodes"), 1U);
  EXPECT_EQ(h.cloud.alive(), 0U);
}

TEST(Zones, BehindALostReplyThereMayBeANodeSoNothingMoves) {
  Harness h;
  auto lost = make_error(ErrorCode::capacity, "no room, it seems");
  lost.ambiguous = true;
  h.cloud.faults.push_back({.call = "create_nodes", .error = lost});
  EXPECT_EQ(h.deploy(in_zones(1, R"("a", "b")")).exit, Exit::partly);
  EXPECT_EQ(h.cloud.count("create_nodes"), 1U);
}

TEST(Zones, TheNetworkGetsTheSubnetThatAMoveNeeds) {
  Harness h;
  h.cloud.sold_out = {"us-east-1a"};
  EXPECT_EQ(h.deploy(web(1)).exit, Exit::done);
  const auto zones = nodes_by_zone(h);
  ASSERT_EQ(zones.size(), 1U);
  EXPECT_NE(zones.begin()->first, "us-east-1a");
  ASSERT_EQ(h.cloud.networks.size(), 1U);
  EXPECT_EQ(h.cloud.networks.begin()->second.subnets.size(), 2U);
  EXPECT_EQ(h.deploy(web(1)).result, "nothing to do");
  EXPECT_EQ(h.destroy(web(1)).exit, Exit::done);
  EXPECT_TRUE(h.cloud.networks.empty());
}

TEST(Zones, KilledWhileAZoneIsSoldOutTheNextOneCompletesTheWork) {
  using namespace std::chrono_literals;
  const auto config = in_zones(3, R"("a", "b", "c")");
  for (auto after = 100ms; after < 40s; after = after * 3 / 2) {
    Harness h;
    h.cloud.lag = after.count() % 2 == 0 ? 0s : 2s;
    h.cloud.sold_out = {"us-east-1b"};
    h.deploy_and_die(config, after);
    h.cloud.sold_out.clear();  // now there is room where it was refused
    EXPECT_EQ(h.deploy(config).exit, Exit::done) << after.count();
    EXPECT_EQ(h.cloud.alive(), 3U) << after.count();
    EXPECT_EQ(h.destroy(config).exit, Exit::done) << after.count();
    EXPECT_EQ(h.cloud.alive(), 0U) << after.count();
  }
}

TEST(Zones, WhatAnotherMachineMadeMeanwhileIsTaken) {
  Harness h;
  const auto config = in_zones(1, R"("a", "b")");
  // The other machine found room in the zone that refuses us.
  h.deploy(config);
  ASSERT_EQ(h.cloud.alive(), 1U);
  auto& node = h.cloud.nodes.begin()->second;
  const auto marks = node.labels;
  node.labels.clear();  // ours does not see it at first
  h.cloud.sold_out = {"us-east-1a"};
  // Seen again from a moment before the refusal on.
  h.cloud.on_call = [&](const std::string& call) {
    if (call == "create_nodes") node.labels = marks;
  };
  EXPECT_EQ(h.deploy(config).exit, Exit::done);
  EXPECT_EQ(h.cloud.alive(), 1U);
  EXPECT_EQ(h.cloud.nodes.size(), 1U);
}

TEST(Zones, KilledWhileItMovesNothingIsMadeTwice) {
  for (const int ms : {300, 600, 900, 1000, 1100, 1200, 1300, 2000, 5000}) {
    Harness h;
    h.cloud.sold_out = {"us-east-1a"};
    h.cloud.lag = std::chrono::seconds(2);
    const auto config = in_zones(3, R"("a", "b")");
    h.deploy_and_die(config, std::chrono::milliseconds(ms));
    EXPECT_EQ(h.deploy(config).exit, Exit::done) << ms;
    EXPECT_EQ(h.cloud.alive(), 3U) << ms;
  }
}

TEST(Zones, AReplacementStaysInItsZone) {
  Harness h;
  const auto config = in_zones(1, R"("a", "b")");
  h.deploy(config);
  h.cloud.sold_out = {"us-east-1a"};
  Options options;
  options.selectors = {"web-us-1"};
  auto session = h.session(config, options);
  const auto result = h.loop.run(run_replace(h.ctx, *session));
  EXPECT_NE(result->exit, Exit::done);
  EXPECT_THAT(nodes_by_zone(h), IsEmpty());
  // Once it is gone, it is a new node: the next deploy may make it where there is room.
  EXPECT_EQ(h.deploy(config).exit, Exit::done);
  EXPECT_EQ(nodes_by_zone(h), (std::map<std::string, int>{{"us-east-1b", 1}}));
}

}  // namespace
}  // namespace ccloud::deploy
