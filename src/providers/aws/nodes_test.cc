// Creating nodes against a scripted EC2: the chain of tokens, partial answers, names.
#include "providers/aws/nodes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/testing/fake_http.h"

namespace ccloud::aws {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::string field(const http::Request& request, const std::string& name) {
  for (const auto& [key, value] : http::decode_query(request.body)) {
    if (key == name) return value;
  }
  return {};
}

struct NodesTest : ::testing::Test {
  cloud::testing::FakeHost fake;
  Context ctx{fake.loop};
  std::vector<http::Request> runs;
  std::vector<http::Request> names;
  std::function<http::Response(const http::Request&)> on_run;
  std::unique_ptr<Api> api;
  cloud::NodeBatch batch{.project = "p",
                         .names = {"web-us-1", "web-us-2", "web-us-3"},
                         .region = "us-east-1",
                         .zone = "us-east-1a",
                         .type = "t3.micro",
                         .image = {.id = "ami-1"},
                         .network = {.subnets = {{.id = "subnet-1", .zone = "us-east-1a"}}},
                         .token = "t0"};

  void SetUp() override {
    fake.environment = {{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}};
    fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      const std::string action = field(request, "Action");
      if (action == "RunInstances") {
        runs.push_back(request);
        return on_run(request);
      }
      if (action == "CreateTags") names.push_back(request);
      return http::Response{.body = "<R/>"};
    };
    api = std::make_unique<Api>(fake.host(), cloud::ProviderSettings{.name = "aws"});
  }

  static std::string member(int index, const std::string& id, int state = 0) {
    return fmt::format(
        "<item><instanceId>{}</instanceId><instanceState><code>{}</code></instanceState>"
        "<amiLaunchIndex>{}</amiLaunchIndex></item>",
        id, state, index);
  }
  static http::Response reservation(const std::string& members) {
    return {.body = "<R><instancesSet>" + members + "</instancesSet></R>"};
  }
  static http::Response refusal(const std::string& code) {
    return {.status = 400,
            .body = "<Response><Errors><Error><Code>" + code +
                    "</Code><Message>m</Message></Error></Errors></Response>"};
  }

  std::vector<cloud::Created> create() {
    auto created = fake.loop.run(create_nodes(ctx, *api, batch));
    EXPECT_TRUE(created.has_value());
    return created.has_value() ? *created : std::vector<cloud::Created>();
  }
};

TEST_F(NodesTest, OneCallForAllAndThenTheirNames) {
  on_run = [](const http::Request&) {
    return reservation(member(0, "i-a") + member(1, "i-b") + member(2, "i-c"));
  };
  const auto created = create();
  ASSERT_THAT(created, SizeIs(3));
  EXPECT_EQ(created[2].name, "web-us-3");
  EXPECT_EQ(created[2].instance->id, "i-c");
  EXPECT_THAT(runs, SizeIs(1));
  ASSERT_THAT(names, SizeIs(3));
  EXPECT_THAT(names[1].body, HasSubstr("ResourceId.1=i-b"));
  EXPECT_THAT(names[1].body, HasSubstr("web-us-2"));
}

TEST_F(NodesTest, TheUsersOwnNameLabelWinsFromTheStart) {
  batch.labels = {{"Name", "mine"}};
  on_run = [](const http::Request&) {
    return reservation(member(0, "i-a") + member(1, "i-b") + member(2, "i-c"));
  };
  ASSERT_THAT(create(), SizeIs(3));
  ASSERT_THAT(names, SizeIs(3));
  EXPECT_THAT(names[0].body, HasSubstr("web-us-1"));
  EXPECT_THAT(names[0].body, Not(HasSubstr("=Name")));
  const auto single = run_instances_form(batch, {"web-us-1"}, "t").body("v");
  EXPECT_THAT(single, HasSubstr("Key=Name&TagSpecification.3.Tag.1.Value=mine"));
}

TEST_F(NodesTest, WhatDiedPassesItsNameOnWithTheNextToken) {
  on_run = [this](const http::Request&) {
    if (runs.size() == 1) {
      return reservation(member(0, "i-a") + member(1, "i-dead", 48) + member(2, "i-c"));
    }
    return reservation(member(0, "i-new"));
  };
  const auto created = create();
  ASSERT_THAT(created, SizeIs(3));
  EXPECT_EQ(created[1].instance->id, "i-new");
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_NE(field(runs[0], "ClientToken"), field(runs[1], "ClientToken"));
  EXPECT_EQ(field(runs[1], "MaxCount"), "1");
}

TEST_F(NodesTest, WhatCannotBeHadIsReportedByName) {
  on_run = [this](const http::Request&) {
    return runs.size() == 1 ? reservation(member(0, "i-a"))
                            : refusal("InsufficientInstanceCapacity");
  };
  const auto created = create();
  ASSERT_THAT(created, SizeIs(3));
  EXPECT_TRUE(created[0].instance.has_value());
  ASSERT_FALSE(created[2].instance.has_value());
  EXPECT_EQ(created[2].instance.error().code, ErrorCode::capacity);
  EXPECT_THAT(created[2].instance.error().message, HasSubstr("creating 2 nodes"));
  EXPECT_EQ(created[2].instance.error().provider, "aws");
}

TEST_F(NodesTest, TheSameTokenWithAnotherBodyFindsWhatIsThere) {
  fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
    if (field(request, "Action") == "RunInstances") {
      runs.push_back(request);
      return refusal("IdempotentParameterMismatch");
    }
    if (field(request, "Action") == "DescribeInstances") {
      EXPECT_EQ(field(request, "Filter.1.Name"), "client-token");
      EXPECT_EQ(field(request, "Filter.1.Value.1"), field(runs[0], "ClientToken"));
      return http::Response{.body = "<R><reservationSet><item><instancesSet>" + member(0, "i-a") +
                                    member(1, "i-b") + member(2, "i-c") +
                                    "</instancesSet></item></reservationSet></R>"};
    }
    return http::Response{.body = "<R/>"};
  };
  EXPECT_EQ(create().at(1).instance->id, "i-b");
}

TEST_F(NodesTest, LongNamesAreSplitOverCalls) {
  batch.names.clear();
  for (int i = 1; i <= 250; ++i) batch.names.push_back(fmt::format("web-us-{}", i));
  on_run = [](const http::Request& request) {
    std::string members;
    for (int i = 0; i < std::stoi(field(request, "MaxCount")); ++i) {
      members += member(i, fmt::format("i-{}-{}", field(request, "ClientToken"), i));
    }
    return reservation(members);
  };
  EXPECT_THAT(create(), SizeIs(250));
  EXPECT_GT(runs.size(), 2U);
  EXPECT_LT(runs.size(), 6U);
}

TEST_F(NodesTest, TerminatingForgetsWhatWasDeadAlready) {
  std::vector<std::string> actions;
  fake.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    actions.push_back(field(request, "Action"));
    return http::Response{.body =
                              "<R><instancesSet><item><instanceId>i-1</instanceId><previousState>"
                              "<name>terminated</name></previousState></item></instancesSet></R>"};
  };
  const auto gone = fake.loop.run(
      delete_nodes(ctx, *api, {{.id = "i-1", .name = "web-us-1", .region = "us-east-1"}}));
  ASSERT_TRUE(gone.has_value());
  EXPECT_TRUE(gone->front().result.has_value());
  EXPECT_THAT(actions, ::testing::ElementsAre("TerminateInstances", "DeleteTags"));
}

}  // namespace
}  // namespace ccloud::aws
