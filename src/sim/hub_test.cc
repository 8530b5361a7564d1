// The hub before the AWS front: faults, limits, lag, and what the world remembers.
#include "sim/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/reader.h"
#include "sim/admin.h"
#include "sim/testing/aws_world.h"

namespace ccloud::sim {
namespace {

using testing::AwsWorld;
using testing::elements;
using namespace std::chrono_literals;
using Delivery = http::ServerReply::Delivery;

std::vector<FaultRule> rules(std::string_view json) {
  auto parsed = Faults::parse(json);
  EXPECT_TRUE(parsed.has_value());
  return parsed ? *parsed : std::vector<FaultRule>();
}

TEST(Hub, RunsAndTerminatesAMachine) {
  AwsWorld aws;
  const auto ids = aws.run(1);
  ASSERT_EQ(ids.size(), 1u);
  auto shown = aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}});
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, ::testing::HasSubstr("<name>running</name>"));
  EXPECT_EQ(aws.call("TerminateInstances", {{"InstanceId.1", ids[0]}}).status, 200);
  shown = aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}});
  EXPECT_THAT(shown.body, ::testing::HasSubstr("<name>terminated</name>"));
  aws.now += 61min;
  EXPECT_EQ(aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}}).code(),
            "InvalidInstanceID.NotFound");
}

TEST(Hub, LostReplyTakesEffect) {
  AwsWorld aws;
  aws.hub.faults().add(rules(R"({"rules": [{"fault": "lost-reply", "action": "CreateVpc"}]})"));
  const auto lost = aws.call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}});
  EXPECT_EQ(lost.reply.delivery, Delivery::reset);
  const auto vpcs =
      aws.call("DescribeVpcs", {{"Filter.1.Name", "cidr"}, {"Filter.1.Value.1", "10.0.0.0/16"}});
  EXPECT_EQ(elements(vpcs.body, "vpcId").size(), 1u);
}

TEST(Hub, FaultsStrikeAfterAndForACount) {
  AwsWorld aws;
  aws.hub.faults().add(rules(
      R"({"rules": [{"fault": "throttle", "action": "DescribeV*", "after": 1, "count": 2}]})"));
  std::vector<int> statuses;
  for (int i = 0; i < 5; ++i) statuses.push_back(aws.call("DescribeVpcs").status);
  EXPECT_THAT(statuses, ::testing::ElementsAre(200, 503, 503, 200, 200));
}

TEST(Hub, ResetAndTimeoutDoNothing) {
  AwsWorld aws;
  aws.hub.faults().add(rules(R"({"rules": [{"fault": "reset", "action": "CreateVpc", "count": 1},
                                           {"fault": "timeout", "action": "CreateVpc"}]})"));
  EXPECT_EQ(aws.call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}}).reply.delivery, Delivery::reset);
  EXPECT_EQ(aws.call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}}).reply.delivery, Delivery::hang);
  EXPECT_EQ(elements(aws.call("DescribeVpcs").body, "vpcId").size(), 1u);  // the default one
}

TEST(Hub, StaleReadsMissWhatIsNew) {
  AwsWorld aws;
  aws.call("DescribeVpcs");
  aws.now += 1min;
  aws.call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}});
  aws.hub.faults().add(rules(
      R"({"rules": [{"fault": "stale", "action": "Describe*", "count": 1, "seconds": 10}]})"));
  EXPECT_EQ(elements(aws.call("DescribeVpcs").body, "vpcId").size(), 1u);
  EXPECT_EQ(elements(aws.call("DescribeVpcs").body, "vpcId").size(), 2u);
}

TEST(Hub, CapacityQuotaAndEmptyPages) {
  AwsWorld aws;
  const auto image = aws.call("DescribeImages").get("imageId");
  const testing::Form run = {
      {"ImageId", image}, {"InstanceType", "t3.micro"}, {"MinCount", "1"}, {"MaxCount", "1"}};
  aws.hub.faults().add(
      rules(R"({"rules": [{"fault": "capacity", "action": "RunInstances", "count": 1},
                          {"fault": "quota", "action": "RunInstances", "count": 1},
                          {"fault": "empty-page", "action": "DescribeInstances", "count": 1}]})"));
  const auto full = aws.call("RunInstances", run);
  EXPECT_EQ(full.status, 500);
  EXPECT_EQ(full.code(), "InsufficientInstanceCapacity");
  EXPECT_EQ(aws.call("RunInstances", run).code(), "VcpuLimitExceeded");
  EXPECT_EQ(aws.call("RunInstances", run).status, 200);
  const auto empty = aws.call("DescribeInstances", {{"MaxResults", "5"}});
  EXPECT_TRUE(elements(empty.body, "instanceId").empty());
  ASSERT_FALSE(empty.get("nextToken").empty());
  const auto rest =
      aws.call("DescribeInstances", {{"MaxResults", "5"}, {"NextToken", empty.get("nextToken")}});
  EXPECT_EQ(elements(rest.body, "instanceId").size(), 1u);
}

TEST(Hub, FailedBootEndsTerminatedWithItsReason) {
  AwsWorld aws;
  aws.hub.faults().add(rules(R"({"rules": [{"fault": "fail-boot", "count": 1}]})"));
  const auto ids = aws.run(1);
  const auto shown = aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}});
  EXPECT_THAT(shown.body, ::testing::HasSubstr("<code>Server.InternalError</code>"));
}

TEST(Hub, VisibilityLagHidesWhatIsNew) {
  WorldOptions options;
  options.latency.lag = {4s, 4s};
  AwsWorld aws(options);
  const auto ids = aws.run(1);
  EXPECT_EQ(aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}}).code(),
            "InvalidInstanceID.NotFound");
  aws.now += 5s;
  EXPECT_EQ(aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}}).status, 200);
}

TEST(Hub, BootsAndCallsTakeTimeDividedBySpeed) {
  WorldOptions options;
  options.latency = Latency::typical();
  options.latency.lag = {};
  options.speed = 10;
  AwsWorld aws(options);
  const auto ids = aws.run(1);
  auto shown = aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}});
  EXPECT_THAT(shown.body, ::testing::HasSubstr("<name>pending</name>"));
  EXPECT_GE(shown.reply.delay, 8ms);
  EXPECT_LE(shown.reply.delay, 40ms);
  aws.now += 6s;
  shown = aws.call("DescribeInstances", {{"InstanceId.1", ids[0]}});
  EXPECT_THAT(shown.body, ::testing::HasSubstr("<name>running</name>"));
}

TEST(Hub, RealLimitsThrottleAndRefill) {
  WorldOptions options;
  options.has_real_limits = true;
  AwsWorld aws(options);
  int throttled = 0;
  for (int i = 0; i < 8; ++i) {
    throttled += aws.call("RunInstances", {{"ImageId", "ami-0"}}).code() == "RequestLimitExceeded";
  }
  EXPECT_EQ(throttled, 3);  // a bucket of 5
  aws.now += 1s;
  EXPECT_NE(aws.call("RunInstances", {{"ImageId", "ami-0"}}).code(), "RequestLimitExceeded");
  EXPECT_EQ(aws.run(3).size(), 0u);  // 6 vCPUs, the quota is 5
}

TEST(Admin, ShowsTheTruthAndWhatWasServed) {
  AwsWorld aws;
  const auto ids = aws.run(2, {{"TagSpecification.1.ResourceType", "instance"},
                               {"TagSpecification.1.Tag.1.Key", "ccloud-project"},
                               {"TagSpecification.1.Tag.1.Value", "demo"}});
  const auto get = [&](const std::string& target) {
    const auto response = serve_admin(aws.hub, {.method = "GET", .url = target});
    auto document = json::parse(response.body);
    EXPECT_TRUE(document.has_value());
    return std::move(*document);
  };
  const auto tagged = get("/_sim/resources?tag:ccloud-project=demo");
  EXPECT_EQ(tagged.root().get("count").int_or(0), 2);
  EXPECT_EQ(tagged.root().get("resources").at(0).get("state").string_or(), "running");
  EXPECT_EQ(get("/_sim/resources").root().get("count").int_or(0), 6);  // disks and interfaces, too
  EXPECT_EQ(get("/_sim/calls").root().get("counts").get("aws").get("RunInstances").int_or(0), 1);
  serve_admin(aws.hub, {.method = "POST", .url = "/_sim/machines/" + ids[0] + "/kill"});
  EXPECT_EQ(get("/_sim/resources?type=instance").root().get("count").int_or(0), 1);
  serve_admin(aws.hub, {.method = "POST", .url = "/_sim/reset"});
  EXPECT_EQ(get("/_sim/resources").root().get("count").int_or(-1), 0);
}

TEST(Admin, EveryCloudSaysWhatItOffers) {
  AwsWorld aws;
  const auto response = serve_admin(aws.hub, {.method = "GET", .url = "/_sim/operations"});
  const auto document = json::parse(response.body);
  ASSERT_TRUE(document.has_value());
  std::map<std::string, int> offered;
  for (const auto& one : document->root().get("operations").items()) {
    EXPECT_FALSE(one.get("service").string_or().empty());
    EXPECT_FALSE(one.get("name").string_or().empty());
    ++offered[one.get("cloud").string_or()];
  }
  EXPECT_EQ(offered.size(), aws.hub.fronts().size());
  for (const auto& [cloud, count] : offered) EXPECT_GT(count, 20) << cloud;
}

TEST(Permissions, AreEverythingUntilTheyAreListed) {
  Permissions permissions;
  EXPECT_FALSE(permissions.missing("azure", {"A/b/write"}).has_value());
  permissions.limit("azure", {"A/*/read", "A/b/Write"});
  EXPECT_FALSE(permissions.missing("azure", {"a/b/write", "A/c/read"}).has_value());
  EXPECT_EQ(permissions.missing("azure", {"A/c/read", "A/c/write"}), "A/c/write");
  EXPECT_FALSE(permissions.missing("gcp", {"anything"}).has_value());
  EXPECT_THAT(permissions.unused("azure"), ::testing::IsEmpty());
  permissions.limit("azure", {"A/*/read", "B/c/write"});
  permissions.missing("azure", {"A/b/read"});
  EXPECT_THAT(permissions.unused("azure"), ::testing::ElementsAre("B/c/write"));
  permissions.lift();
  EXPECT_FALSE(permissions.missing("azure", {"A/c/write"}).has_value());
}

TEST(Faults, RefuseWhatTheyDoNotKnow) {
  EXPECT_FALSE(Faults::parse("{").has_value());
  EXPECT_FALSE(Faults::parse(R"({"rules": [{"fault": "gremlin"}]})").has_value());
  EXPECT_FALSE(Faults::parse(R"({"rules": [{"fault": "error", "acton": "x"}]})").has_value());
  EXPECT_FALSE(Faults::parse(R"({"rules": [{"fault": "error", "probability": 2}]})").has_value());
  EXPECT_FALSE(Faults::parse(R"({"rules": [{"fault": "error", "zone": "a"}]})").has_value());
}

TEST(Faults, AZoneMayBeFullWhileOthersAreNot) {
  const http::Request request;
  const CallInfo info;
  Call call{.request = request, .info = info};
  EXPECT_FALSE(call.is_full("us-east-1a"));
  call.no_capacity = "us-east-1a";
  EXPECT_TRUE(call.is_full("us-east-1a"));
  EXPECT_FALSE(call.is_full("us-east-1b"));
  call.no_capacity = "*";
  EXPECT_TRUE(call.is_full("us-east-1b"));
}

}  // namespace
}  // namespace ccloud::sim
