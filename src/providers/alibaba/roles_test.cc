// RAM roles over a scripted cloud: the lists of instances do not name them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/testing/fake_http.h"
#include "providers/alibaba/provider.h"

namespace ccloud::alibaba {
namespace {

using cloud::testing::FakeHost;
using ::testing::ElementsAre;

struct Roles {
  FakeHost fake;
  std::string role;  ///< that i-1 has
  bool refuses = false;
  std::vector<std::string> changes;

  Roles() {
    fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "i"},
                        {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}};
    fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      return http::Response{.status = 200, .headers = {}, .body = answer(request)};
    };
  }

  std::string answer(const http::Request& request) {
    const auto action = std::string(http::find_header(request.headers, "x-acs-action"));
    if (action == "DescribeInstances")
      return R"({"NextToken":"","Instances":{"Instance":[{"InstanceId":"i-1","Status":"Running"}]}})";
    if (action == "DescribeInstanceRamRole")
      return R"({"InstanceRamRoleSets":{"InstanceRamRoleSet":[{"InstanceId":"i-1","RamRoleName":")" +
             role + R"("}]}})";
    if (!action.ends_with("InstanceRamRole")) return "{}";
    const auto url = http::parse_url(request.url);
    for (const auto& [key, value] : http::decode_query(url->query)) {
      if (key == "RamRoleName") changes.push_back(action + " " + value);
    }
    const std::string code = refuses ? "InvalidRamRole.NotFound" : "200";
    return R"({"FailCount":0,")" + action.substr(0, 6) + R"(InstanceRamRoleResults":{")" +
           action.substr(0, 6) +
           R"(InstanceRamRoleResult":[{"InstanceId":"i-1","Message":"m","Code":")" + code +
           R"(","Success":)" + (refuses ? "false" : "true") + "}]}}";
  }

  Result<void> change(std::string identity) {
    auto driver = make_provider(fake.host(), {.name = "hk", .driver = "alibaba"});
    cloud::NodeUpdate update{.node = {.id = "i-1", .name = "gw-hk-1", .region = "cn-hongkong"}};
    update.identity = std::move(identity);
    return fake.loop.run((*driver)->update_node(Context(fake.loop), update));
  }
};

TEST(AlibabaRoles, AreReadWithWhatAPlanNeeds) {
  Roles cloud;
  cloud.role = "gw-node";
  auto driver = make_provider(cloud.fake.host(), {.name = "hk", .driver = "alibaba"});
  const auto found = cloud.fake.loop.run(
      (*driver)->discover(Context(cloud.fake.loop), {.project = "p", .regions = {"cn-hongkong"}}));
  ASSERT_TRUE(found.has_value()) << found.error().message;
  ASSERT_EQ(found->regions.size(), 1U);
  ASSERT_EQ(found->regions[0].nodes.size(), 1U);
  EXPECT_EQ(found->regions[0].nodes[0].identity, "gw-node");
}

TEST(AlibabaRoles, TheOldOneGoesBeforeTheNewOneComes) {
  Roles cloud;
  cloud.role = "old";
  EXPECT_TRUE(cloud.change("new").has_value());
  EXPECT_THAT(cloud.changes, ElementsAre("DetachInstanceRamRole old", "AttachInstanceRamRole new"));
}

TEST(AlibabaRoles, NoneIsOnlyDetachedAndTheSameIsLeftAlone) {
  Roles cloud;
  cloud.role = "old";
  EXPECT_TRUE(cloud.change("").has_value());
  EXPECT_TRUE(cloud.change("old").has_value());
  EXPECT_THAT(cloud.changes, ElementsAre("DetachInstanceRamRole old"));
}

TEST(AlibabaRoles, ARefusalInsideOfASuccessIsAFailure) {
  Roles cloud;
  cloud.refuses = true;
  const auto done = cloud.change("none");
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().raw_code, "InvalidRamRole.NotFound");
}

}  // namespace
}  // namespace ccloud::alibaba
