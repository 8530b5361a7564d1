// The AWS front under a policy: what is refused, in whose words, and what a call takes besides its
// name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/testing/aws_world.h"

namespace ccloud::sim {
namespace {

using testing::AwsWorld;
using testing::Form;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AwsPermissions : public ::testing::Test {
 protected:
  void permit(const std::vector<std::string>& actions) {
    aws.world.permissions().limit("aws", actions);
  }

  AwsWorld aws;
};

TEST_F(AwsPermissions, WhatNoPolicyAllowsIsRefusedByItsName) {
  permit({"ec2:Describe*"});
  EXPECT_EQ(aws.call("DescribeVpcs").status, 200);
  const auto denied = aws.call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}});
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "UnauthorizedOperation");
  EXPECT_THAT(denied.get("Message"), HasSubstr("not authorized to perform: ec2:CreateVpc because"));
  EXPECT_EQ(aws.call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}, {"DryRun", "true"}}).code(),
            "UnauthorizedOperation");
}

TEST_F(AwsPermissions, TagsInACreateTakeOneMore) {
  const Form tagged = {{"CidrBlock", "10.0.0.0/16"},
                       {"TagSpecification.1.ResourceType", "vpc"},
                       {"TagSpecification.1.Tag.1.Key", "team"},
                       {"TagSpecification.1.Tag.1.Value", "a"}};
  permit({"ec2:CreateVpc"});
  EXPECT_EQ(aws.call("CreateVpc", {{"CidrBlock", "10.1.0.0/16"}}).status, 200);
  EXPECT_THAT(aws.call("CreateVpc", tagged).get("Message"), HasSubstr("ec2:CreateTags"));
  permit({"ec2:CreateVpc", "ec2:CreateTags"});
  EXPECT_EQ(aws.call("CreateVpc", tagged).status, 200);
  EXPECT_THAT(aws.world.permissions().unused("aws"), IsEmpty());
}

TEST_F(AwsPermissions, ARoleIsHandedOnByWhoMayPassIt) {
  const auto node = aws.run(1).at(0);
  const Form form = {{"InstanceId", node}, {"IamInstanceProfile.Name", "edge"}};
  permit({"ec2:*"});
  EXPECT_THAT(aws.call("AssociateIamInstanceProfile", form).get("Message"),
              HasSubstr("iam:PassRole"));
  permit({"ec2:*", "iam:PassRole"});
  EXPECT_EQ(aws.call("AssociateIamInstanceProfile", form).status, 200);
}

TEST_F(AwsPermissions, WhoOneIsMayBeAskedByEverybody) {
  permit({});
  auto caller = aws.caller;
  caller.service = "sts";
  EXPECT_EQ(aws.call_as(caller, "GetCallerIdentity").status, 200);
  const auto denied = aws.call_as(caller, "AssumeRole");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "AccessDenied");
}

}  // namespace
}  // namespace ccloud::sim
