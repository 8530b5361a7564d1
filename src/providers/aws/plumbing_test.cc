// A network that looks whole is never looked at again, so the mark of it comes last.
#include "providers/aws/plumbing.h"

#include <set>

#include <gtest/gtest.h>

#include "cloud/marks.h"
#include "cloud/testing/fake_http.h"

namespace ccloud::aws {
namespace {

struct PlumbingTest : ::testing::Test {
  cloud::testing::FakeHost fake;
  std::multiset<std::string> actions;
  std::string refused;  ///< an action
  std::unique_ptr<Api> api;

  void SetUp() override {
    fake.environment = {{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}};
    fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      std::string action;
      for (const auto& [key, value] : http::decode_query(request.body)) {
        if (key == "Action") action = value;
      }
      actions.insert(action);
      if (action == refused) {
        return http::Response{.status = 403,
                              .body =
                                  "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"
                                  "<Message>m</Message></Error></Errors></Response>"};
      }
      if (action == "DescribeRouteTables") {
        return http::Response{
            .body =
                "<R><routeTableSet><item><routeTableId>rtb-1</routeTableId></item>"
                "</routeTableSet></R>"};
      }
      if (action == "CreateInternetGateway") {
        return http::Response{.body =
                                  "<R><internetGateway><internetGatewayId>igw-1"
                                  "</internetGatewayId></internetGateway></R>"};
      }
      return http::Response{.body = "<R/>"};
    };
    api = std::make_unique<Api>(fake.host(), cloud::ProviderSettings{.name = "aws"});
  }

  Result<void> ensure() {
    const cloud::NetworkSpec spec{.name = "default",
                                  .region = "us-east-1",
                                  .labels = {{std::string(cloud::mark_project), "p"}}};
    return fake.loop.run(ensure_plumbing(Context(fake.loop), *api, spec, "vpc-1", Loose::left));
  }
};

TEST_F(PlumbingTest, NamesAGatewayAndTheWayToIt) {
  ASSERT_TRUE(ensure());
  for (const auto* action :
       {"ModifyVpcAttribute", "CreateInternetGateway", "AttachInternetGateway", "CreateRoute"}) {
    EXPECT_EQ(actions.count(action), 1U) << action;
  }
}

TEST_F(PlumbingTest, WithoutNamesThereIsNoWayOutThatWouldLookWhole) {
  refused = "ModifyVpcAttribute";
  const auto done = ensure();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(actions.count("AttachInternetGateway"), 1U);
  EXPECT_EQ(actions.count("CreateRoute"), 0U);
}

}  // namespace
}  // namespace ccloud::aws
