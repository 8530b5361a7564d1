// What holds a plan back, and what it asks back about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/marks.h"
#include "plan/planner.h"
#include "plan/testing/fleet.h"

namespace ccloud::plan {
namespace {

using ::testing::ElementsAre;
using testing::Fleet;
using ::testing::IsEmpty;
using testing::make;
using testing::Shape;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST(Guards, CountAndProtect) {
  Fleet fleet;
  fleet.converge(make({.count = 4}));
  const Shape guarded{.count = 1, .more = R"(, "guards": {"max_destroy": 2})"};
  EXPECT_THAT(fleet.plan(make(guarded)).refusals, SizeIs(1));
  PlanOptions options;
  options.allow_destroy = 3;
  EXPECT_THAT(fleet.plan(make(guarded), options).refusals, IsEmpty());
  options.no_destroy = true;
  EXPECT_EQ(fleet.plan(make(guarded), options).refusals.at(0).guard, Refusal::Guard::no_destroy);
  const Shape protect{.count = 4, .more = R"(, "guards": {"protect": ["web-us-[3-4]"]})"};
  fleet.converge(make(protect));
  EXPECT_TRUE(fleet.node("web-us-4").is_protected);
  const auto refused = fleet.plan(make({.count = 1})).refusals;
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_THAT(refused[0].addresses, UnorderedElementsAre("node.web-us-3", "node.web-us-4"));
  fleet.converge(make({.count = 4}));  // takes the marks off
  EXPECT_THAT(fleet.plan(make({.count = 1})).refusals, IsEmpty());
}

TEST(Guards, ANodeIsBornWithItsProtection) {
  Fleet fleet;
  const Shape protect{.count = 3, .more = R"(, "guards": {"protect": ["web-us-2"]})"};
  const auto plan = fleet.plan(make(protect));
  std::vector<std::string> marked;
  for (const auto& change : plan.changes) {
    const auto* work = std::get_if<NodeWork>(&change.work);
    if (work == nullptr || !work->birth) continue;
    const auto& labels = plan.births.at(*work->birth).labels;
    if (labels.contains(std::string(cloud::mark_protect))) marked.emplace_back(change.name());
  }
  EXPECT_THAT(marked, ElementsAre("web-us-2"));
}

TEST(Guards, ASelectorThatCannotBeReadProtectsEverything) {
  Fleet fleet;
  fleet.converge(make({.count = 2}));
  auto config = make({.count = 1});
  config.guards.protect.push_back({.value = "web-us-[1-"});
  const auto refused = fleet.plan(config).refusals;
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].guard, Refusal::Guard::protect);
  EXPECT_THAT(refused[0].addresses, ElementsAre("node.web-us-2"));
}

TEST(Guards, GrowthByTenTimesIsNoted) {
  Fleet fleet;
  fleet.converge(make({.count = 3}));
  EXPECT_THAT(fleet.plan(make({.count = 29})).notes, IsEmpty());
  EXPECT_THAT(fleet.plan(make({.count = 30})).notes,
              ElementsAre("web in us grows from 3 to 30 nodes: a slip in its count?"));
}

}  // namespace
}  // namespace ccloud::plan
