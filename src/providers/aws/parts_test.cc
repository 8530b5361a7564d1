// The pure parts: errors, endpoints, rules, elections, readers, forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "providers/aws/endpoints.h"
#include "providers/aws/errors.h"
#include "providers/aws/firewalls.h"
#include "providers/aws/networks.h"
#include "providers/aws/nodes.h"

namespace ccloud::aws {
namespace {

using cloud::Hint;
using ::testing::HasSubstr;
using ::testing::Not;

http::Response ec2_error(int status, const std::string& code, const std::string& message = "m") {
  return {.status = status,
          .body = "<Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
                  "</Message></Error></Errors><RequestID>req-1</RequestID></Response>"};
}

cloud::Failure failure(const http::Response& response) {
  return classify(response, "ec2:RunInstances").value_or(cloud::Failure{});
}

TEST(Errors, CodesBecomeOurs) {
  struct Row {
    int status;
    const char* code;
    ErrorCode meaning;
    bool retryable;
  };
  for (const Row& row : std::initializer_list<Row>{
           {503, "RequestLimitExceeded", ErrorCode::rate_limited, true},
           {500, "InsufficientInstanceCapacity", ErrorCode::capacity, false},
           {400, "VcpuLimitExceeded", ErrorCode::quota_exceeded, false},
           {400, "SomethingNewLimitExceeded", ErrorCode::quota_exceeded, false},
           {400, "InvalidInstanceID.NotFound", ErrorCode::not_found, false},
           {400, "InvalidGroup.Duplicate", ErrorCode::already_exists, false},
           {400, "InvalidParameterValue", ErrorCode::invalid_argument, false},
           {400, "DependencyViolation", ErrorCode::conflict, false},
           {401, "AuthFailure", ErrorCode::unauthenticated, false},
           {403, "UnauthorizedOperation", ErrorCode::permission_denied, false},
           {500, "InternalError", ErrorCode::unavailable, true},
           {400, "WhoKnows", ErrorCode::invalid_argument, false},
           {500, "WhoKnows", ErrorCode::unavailable, true}}) {
    const auto found = failure(ec2_error(row.status, row.code)).error;
    EXPECT_EQ(found.code, row.meaning) << row.code;
    EXPECT_EQ(found.retryable, row.retryable) << row.code;
    EXPECT_EQ(found.raw_code, row.code);
    EXPECT_EQ(found.request_id, "req-1");
  }
  EXPECT_FALSE(classify({.status = 200}, "x").has_value());
}

TEST(Errors, OnlyLateFailuresAreAmbiguous) {
  EXPECT_TRUE(failure(ec2_error(500, "InternalError")).error.ambiguous);
  EXPECT_FALSE(failure(ec2_error(503, "RequestLimitExceeded")).error.ambiguous);
  EXPECT_FALSE(failure(ec2_error(500, "InsufficientInstanceCapacity")).error.ambiguous);
  EXPECT_TRUE(failure({.status = 502, .body = "<html>"}).error.ambiguous);
}

TEST(Errors, HintsAndRemedies) {
  EXPECT_EQ(failure(ec2_error(400, "ExpiredToken")).hint, Hint::renew_credentials);
  EXPECT_EQ(failure(ec2_error(400, "RequestExpired")).hint, Hint::clock_or_credentials);
  const auto refused = failure(
      ec2_error(403, "UnauthorizedOperation",
                "You are not authorized to perform this operation. Encoded authorization failure "
                "message: AbCdEf"));
  EXPECT_THAT(refused.error.remedy, HasSubstr("ec2:RunInstances"));
  EXPECT_THAT(refused.error.message, Not(HasSubstr("AbCdEf")));
  EXPECT_THAT(failure(ec2_error(400, "VcpuLimitExceeded")).error.remedy, HasSubstr("L-1216C47A"));
}

TEST(Errors, OtherServicesForms) {
  const auto sts = failure({.status = 403,
                            .body = "<ErrorResponse><Error><Type>Sender</Type><Code>"
                                    "InvalidClientTokenId</Code><Message>bad</Message></Error>"
                                    "<RequestId>r2</RequestId></ErrorResponse>"});
  EXPECT_EQ(sts.error.code, ErrorCode::unauthenticated);
  EXPECT_EQ(sts.error.request_id, "r2");
  const auto ssm = failure({.status = 400,
                            .headers = {{"x-amzn-RequestId", "r3"}},
                            .body = R"({"__type":"com.x#ParameterNotFound","message":"gone"})"});
  EXPECT_EQ(ssm.error.code, ErrorCode::not_found);
  EXPECT_EQ(ssm.error.message, "gone");
  EXPECT_EQ(ssm.error.request_id, "r3");
}

TEST(Errors, StateReasons) {
  EXPECT_EQ(error_of_code("Server.InsufficientInstanceCapacity", "", "x").code,
            ErrorCode::capacity);
  EXPECT_EQ(error_of_code("Client.VolumeLimitExceeded", "", "x").code, ErrorCode::quota_exceeded);
}

TEST(Endpoints, PartitionsAndOverrides) {
  std::map<std::string, std::string> variables;
  const Env env = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_EQ(endpoint_url(Service::ec2, "eu-west-1", "", "", env),
            "https://ec2.eu-west-1.amazonaws.com");
  EXPECT_EQ(endpoint_url(Service::ec2, "cn-north-1", "", "", env),
            "https://ec2.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(partition_of("us-gov-west-1").name, "aws-us-gov");
  EXPECT_EQ(partition_of("us-east-1").name, "aws");
  variables = {{"AWS_ENDPOINT_URL", "http://127.0.0.1:1/"},
               {"AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:2"}};
  EXPECT_EQ(endpoint_url(Service::ec2, "r", "", "", env), "http://127.0.0.1:2");
  EXPECT_EQ(endpoint_url(Service::sts, "r", "", "", env), "http://127.0.0.1:1");
  EXPECT_EQ(endpoint_url(Service::sts, "r", "http://c", "", env), "http://c");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(endpoint_url(Service::sts, "us-east-1", "", "http://p", env),
            "https://sts.us-east-1.amazonaws.com");
}

TEST(Rules, DiffIsExact) {
  const Permission ssh{.protocol = "tcp", .from_port = 22, .to_port = 22, .value = "10.0.0.0/8"};
  const Permission web{.protocol = "tcp", .from_port = 80, .to_port = 80, .value = "0.0.0.0/0"};
  Permission web6 = web;
  web6.peer = Permission::Peer::cidr6;
  const auto diff = diff_permissions({ssh, web6}, {ssh, web});
  EXPECT_THAT(diff.missing, ::testing::ElementsAre(web));
  EXPECT_THAT(diff.extra, ::testing::ElementsAre(web6));
}

TEST(Rules, WhatHasNoWordOfOursShowsAsUnwanted) {
  const Group group{.id = "sg-1",
                    .name = "ccloud-p-web",
                    .labels = {{"ccloud-firewall", "web"}},
                    .permissions = {{.protocol = "-1", .value = "0.0.0.0/0"},
                                    {.protocol = "tcp",
                                     .from_port = 1,
                                     .to_port = 2,
                                     .peer = Permission::Peer::group,
                                     .value = "sg-1"}}};
  const auto firewall = to_firewall(group, std::vector<Group>{group}, "r");
  EXPECT_EQ(firewall.name, "web");
  ASSERT_EQ(firewall.rules.size(), 2U);
  EXPECT_EQ(firewall.rules[0].to_port, 65535);
  EXPECT_EQ(firewall.rules[1].group, "web");
}

TEST(Networks, EveryoneElectsTheSame) {
  EXPECT_EQ(elect({{.id = "b"}, {.id = "a"}}), 1U);
  EXPECT_EQ(elect({{.id = "a"}, {.id = "b", .has_subnets = true}}), 1U);
  EXPECT_EQ(elect({{.id = "a", .has_subnets = true}, {.id = "b", .has_nodes = true}}), 1U);
}

TEST(Networks, ZonesHaveFixedPlaces) {
  EXPECT_EQ(zone_index("us-east-1a"), 0U);
  EXPECT_EQ(zone_index("us-east-1f"), 5U);
  EXPECT_EQ(zone_index("us-east-1z"), std::nullopt);
}

Node first_instance(const Xml& xml) {
  return xml.root().items("reservationSet").at(0).items("instancesSet").at(0);
}

TEST(Readers, AnInstanceThatDiedAtBirthIsAnError) {
  const auto text = [](const std::string& code) {
    return "<R><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>"
           "<instanceState><code>48</code></instanceState><stateReason><code>" +
           code +
           "</code><message>why</message></stateReason><amiLaunchIndex>1</amiLaunchIndex>"
           "<launchTime>2026-01-02T03:04:05.000Z</launchTime>"
           "<tagSet><item><key>ccloud-node</key><value>web-us-1_4</value></item></tagSet>"
           "</item></instancesSet></item></reservationSet></R>";
  };
  const auto dead = Xml::parse(text("Server.InsufficientInstanceCapacity"));
  const auto instance = read_instance(first_instance(*dead), "r");
  EXPECT_EQ(instance.state, cloud::NodeState::error);
  EXPECT_EQ(instance.state_reason, "Server.InsufficientInstanceCapacity: why");
  EXPECT_EQ(instance.name, "web-us-4");
  EXPECT_EQ(instance.created, "2026-01-02T03:04:05Z");
  const auto ended = Xml::parse(text("Client.UserInitiatedShutdown"));
  EXPECT_EQ(read_instance(first_instance(*ended), "r").state, cloud::NodeState::terminated);
}

TEST(Forms, RunInstancesIsAPureFunctionOfWhatIsAsked) {
  const cloud::NodeBatch batch{.project = "p",
                               .region = "us-east-1",
                               .zone = "us-east-1a",
                               .type = "t3.micro",
                               .image = {.id = "ami-1", .root_device = "/dev/xvda"},
                               .disk = {.gib = 40, .type = "ssd"},
                               .network = {.subnets = {{.id = "subnet-b", .zone = "us-east-1b"},
                                                       {.id = "subnet-a", .zone = "us-east-1a"}}},
                               .firewall_ids = {"sg-1"},
                               .identity = "gw-node",
                               .user_data = "#!/bin/sh\n",
                               .labels = {{"ccloud-project", "p"}}};
  const std::string body = run_instances_form(batch, {"w-u-1", "w-u-2"}, "tok").body("v");
  EXPECT_EQ(body, run_instances_form(batch, {"w-u-1", "w-u-2"}, "tok").body("v"));
  for (const auto* part :
       {"MinCount=1&MaxCount=2&ClientToken=tok", "NetworkInterface.1.SubnetId=subnet-a",
        "NetworkInterface.1.SecurityGroupId.1=sg-1", "BlockDeviceMapping.1.Ebs.VolumeSize=40",
        "BlockDeviceMapping.1.Ebs.VolumeType=gp3", "IamInstanceProfile.Name=gw-node",
        "MetadataOptions.HttpTokens=required", "UserData=IyEvYmluL3NoCg%3D%3D",
        "TagSpecification.3.Tag.1.Value=w-u-1_2"}) {
    EXPECT_THAT(body, HasSubstr(part));
  }
  EXPECT_THAT(body, Not(HasSubstr("Key=Name")));
}

}  // namespace
}  // namespace ccloud::aws
