#include "plan/planner.h"

#include <ctime>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/plan_file.h"
#include "plan/testing/fleet.h"

namespace ccloud::plan {
namespace {

using ::testing::AllOf;
using testing::config_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Fleet;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines;
using testing::make;
using testing::node_lines;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST(Planner, MakesEverythingInOrder) {
  Fleet fleet;
  const auto plan = fleet.plan(make({}));
  EXPECT_THAT(lines(plan),
              ElementsAre("create network.aws.us-east-1.default not_there",
                          "create firewall.aws.us-east-1.default.web not_there",
                          HasSubstr("create key.aws.us-east-1.ccloud-hello-web-"),
                          "create node.web-us-1 not_there", "create node.web-us-2 not_there",
                          "create node.web-us-3 not_there"));
  EXPECT_THAT(plan.changes[3].depends_on, ElementsAre(0, 1, 2));
  EXPECT_THAT(plan.unresolved, IsEmpty());
  EXPECT_EQ(plan.births.size(), 1U);
  EXPECT_EQ(plan.births[0].labels.at("ccloud-project"), "hello");
}

TEST(Planner, NamesWhatHasToBeResolvedFirst) {
  Fleet fleet;
  const auto config = make({});
  fleet.plan(config);
  const auto plan = make_plan(config, fleet.observed, {}, {});
  EXPECT_THAT(plan.unresolved, ElementsAre("web/us"));
  EXPECT_EQ(plan.count(Action::create), 6);
}

TEST(Planner, SecondPlanFindsNothing) {
  Fleet fleet;
  const auto config = make({});
  fleet.converge(config);
  const auto plan = fleet.plan(config);
  EXPECT_THAT(lines(plan), IsEmpty());
  EXPECT_EQ(plan.count(Action::keep), 6);
}

TEST(Planner, SpreadsOverZones) {
  Fleet fleet;
  fleet.converge(make({.count = 5}));
  EXPECT_EQ(fleet.node("web-us-1").zone, "us-east-1a");
  EXPECT_EQ(fleet.node("web-us-2").zone, "us-east-1b");
  EXPECT_EQ(fleet.node("web-us-5").zone, "us-east-1a");
}

TEST(Planner, TakesTheLowestFreeIndex) {
  Fleet fleet;
  fleet.converge(make({}));
  auto& nodes = fleet.region("aws", "us-east-1").nodes;
  std::erase_if(nodes, [](const auto& node) { return node.name == "web-us-2"; });
  EXPECT_THAT(lines(fleet.plan(make({}))), ElementsAre("create node.web-us-2 not_there"));
}

TEST(Planner, ScalesDownBrokenThenUnbalancedThenHighest) {
  Fleet fleet;
  fleet.converge(make({.count = 5}));  // a: 1 3 5, b: 2 4
  EXPECT_THAT(lines(fleet.plan(make({.count = 4}))),
              ElementsAre("destroy node.web-us-5 scaled_down"));
  EXPECT_THAT(
      lines(fleet.plan(make({.count = 3}))),
      ElementsAre("destroy node.web-us-4 scaled_down", "destroy node.web-us-5 scaled_down"));
  fleet.node("web-us-1").state = cloud::NodeState::error;
  EXPECT_THAT(lines(fleet.plan(make({.count = 4}))),
              ElementsAre("destroy node.web-us-1 scaled_down"));
}

TEST(Planner, KeepsNetworkAtCountZeroAndDropsItWithThePlace) {
  Fleet fleet;
  fleet.converge(make({.count = 1}));
  EXPECT_THAT(lines(fleet.plan(make({.count = 0}))),
              ElementsAre("destroy node.web-us-1 scaled_down"));
}

TEST(Planner, ReplacesBrokenAndMakesTerminatedAnew) {
  Fleet fleet;
  fleet.converge(make({}));
  fleet.node("web-us-1").state = cloud::NodeState::error;
  fleet.node("web-us-2").state = cloud::NodeState::terminated;
  EXPECT_THAT(lines(fleet.plan(make({}))),
              UnorderedElementsAre("replace node.web-us-1 broken", "create node.web-us-2 gone"));
}

TEST(Planner, ImageChangeReplacesAliasRenameDoesNot) {
  Fleet fleet;
  fleet.converge(make({.count = 1}));
  EXPECT_THAT(lines(fleet.plan(make({.count = 1, .image = "ubuntu-24.04"}))),
              ElementsAre("replace node.web-us-1 image_changed"));
}

TEST(Planner, SizeChangeIsInPlaceWhereTheCloudCan) {
  Fleet fleet;
  fleet.converge(make({.count = 1}));
  const auto bigger = make({.count = 1, .size = R"({"cpu": 4, "memory": "8GiB"})"});
  auto plan = fleet.plan(bigger);
  EXPECT_THAT(lines(plan), ElementsAre("update node.web-us-1 size_changed"));
  EXPECT_EQ(std::get<NodeWork>(plan.changes.back().work).update.type, "c4m8");
  fleet.observed.providers.at("aws").capabilities.can_resize = false;
  EXPECT_THAT(lines(fleet.plan(bigger)), ElementsAre("replace node.web-us-1 size_changed"));
  fleet.observed.providers.at("aws").capabilities.can_resize = true;
  fleet.converge(bigger);
  EXPECT_THAT(lines(fleet.plan(bigger)), IsEmpty());
}

TEST(Planner, ATypeThatIsJustWhatIsAskedForNowStays) {
  Fleet fleet;
  fleet.converge(make({.count = 1, .size = R"("t3.small")"}));
  const auto same = R"({"cpu": 2, "memory": "2GiB", "burstable": true})";
  EXPECT_THAT(lines(fleet.plan(make({.count = 1, .size = same}))),
              ElementsAre("update node.web-us-1 labels_changed"));
  const auto smaller = R"({"cpu": 2, "memory": "1GiB", "burstable": true})";
  EXPECT_THAT(lines(fleet.plan(make({.count = 1, .size = smaller}))),
              ElementsAre("update node.web-us-1 size_changed"));
}

TEST(Planner, NodesMoveToANetworkThatIsNotThereYet) {
  Fleet fleet;
  fleet.converge(make({.count = 1}));
  const auto moved = make({.count = 1,
                           .more = R"(, "networks": {"n1": {"provider": "aws",
                             "region": "us-east-1", "cidr": "10.50.0.0/20"}})",
                           .place = R"(, "network": "n1")"});
  PlanOptions options;
  options.deployed_here = {{"web", "us"}, {"", "network.aws.us-east-1.default"}};
  const auto plan = fleet.plan(moved, options);
  EXPECT_THAT(lines(plan), ElementsAre("create network.aws.us-east-1.n1 not_there",
                                       "create firewall.aws.us-east-1.n1.web not_there",
                                       "replace node.web-us-1 network_changed",
                                       HasSubstr("destroy firewall.aws.us-east-1."),
                                       "destroy network.aws.us-east-1.default unused"));
  fleet.apply(plan);
  EXPECT_THAT(lines(fleet.plan(moved, options)), IsEmpty());
}

TEST(Planner, ANetworkThatNoListShowsIsNotBelievedToBeAnother) {
  Fleet fleet;
  const auto config = make({.count = 1});
  fleet.converge(config);
  fleet.region("aws", "us-east-1").networks.clear();
  EXPECT_THAT(node_lines(fleet.plan(config)), ::testing::Not(Contains(HasSubstr("replace"))));
}

TEST(Planner, ANetworkWithoutARangeYetGetsTheConfigs) {
  Fleet fleet;
  const auto config = make({.count = 0,
                            .more = R"(, "networks": {"n1": {"provider": "aws",
      "region": "us-east-1", "cidr": "10.50.0.0/20"}})",
                            .place = R"(, "network": "n1")"});
  fleet.plan(config);
  cloud::Network begun;
  begun.id = "vpc-1";
  begun.name = "n1";
  begun.region = "us-east-1";
  begun.is_owned = true;
  fleet.region("aws", "us-east-1").networks.push_back(begun);
  const auto plan = fleet.plan(make({.count = 1,
                                     .more = R"(, "networks": {"n1": {"provider":
      "aws", "region": "us-east-1", "cidr": "10.50.0.0/20"}})",
                                     .place = R"(, "network": "n1")"}));
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_THAT(lines(plan), Contains("update network.aws.us-east-1.n1 incomplete"));
  EXPECT_EQ(std::get<NetworkWork>(plan.changes.front().work).spec.cidr, "10.50.0.0/20");
}

TEST(Planner, DisksGrowButNeverShrink) {
  Fleet fleet;
  const auto with_disk = [](std::string disk) {
    return make({.count = 1, .extra = R"(, "disk": )" + disk});
  };
  fleet.converge(with_disk(R"({"size": "40GiB"})"));
  EXPECT_THAT(lines(fleet.plan(with_disk(R"({"size": "60GiB"})"))),
              ElementsAre("update node.web-us-1 disk_grown"));
  EXPECT_THAT(lines(fleet.plan(with_disk(R"({"size": "20GiB"})"))),
              ElementsAre("replace node.web-us-1 disk_changed"));
  EXPECT_THAT(lines(fleet.plan(with_disk(R"({"size": "40GiB", "type": "hdd"})"))),
              ElementsAre("replace node.web-us-1 disk_changed"));
}

TEST(Planner, LabelsChangeInPlace) {
  Fleet fleet;
  fleet.converge(make({.count = 1, .extra = R"(, "labels": {"role": "a", "old": "x"})"}));
  const auto plan = fleet.plan(make({.count = 1, .extra = R"(, "labels": {"role": "b"})"}));
  EXPECT_THAT(node_lines(plan), ElementsAre("update node.web-us-1 labels_changed"));
  const auto& update = std::get<NodeWork>(plan.changes.back().work).update;
  EXPECT_EQ(update.set_labels.at("role"), "b");
  EXPECT_THAT(update.remove_labels, ElementsAre("old"));
}

TEST(Planner, ALostMarkIsPutBack) {
  Fleet fleet;
  const auto config = make({.count = 1});
  fleet.converge(config);
  fleet.node("web-us-1").labels.erase("ccloud-project");
  const auto plan = fleet.plan(config);
  EXPECT_THAT(node_lines(plan), ElementsAre("update node.web-us-1 labels_changed"));
  fleet.apply(plan);
  EXPECT_EQ(fleet.node("web-us-1").labels.at("ccloud-project"), "hello");
  EXPECT_FALSE(fleet.plan(config).has_changes());
}

TEST(Planner, LabelsOfWhatNodesStandOnChangeInPlaceToo) {
  Fleet fleet;
  const std::string old = R"(, "labels": {"team": "a", "old": "x"})";
  fleet.converge(make({.count = 1, .more = old}));
  fleet.region("aws", "us-east-1").networks[0].labels["aws:cloudformation"] = "theirs";
  const auto config = make({.count = 1, .more = R"(, "labels": {"team": "b"})"});
  const auto plan = fleet.plan(config);
  EXPECT_THAT(lines(plan), ElementsAre("update network.aws.us-east-1.default labels_changed",
                                       "update firewall.aws.us-east-1.default.web labels_changed",
                                       HasSubstr("update key.aws.us-east-1.ccloud-hello-web-"),
                                       "update node.web-us-1 labels_changed"));
  const auto& network = std::get<NetworkWork>(plan.changes[0].work).spec;
  EXPECT_EQ(network.labels.at("team"), "b");
  EXPECT_THAT(network.remove_labels, ElementsAre("old"));
  EXPECT_THAT(std::get<FirewallWork>(plan.changes[1].work).spec.remove_labels, ElementsAre("old"));
  EXPECT_THAT(std::get<KeyWork>(plan.changes[2].work).spec.remove_labels, ElementsAre("old"));
  fleet.apply(plan);
  EXPECT_FALSE(fleet.plan(config).has_changes());
}

TEST(Planner, TheProvidersLabelsAreOnFirewallsAndKeysToo) {
  Fleet fleet;
  const auto plan = fleet.plan(make({.count = 1, .more = R"(, "labels": {"team": "a"}, "providers":
      {"aws": {"driver": "aws", "labels": {"team": "b", "bill": "7"}}})"}));
  for (const auto& change : plan.changes) {
    const auto labels = std::visit(
        [](const auto& work) {
          if constexpr (requires { work.spec.labels; }) return work.spec.labels;
          return cloud::Labels();
        },
        change.work);
    if (change.kind == Kind::node) continue;
    EXPECT_EQ(labels.at("bill"), "7") << change.address;
    EXPECT_EQ(labels.at("team"), "b") << change.address;
  }
}

TEST(Planner, ALabelThatACloudCannotChangeIsToldAndOneThatItDoesNotKeepIsNot) {
  Fleet fleet;
  fleet.converge(make({.count = 1, .more = R"(, "labels": {"team": "a"})"}));
  fleet.observed.providers.at("aws").capabilities.can_relabel_networks = false;
  auto& here = fleet.region("aws", "us-east-1");
  here.firewalls[0].has_labels = false;
  here.keys[0].has_labels = false;
  const auto config = make({.count = 1, .more = R"(, "labels": {"team": "b"})"});
  const auto plan = fleet.plan(config);
  EXPECT_THAT(lines(plan), ElementsAre("update node.web-us-1 labels_changed"));
  EXPECT_THAT(plan.notes, ElementsAre(AllOf(HasSubstr("network.aws.us-east-1.default"),
                                            HasSubstr("team=a"), HasSubstr("team=b"))));
}

TEST(Planner, APublicAddressComesAndGoesByReplacement) {
  Fleet fleet;
  const auto open = make({.count = 2});
  const auto closed = make({.count = 2, .extra = R"(, "public_ip": false)"});
  fleet.converge(open);
  fleet.node("web-us-2").public_ip.clear();  // taken away, or not shown yet: told, and left alone
  const auto told = fleet.plan(open);
  EXPECT_FALSE(told.has_changes());
  EXPECT_THAT(told.notes, ElementsAre(HasSubstr("ccloud replace web-us-2")));
  const auto plan = fleet.plan(closed);
  EXPECT_THAT(node_lines(plan), ElementsAre("replace node.web-us-1 address_changed",
                                            "replace node.web-us-2 address_changed"));
  fleet.apply(plan);
  EXPECT_FALSE(fleet.plan(closed).has_changes());
  EXPECT_THAT(node_lines(fleet.plan(open)), SizeIs(2));
}

TEST(Planner, ANodeOfOlderMarksIsJudgedByTheAddressThatItHas) {
  Fleet fleet;
  fleet.converge(make({.count = 2}));
  for (const auto* name : {"web-us-1", "web-us-2"}) {
    auto& node = fleet.node(name);
    node.spec = node.spec.substr(0, node.spec.rfind("-p"));
    node.labels["ccloud-spec"] = node.spec;
  }
  fleet.node("web-us-2").public_ip.clear();
  EXPECT_THAT(
      node_lines(fleet.plan(make({.count = 2, .extra = R"(, "public_ip": false)"}))),
      ElementsAre("replace node.web-us-1 address_changed", "update node.web-us-2 labels_changed"));
}

TEST(Planner, PowerIsIntent) {
  Fleet fleet;
  fleet.converge(make({.count = 2}));
  fleet.node("web-us-1").state = cloud::NodeState::stopped;
  fleet.node("web-us-2").state = cloud::NodeState::stopped;
  fleet.node("web-us-2").is_power_off_wanted = true;
  EXPECT_THAT(lines(fleet.plan(make({.count = 2}))), ElementsAre("update node.web-us-1 stopped"));
}

TEST(Planner, OfDoublesTheOldestStays) {
  Fleet fleet;
  fleet.converge(make({.count = 1}));
  auto twin = fleet.node("web-us-1");
  twin.id = "a-twin";
  twin.created = "2026-01-01T00:00:01Z";
  fleet.region("aws", "us-east-1").nodes.push_back(twin);
  EXPECT_THAT(lines(fleet.plan(make({.count = 1}))),
              ElementsAre("destroy node.web-us-1@a-twin duplicate"));
  fleet.region("aws", "us-east-1").nodes.back().created = "2026-01-02T00:00:00Z";
  EXPECT_THAT(lines(fleet.plan(make({.count = 1}))),
              ElementsAre(HasSubstr("destroy node.web-us-1@x-")));
}

TEST(Planner, StraysNeedPruneUnlessThisMachineDeployedThem) {
  Fleet fleet;
  fleet.converge(config_of(fmt::format(
      R"({{"project": "hello", "clusters": {{"old": {{"image": "debian-12", "size": "t3.small",
      "ssh": {{"keys": ["{}"]}}, "place": {{"us": {{"provider": "aws", "region": "us-west-2",
      "count": 1}}}}}}}}}})",
      testing::a_key)));
  auto plan = fleet.plan(make({.count = 0}));
  ASSERT_THAT(plan.refusals, SizeIs(1));
  EXPECT_EQ(plan.refusals[0].guard, Refusal::Guard::prune);
  EXPECT_THAT(lines(plan), UnorderedElementsAre("destroy node.old-us-1 cluster_removed",
                                                HasSubstr("destroy firewall.aws.us-west-2."),
                                                "destroy network.aws.us-west-2.default unused",
                                                HasSubstr("destroy key.aws.us-west-2.")));
  PlanOptions options;
  options.deployed_here = {{"old", "us"}, {"", "network.aws.us-west-2.default"}};
  EXPECT_THAT(fleet.plan(make({.count = 0}), options).refusals, IsEmpty());
  fleet.converge(make({.count = 0}));
  EXPECT_THAT(fleet.names(), IsEmpty());
}

TEST(Planner, NothingIsPlannedWhereNothingIsSeen) {
  Fleet fleet;
  fleet.converge(make({}));
  auto& region = fleet.region("aws", "us-east-1");
  region = {};
  region.region = "us-east-1";
  region.error = make_error(ErrorCode::unavailable, "no answer");
  const auto plan = fleet.plan(make({}));
  EXPECT_THAT(lines(plan), IsEmpty());
  ASSERT_THAT(plan.problems, SizeIs(1));
  EXPECT_EQ(plan.problems[0].region, "us-east-1");
}

TEST(Planner, SelectorsNarrowThePlan) {
  Fleet fleet;
  PlanOptions options;
  options.selector_texts = {"web-us-2"};
  EXPECT_THAT(lines(fleet.plan(make({}), options)),
              ElementsAre("create network.aws.us-east-1.default not_there",
                          "create firewall.aws.us-east-1.default.web not_there",
                          HasSubstr("create key."), "create node.web-us-2 not_there"));
}

TEST(Planner, ClusterRulesAreGroupsInsideAndAddressesOutside) {
  const auto config = config_of(fmt::format(
      R"({{"project": "hello", "clusters": {{"web": {{"image": "debian-12", "size": "t3.small",
      "ssh": {{"keys": ["{}"]}}, "network": {{"allow": [{{"tcp": "7000-7010", "from": "cluster:web"}}]}},
      "place": {{"us": {{"provider": "aws", "region": "us-east-1", "count": 1}},
                 "we": {{"provider": "aws", "region": "us-west-2", "count": 1}}}}}}}}}})",
      testing::a_key));
  Fleet fleet;
  const auto first = fleet.plan(config);
  EXPECT_TRUE(first.needs_second_pass);
  fleet.apply(first);
  const auto second = fleet.plan(config);
  EXPECT_THAT(lines(second),
              ElementsAre("update firewall.aws.us-east-1.default.web rules_changed",
                          "update firewall.aws.us-west-2.default.web rules_changed"));
  fleet.apply(second);
  EXPECT_FALSE(fleet.plan(config).has_changes());
  const auto& rules = fleet.region("aws", "us-east-1").firewalls[0].rules;
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_EQ(rules[0].group, "web");
  EXPECT_EQ(rules[1].cidr, fleet.node("web-we-1").public_ip + "/32");
  // A node that a killed run made, before it has its address.
  EXPECT_FALSE(fleet.plan(config).needs_second_pass);
  auto& young = fleet.region("aws", "us-west-2").nodes[0];
  const auto whole = young;
  young.public_ip.clear();
  young.state = cloud::NodeState::pending;
  EXPECT_TRUE(fleet.plan(config).needs_second_pass);
  young = whole;
  // Whom we cannot see we do not lock out.
  auto& west = fleet.region("aws", "us-west-2");
  west = {};
  west.region = "us-west-2";
  west.error = make_error(ErrorCode::unavailable, "no answer");
  EXPECT_THAT(lines(fleet.plan(config)), IsEmpty());
}

TEST(Planner, SaysWhichNodesADisturbanceConcerns) {
  const std::string service =
      R"(, "services": {"app": {"cluster": "web", "version": "1", "run": "x",
         "update": {"batch": 2}}})";
  Fleet fleet;
  fleet.converge(make({.count = 6, .more = service}));
  const auto plan = fleet.plan(make({.count = 6, .image = "ubuntu-24.04", .more = service}));
  const auto disturbed = [](const Plan& one) {
    return std::ranges::count_if(one.changes, [](const Change& change) {
      const auto* work = std::get_if<NodeWork>(&change.work);
      return work != nullptr && work->disturbs;
    });
  };
  EXPECT_EQ(disturbed(plan), 6);
  EXPECT_EQ(disturbed(fleet.plan(make({.count = 7, .more = service}))), 0);
  EXPECT_GE(plan.estimate.seconds, 3 * 40);
}

TEST(Planner, DestructionTakesEverythingInTheCloudsOrder) {
  Fleet fleet;
  const auto config = make({.count = 1});
  fleet.converge(config);
  fleet.region("aws", "us-east-1").leftovers = {"address eip-1"};
  const auto plan = make_destroy_plan(config, fleet.observed, {});
  EXPECT_THAT(
      lines(plan),
      ElementsAre("destroy node.web-us-1 asked", "destroy network.aws.us-east-1.eip-1 asked",
                  HasSubstr("destroy firewall."), "destroy network.aws.us-east-1.default asked",
                  HasSubstr("destroy key.")));
  EXPECT_THAT(plan.changes[2].depends_on, ElementsAre(0, 1));
}

TEST(Planner, PlanFileReadsBack) {
  Fleet fleet;
  PlanOptions options;
  options.selector_texts = {"cluster=web"};
  const auto plan = fleet.plan(make({}), options);
  const auto back = from_json(to_json(plan));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->fingerprint, plan.fingerprint);
  EXPECT_EQ(lines(*back), lines(plan));
  EXPECT_THAT(back->selectors, ElementsAre("cluster=web"));
  EXPECT_EQ(back->changes[3].depends_on, plan.changes[3].depends_on);
  EXPECT_FALSE(from_json("{}").has_value());
  EXPECT_FALSE(from_json("not json").has_value());
}

TEST(Planner, FingerprintIgnoresOrderAndPassingStates) {
  Fleet fleet;
  const auto config = make({});
  fleet.converge(config);
  const auto before = fleet.plan(config).fingerprint;
  fleet.node("web-us-1").state = cloud::NodeState::pending;
  std::ranges::reverse(fleet.region("aws", "us-east-1").nodes);
  EXPECT_EQ(fleet.plan(config).fingerprint, before);
  EXPECT_NE(fleet.plan(make({.count = 4})).fingerprint, before);
  fleet.node("web-us-1").state = cloud::NodeState::stopped;
  EXPECT_NE(fleet.plan(config).fingerprint, before);
}

TEST(Planner, TenThousandNodesAreQuick) {
  Fleet fleet;
  const auto config = make({.count = 10000});
  fleet.converge(config);
  // Seconds of CPU: a machine that others keep busy is not the planner's.
  const auto start = std::clock();
  const auto plan = fleet.plan(config);
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_FALSE(plan.has_changes());
  // The goal, 0.5 s, is measured on the optimised program (scripts/bench); this catches a square.
  EXPECT_LT(took, 10.0);
}

}  // namespace
}  // namespace ccloud::plan
