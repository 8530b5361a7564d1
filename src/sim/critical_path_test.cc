// The longest chain of what was served: by hand, and of calls that the AWS front carried out.
#include "sim/critical_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/reader.h"
#include "sim/admin.h"
#include "sim/testing/aws_world.h"

namespace ccloud::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

ServedWrite write(std::string action, Duration latency, std::vector<Need> needs = {}) {
  return {.region = "r",
          .action = std::move(action),
          .latency = latency,
          .needs = std::move(needs),
          .buckets = {},
          .longest_boot = {}};
}

std::vector<std::string> actions(const CriticalPath& path) {
  std::vector<std::string> out;
  for (const auto& step : path.steps) out.push_back(step.action);
  return out;
}

TEST(CriticalPath, IsTheLookWhereNothingWasWritten) {
  const auto path = critical_path({}, 700ms, 80ms, 1);
  EXPECT_EQ(path.length, 700ms);
  EXPECT_TRUE(path.steps.empty());
}

TEST(CriticalPath, FollowsWhatNeedsEachOtherAndNotWhatDoesNot) {
  const auto path = critical_path(
      {write("network", 300ms), write("key", 900ms), write("subnet", 200ms, {{.write = 0}}),
       write("rule", 100ms, {{.write = 0}}), write("node", 500ms, {{.write = 2}, {.write = 1}})},
      1000ms, 80ms, 1);
  EXPECT_EQ(path.length, 1000ms + 900ms + 500ms);
  EXPECT_THAT(actions(path), ElementsAre("key", "node"));
  EXPECT_EQ(path.steps[1].start, 1900ms);
}

TEST(CriticalPath, WaitsUntilTheCloudShowsWhatItMade) {
  const auto path = critical_path(
      {write("network", 300ms), write("subnet", 200ms, {{.write = 0, .unseen = 2000ms}})}, 0ms,
      80ms, 1);
  EXPECT_EQ(path.length, 2200ms);
}

TEST(CriticalPath, BootsFromTheCallOnAndIsSeenByARead) {
  auto node = write("node", 500ms);
  node.longest_boot = 30s;
  const auto path = critical_path({node}, 1s, 80ms, 1);
  EXPECT_EQ(path.length, 1s + 30s + 80ms);
  ASSERT_EQ(path.steps.size(), 1u);
  EXPECT_EQ(path.steps[0].took, 30s + 80ms);
}

TEST(CriticalPath, GoesNoFasterThanTheRatesAllow) {
  std::vector<ServedWrite> writes;
  for (int i = 0; i < 10; ++i) {
    writes.push_back(write("node", 100ms));
    writes.back().buckets = {{.key = "nodes", .size = 4, .per_second = 2}};
  }
  // Four at once, then two a second; ten times as fast where the clock runs so.
  EXPECT_EQ(critical_path(writes, 0ms, 0ms, 1).length, 3100ms);
  EXPECT_EQ(critical_path(writes, 0ms, 0ms, 10).length, 400ms);
}

TEST(CriticalPath, LetsThroughWhatCostsMoreThanTheBucketHoldsWhenItIsFull) {
  auto large = write("nodes", 100ms);
  large.buckets = {{.key = "instances", .size = 10, .per_second = 1, .cost = 25}};
  EXPECT_EQ(critical_path({large}, 0ms, 0ms, 1).length, 100ms);
  // Then it is empty, and fifteen deep in debt.
  EXPECT_EQ(critical_path({large, large}, 0ms, 0ms, 1).length, 25'100ms);
}

TEST(Chains, TakesPathsAndIdsOutOfBodies) {
  EXPECT_THAT(words_of(R"({"id":"/Net/Works/Web-1","n":["sg-01"]} a=vpc-2&)"),
              ElementsAre("/net/works/web-1", "web-1", "sg-01", "vpc-2"));
}

TEST(Chains, FindWhatTheCallsOfARealRequestNeed) {
  testing::AwsWorld aws;
  const auto vpc = aws.call("CreateVpc", {{"CidrBlock", "10.1.0.0/16"}}).get("vpcId");
  const auto subnet =
      aws.call("CreateSubnet", {{"VpcId", vpc}, {"CidrBlock", "10.1.1.0/24"}}).get("subnetId");
  EXPECT_EQ(aws.run(1, {{"SubnetId", subnet}}).size(), 1u);
  EXPECT_NE(aws.call("CreateSubnet", {{"VpcId", "vpc-0"}, {"CidrBlock", "10.1.2.0/24"}}).status,
            200);
  aws.call("DescribeInstances");
  http::Request ask;
  ask.url = "/_sim/critical_path";
  const auto said = json::parse(serve_admin(aws.hub, ask).body);
  ASSERT_TRUE(said.has_value());
  EXPECT_TRUE(said->root().get("seconds").exists());
  aws.hub.set_latency({.read = {100ms, 100ms}, .write = {1000ms, 1000ms}});
  aws.hub.forget_calls();
  aws.call("DescribeVpcs");
  const auto second = aws.call("CreateVpc", {{"CidrBlock", "10.2.0.0/16"}}).get("vpcId");
  aws.call("CreateVpc", {{"CidrBlock", "10.3.0.0/16"}});
  aws.call("CreateSubnet", {{"VpcId", second}, {"CidrBlock", "10.2.1.0/24"}});
  const auto paths = aws.hub.critical_paths();
  ASSERT_TRUE(paths.contains("aws"));
  EXPECT_EQ(paths.at("aws").length, 2100ms);
  EXPECT_THAT(actions(paths.at("aws")), ElementsAre("CreateVpc", "CreateSubnet"));
}

}  // namespace
}  // namespace ccloud::sim
