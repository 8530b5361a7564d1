// The simulated Alibaba Cloud, without sockets; requests are signed here by the older signature.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "sim/alibaba/signature.h"
#include "sim/hub.h"

namespace ccloud::sim::alibaba {
namespace {

using Params = std::map<std::string, std::string>;

struct Said {
  int status = 0;
  json::Document body;
  json::Value get(std::string_view name) const { return body.root().get(name); }
  std::string text(std::string_view name) const { return get(name).string_or(); }
};

constexpr const char* ecs = "2014-05-26";
constexpr const char* vpc = "2016-04-28";

class AlibabaFrontTest : public testing::Test {
 protected:
  AlibabaFrontTest()
      : world({.master_secret = "a secret of this test"}, [this] { return now; }), hub(world) {
    login = login_of(world);
    for (const auto& front : hub.fronts()) {
      if (front->cloud() == "alibaba") alibaba = front.get();
    }
  }

  Said ask(const char* version, const std::string& action, Params params) {
    params.merge(Params{{"Action", action},
                        {"Version", version},
                        {"AccessKeyId", login.key_id},
                        {"SignatureMethod", "HMAC-SHA1"},
                        {"SignatureVersion", "1.0"},
                        {"SignatureNonce", std::to_string(++nonce)},
                        {"Timestamp", format_time(now)}});
    const auto query = http::encode_query({params.begin(), params.end()});
    const auto signature =
        base64(hmac_sha1(login.secret + "&", "GET&%2F&" + percent_encode(query)));
    const http::Request request{.method = "GET",
                                .url = "/?" + query + "&Signature=" + percent_encode(signature)};
    auto response = hub.serve(*alibaba, request).response;
    return {response.status, std::move(*json::parse(response.body))};
  }

  Said here(const char* version, const std::string& action, Params params = {}) {
    params.emplace("RegionId", "cn-hongkong");
    return ask(version, action, std::move(params));
  }

  /// A network with a group, and the order of an instance in it.
  Params order() {
    const auto network = here(vpc, "CreateVpc", {{"CidrBlock", "10.9.0.0/16"}}).text("VpcId");
    const auto subnet =
        here(vpc, "CreateVSwitch",
             {{"VpcId", network}, {"ZoneId", "cn-hongkong-b"}, {"CidrBlock", "10.9.0.0/24"}})
            .text("VSwitchId");
    const auto group =
        here(ecs, "CreateSecurityGroup", {{"VpcId", network}}).text("SecurityGroupId");
    return {{"ImageId", "debian_12_11_x64_20G_alibase_20260615.vhd"},
            {"InstanceType", "ecs.g7.large"},
            {"VSwitchId", subnet},
            {"SecurityGroupIds.1", group}};
  }

  std::vector<std::string> run(int amount) {
    auto params = order();
    params["Amount"] = std::to_string(amount);
    const auto made = here(ecs, "RunInstances", std::move(params));
    std::vector<std::string> ids;
    for (const auto& id : made.get("InstanceIdSets").get("InstanceIdSet").items())
      ids.push_back(id.string_or());
    return ids;
  }

  Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  World world;
  Hub hub;
  Front* alibaba = nullptr;
  Login login;
  int nonce = 0;
};

TEST_F(AlibabaFrontTest, AnInstanceSaysItsRegion) {
  const auto ids = run(1);
  ASSERT_EQ(ids.size(), 1U);
  EXPECT_EQ(ask(ecs, "StopInstance", {{"InstanceId", ids[0]}}).status, 200);
  EXPECT_EQ(ask(ecs, "StopInstance", {{"InstanceId", "i-none"}}).text("Code"),
            "InvalidInstanceId.NotFound");
  EXPECT_EQ(ask(ecs, "DescribeInstances", {}).text("Code"), "MissingParameter.RegionId");
  EXPECT_EQ(ask(ecs, "DescribeRegions", {}).status, 200);
}

TEST_F(AlibabaFrontTest, TheVersionSaysWhoseCallItIs) {
  const auto id = here(vpc, "CreateVpc", {}).text("VpcId");
  const Params tag = {
      {"ResourceType", "VPC"}, {"ResourceId.1", id}, {"Tag.1.Key", "a"}, {"Tag.1.Value", "1"}};
  EXPECT_EQ(here(ecs, "TagResources", tag).text("Code"), "InvalidResourceType.NotFound");
  EXPECT_EQ(here(vpc, "TagResources", tag).status, 200);
  EXPECT_EQ(here(ecs, "CreateVpc").text("Code"), "InvalidAction.NotFound");
  EXPECT_EQ(here("2000-01-01", "CreateVpc").text("Code"), "InvalidVersion");
}

TEST_F(AlibabaFrontTest, PagesGoByTokenOrByNumber) {
  ASSERT_EQ(run(25).size(), 25U);
  const auto count = [](const Said& said) {
    return said.get("Instances").get("Instance").items().size();
  };
  const auto first = here(ecs, "DescribeInstances", {{"MaxResults", "2"}});
  EXPECT_EQ(count(first), 10U);  // less than ten counts as ten
  const auto rest = here(ecs, "DescribeInstances",
                         {{"MaxResults", "20"}, {"NextToken", first.text("NextToken")}});
  EXPECT_EQ(count(rest), 15U);
  EXPECT_EQ(rest.text("NextToken"), "");
  const auto third = here(ecs, "DescribeInstances", {{"PageNumber", "3"}, {"PageSize", "12"}});
  EXPECT_EQ(count(third), 1U);
  EXPECT_EQ(third.get("TotalCount").int_or(0), 25);
  EXPECT_FALSE(here(vpc, "DescribeVpcs").get("NextToken").is_string());
}

TEST_F(AlibabaFrontTest, ManyAtOnceEachHaveTheirAnswer) {
  const auto ids = run(2);
  const auto said =
      here(ecs, "StopInstances",
           {{"InstanceId.1", ids[0]}, {"InstanceId.2", "i-none"}, {"InstanceId.3", ids[1]}});
  EXPECT_EQ(said.status, 200);
  const auto answers = said.get("InstanceResponses").get("InstanceResponse").items();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].get("Code").string_or(), "200");
  EXPECT_EQ(answers[1].get("Code").string_or(), "InvalidInstanceId.NotFound");
  EXPECT_EQ(answers[2].get("PreviousStatus").string_or(), "Running");
}

TEST_F(AlibabaFrontTest, ARoleIsRefusedInsideOfASuccess) {
  const auto ids = run(1);
  const auto change = [&](const std::string& verb, const std::string& role) {
    const auto said = here(ecs, verb + "InstanceRamRole",
                           {{"InstanceIds", "[\"" + ids[0] + "\"]"}, {"RamRoleName", role}});
    EXPECT_EQ(said.status, 200);
    return said.get("FailCount").int_or(-1);
  };
  EXPECT_EQ(change("Attach", "one"), 0);
  EXPECT_EQ(change("Attach", "two"), 1);
  EXPECT_EQ(change("Detach", "one"), 0);
  EXPECT_EQ(change("Attach", "two"), 0);
}

TEST_F(AlibabaFrontTest, WhatFailsToBootIsGoneAndHoldsNothing) {
  hub.faults().add(*Faults::parse(R"({"rules": [{"fault": "fail-boot"}]})"));
  auto params = order();
  params["Amount"] = "1";
  ASSERT_EQ(here(ecs, "RunInstances", params).status, 200);
  const Params group = {{"SecurityGroupId", params.at("SecurityGroupIds.1")}};
  now += std::chrono::minutes(5);
  EXPECT_EQ(here(ecs, "DescribeInstances").get("TotalCount").int_or(-1), 0);
  EXPECT_EQ(here(ecs, "DeleteSecurityGroup", group).status, 200);
  EXPECT_EQ(here(vpc, "DeleteVSwitch", {{"VSwitchId", params.at("VSwitchId")}}).status, 200);
}

TEST_F(AlibabaFrontTest, WhatIsWrongWithAnOrderIsSaid) {
  const auto good = order();
  const auto refused = [&](const std::string& name, const std::string& value) {
    auto params = good;
    params[name] = value;
    return here(ecs, "RunInstances", std::move(params)).text("Code");
  };
  EXPECT_EQ(refused("InstanceType", ""), "MissingParameter");
  EXPECT_EQ(refused("SystemDisk.Size", "5"), "InvalidSystemDiskSize.LessThanImageSize");
  EXPECT_EQ(refused("HostName", "a_b"), "InvalidHostName.Malformed");
  EXPECT_EQ(refused("Tag.1.Key", "acs:x"), "InvalidTagKey.Malformed");
  EXPECT_EQ(refused("DryRun", "true"), "DryRunOperation");
}

}  // namespace
}  // namespace ccloud::sim::alibaba
