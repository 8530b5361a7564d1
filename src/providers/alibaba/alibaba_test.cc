// The Alibaba driver's pure parts by the fact sheet's vectors and samples, and its calls against a
// scripted cloud.
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cloud/testing/fake_http.h"
#include "json/reader.h"
#include "providers/alibaba/credentials.h"
#include "providers/alibaba/errors.h"
#include "providers/alibaba/profiles.h"
#include "providers/alibaba/provider.h"
#include "providers/alibaba/signature.h"
#include "providers/alibaba/wire.h"

namespace ccloud::alibaba {
namespace {

using cloud::testing::FakeHost;
using testing::HasSubstr;

SignInput documented() {
  return {.host = "ecs.cn-shanghai.aliyuncs.com",
          .action = "RunInstances",
          .version = "2014-05-26",
          .date = "2023-10-26T10:22:32Z",
          .nonce = "3156853299f313e23d1673dc12e1703d",
          .query = {{"RegionId", "cn-shanghai"},
                    {"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}}};
}
const Credentials documented_key{.id = "YourAccessKeyId", .secret = "YourAccessKeySecret"};

TEST(Signature, AgreesWithTheDocumentedVector) {
  EXPECT_EQ(canonical_hash(documented(), documented_key),
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
  const auto headers = sign(documented(), documented_key);
  EXPECT_EQ(http::find_header(headers, "Authorization"),
            "ACS3-HMAC-SHA256 "
            "Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
            "x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

TEST(Signature, SignsTheSecurityTokenToo) {
  SignInput input{.host = "ecs.cn-hangzhou.aliyuncs.com",
                  .action = "DescribeInstances",
                  .version = "2014-05-26",
                  .date = "2026-01-02T03:04:05Z",
                  .nonce = "0123456789abcdef0123456789abcdef",
                  .query = {{"Tag.1.Value", "demo one"},
                            {"Tag.1.Key", "ccloud:cluster"},
                            {"RegionId", "cn-hangzhou"},
                            {"MaxResults", "100"}}};
  EXPECT_EQ(canonical_hash(input, documented_key),
            "b62fe19eda91c7c70ead0acc1bfe687066cd6ce9c0bd9630e945b9d286e7cde3");
  Credentials temporary = documented_key;
  temporary.token = "STSTOKEN";
  EXPECT_EQ(canonical_hash(input, temporary),
            "69245d338a548236b06277bc9d4822ffd512303ad0403fcd7dbf1ae62f1c4b5d");
  EXPECT_THAT(std::string(http::find_header(sign(input, temporary), "Authorization")),
              HasSubstr("bfb066c2e97f4b28d7e6e0aac6abe71be7f583736e0e0468ee337d6c3fa5e711"));
}

TEST(Credentials, ComeFromTheEnvironmentFirst) {
  FakeHost fake;
  fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "i"},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}};
  auto found = fake.loop.run(find_credentials(Context(fake.loop), fake.host(), {}, "https://sts"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->credentials.id, "i");
  EXPECT_TRUE(fake.http.requests.empty());
}

TEST(Credentials, ProfilesOfBothFilesAreRead) {
  const auto json = profile_from_json(
      R"({"current":"a","profiles":[{"name":"a","mode":"StsToken","access_key_id":"1","access_key_secret":"2","sts_token":"3"}]})",
      "");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(json->token, "3");
  const auto ini = profile_from_ini(
      "# x\n[default]\ntype = access_key\naccess_key_id = k\naccess_key_secret=v\n", "");
  ASSERT_TRUE(ini.has_value());
  EXPECT_EQ(ini->secret, "v");
  EXPECT_FALSE(profile_from_ini("[default]\n", "other").has_value());
}

struct Keys {
  FakeHost fake;

  void file(std::string_view profiles, std::string_view current) {
    fake.files["~/.aliyun/config.json"] =
        fmt::format(R"({{"current":"{}","profiles":[{}]}})", current, profiles);
    fake.environment["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
    fake.http.handler = [](const http::Request& request) -> Result<http::Response> {
      const bool is_uri = request.url.starts_with("https://keys");
      const std::string keys =
          R"({"AccessKeyId":"STS.1","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z"})";
      return http::Response{.status = 200,
                            .headers = {},
                            .body = is_uri ? keys : fmt::format(R"({{"Credentials":{}}})", keys)};
    };
  }
  Result<Found> find() {
    return fake.loop.run(find_credentials(Context(fake.loop), fake.host(), {}, "https://sts"));
  }
};

constexpr std::string_view base_profile =
    R"({"name":"base","mode":"AK","access_key_id":"i","access_key_secret":"s"})";

TEST(Profiles, ARoleMayBeAssumedWithAnotherProfilesKeys) {
  Keys keys;
  keys.fake.environment["ALIBABA_CLOUD_ROLE_SESSION_NAME"] = "me";
  keys.file(std::string(base_profile) +
                R"(,{"name":"x","mode":"ChainableRamRoleArn","source_profile":"base",)"
                R"("ram_role_arn":"acs:ram::1:role/a","external_id":"e","expired_seconds":900})",
            "x");
  const auto found = keys.find();
  ASSERT_TRUE(found.has_value()) << describe(found.error());
  EXPECT_EQ(found->credentials.token, "t");
  ASSERT_EQ(keys.fake.http.requests.size(), 1U);
  const auto& request = keys.fake.http.requests[0];
  EXPECT_THAT(request.url, HasSubstr("RoleSessionName=me"));
  EXPECT_THAT(request.url, HasSubstr("ExternalId=e"));
  EXPECT_THAT(request.url, HasSubstr("DurationSeconds=900"));
  EXPECT_THAT(std::string(http::find_header(request.headers, "Authorization")),
              HasSubstr("Credential=i,"));
}

TEST(Profiles, ThatLeadInACircleOrNowhereAreRefused) {
  Keys keys;
  keys.file(R"({"name":"a","mode":"ChainableRamRoleArn","source_profile":"b","ram_role_arn":"r"},)"
            R"({"name":"b","mode":"ChainableRamRoleArn","source_profile":"a","ram_role_arn":"r"})",
            "a");
  EXPECT_THAT(keys.find().error().message, HasSubstr("circle"));
  keys.file(R"({"name":"a","mode":"ChainableRamRoleArn","source_profile":"no","ram_role_arn":"r"})",
            "a");
  EXPECT_THAT(keys.find().error().message, HasSubstr("\"no\""));
  EXPECT_TRUE(keys.fake.http.requests.empty());
}

TEST(Profiles, ATokenFileACommandAndAUriGiveKeys) {
  Keys keys;
  keys.fake.files["/token"] = "jwt\n";
  keys.file(R"({"name":"o","mode":"OIDC","oidc_provider_arn":"p","oidc_token_file":"/token",)"
            R"("ram_role_arn":"r","ram_session_name":"s1"})",
            "o");
  EXPECT_TRUE(keys.find().has_value());
  EXPECT_THAT(keys.fake.http.requests.at(0).url, HasSubstr("OIDCToken=jwt&"));
  EXPECT_THAT(keys.fake.http.requests.at(0).url, HasSubstr("RoleSessionName=s1"));
  EXPECT_EQ(http::find_header(keys.fake.http.requests[0].headers, "Authorization"), "");

  keys.file(R"({"name":"e","mode":"External","process_command":"print-keys --for  me"})", "e");
  keys.fake.command = [](const std::vector<std::string>&) -> Result<std::string> {
    return R"({"mode":"StsToken","access_key_id":"c","access_key_secret":"s","sts_token":"u"})";
  };
  const auto printed = keys.find();
  ASSERT_TRUE(printed.has_value()) << describe(printed.error());
  EXPECT_EQ(printed->credentials.token, "u");
  EXPECT_THAT(keys.fake.commands.at(0), testing::ElementsAre("print-keys", "--for", "me"));

  keys.file(R"({"name":"u","mode":"CredentialsURI","credentials_uri":"https://keys/me"})", "u");
  const auto served = keys.find();
  ASSERT_TRUE(served.has_value());
  EXPECT_TRUE(served->expires.has_value());
}

TEST(Profiles, ALogInOfTheBrowserCountsWhileItLasts) {
  Keys keys;
  const auto profile = [](std::int64_t end) {
    return fmt::format(R"({{"name":"s","mode":"CloudSSO","access_key_id":"i",)"
                       R"("access_key_secret":"s","sts_token":"t","sts_expiration":{}}})",
                       end);
  };
  keys.file(profile(9000000000), "s");
  const auto good = keys.find();
  ASSERT_TRUE(good.has_value()) << describe(good.error());
  EXPECT_TRUE(good->expires.has_value());
  keys.file(profile(1), "s");
  EXPECT_THAT(keys.find().error().remedy, HasSubstr("aliyun"));
  keys.file(R"({"name":"s","mode":"RsaKeyPair"})", "s");
  EXPECT_THAT(keys.find().error().message, HasSubstr("not supported"));
}

TEST(Credentials, ACommandPrintsThem) {
  FakeHost fake;
  fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "other"},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "other"}};
  std::string printed =
      R"({"mode":"StsToken","access_key_id":"i","access_key_secret":"s","sts_token":"t"})";
  fake.command = [&](const std::vector<std::string>&) -> Result<std::string> { return printed; };
  cloud::ProviderSettings settings;
  settings.credentials_command = "helper --x";
  const auto find = [&] {
    return fake.loop.run(
        find_credentials(Context(fake.loop), fake.host(), settings, "https://sts"));
  };
  auto found = find();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->credentials.id + found->credentials.secret + found->credentials.token, "ist");
  EXPECT_EQ(found->source, "credentials.command");
  EXPECT_TRUE(found->expires) << "a token ends, even where it does not say when";
  EXPECT_THAT(fake.commands.at(0), testing::ElementsAre("/bin/sh", "-c", "helper --x"));

  printed = R"({"AccessKeyId":"j","AccessKeySecret":"s","SecurityToken":"t",
                "Expiration":"2027-01-01T00:00:00Z"})";
  found = find();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->credentials.id, "j");
  EXPECT_EQ(found->expires, parse_time("2027-01-01T00:00:00Z"));

  printed = R"({"mode":"AK","access_key_id":"k","access_key_secret":"s"})";
  found = find();
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->expires);

  for (const auto* nothing : {"", "{}", "no JSON", R"({"access_key_id":"k"})"}) {
    printed = nothing;
    const auto none = find();
    ASSERT_FALSE(none.has_value()) << nothing;
    EXPECT_EQ(none.error().code, ErrorCode::unauthenticated);
    EXPECT_THAT(none.error().message, HasSubstr("credentials.command"));
  }
}

TEST(Credentials, NoneIsUnauthenticatedWithARemedyWithinASecond) {
  FakeHost fake;
  fake.http.handler = [](const http::Request&) -> Result<http::Response> {
    return make_error(ErrorCode::unavailable, "no route");
  };
  auto found = fake.loop.run(find_credentials(Context(fake.loop), fake.host(), {}, "https://sts"));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(found.error().remedy, HasSubstr("ALIBABA_CLOUD_ACCESS_KEY_ID"));
}

TEST(Errors, AreJudgedByTheirCode) {
  EXPECT_EQ(code_of("Throttling.User", 400), ErrorCode::rate_limited);
  EXPECT_EQ(code_of("OperationDenied.NoStock", 403), ErrorCode::capacity);
  EXPECT_EQ(code_of("QuotaExceed.ElasticQuota", 400), ErrorCode::quota_exceeded);
  EXPECT_EQ(code_of("InvalidInstanceId.NotFound", 404), ErrorCode::not_found);
  EXPECT_EQ(code_of("InvalidAccessKeyId.NotFound", 404), ErrorCode::unauthenticated);
  EXPECT_EQ(code_of("DependencyViolation.VSwitch", 400), ErrorCode::conflict);
  EXPECT_EQ(code_of("KeyPair.AlreadyExist", 400), ErrorCode::already_exists);
  EXPECT_EQ(code_of("SomethingNew", 403), ErrorCode::permission_denied);
  EXPECT_EQ(code_of("", 502), ErrorCode::unavailable);
}

TEST(Wire, ReadsAnInstance) {
  const auto document = json::parse(
      R"({"InstanceId":"i-1","InstanceName":"x","Status":"Running","RegionId":"cn-hongkong",
    "ZoneId":"cn-hongkong-b","InstanceType":"ecs.g7.large","ImageId":"debian_12.vhd","CreationTime":"2026-01-02T03:04Z",
    "VpcAttributes":{"VpcId":"vpc-1","VSwitchId":"vsw-1","PrivateIpAddress":{"IpAddress":["10.0.0.4"]}},
    "PublicIpAddress":{"IpAddress":[]},"EipAddress":{"IpAddress":"203.0.113.9"},
    "SecurityGroupIds":{"SecurityGroupId":["sg-1"]},
    "Tags":{"Tag":[{"TagKey":"ccloud-node","TagValue":"gw-hk-1"},{"TagKey":"ccloud-cluster","TagValue":"gw"}]}})");
  const auto one = read_instance(document->root());
  EXPECT_EQ(one.name, "gw-hk-1");
  EXPECT_EQ(one.public_ip, "203.0.113.9");
  EXPECT_EQ(one.created, "2026-01-02T03:04:00Z");
  EXPECT_EQ(one.state, cloud::NodeState::running);
}

TEST(Wire, ZonesHaveFixedEighths) {
  EXPECT_EQ(full_zone("cn-hongkong", "b"), "cn-hongkong-b");
  EXPECT_EQ(full_zone("cn-hongkong", "cn-hongkong-b"), "cn-hongkong-b");
  EXPECT_EQ(full_zone("ap-southeast-1", "a"), "ap-southeast-1a");
  EXPECT_EQ(zone_index("cn-hongkong-b"), 1U);
}

TEST(Driver, EveryRegionHasItsHosts) {
  FakeHost fake;
  fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "i"},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}};
  std::set<std::string> hosts;
  fake.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    hosts.insert(request.url.substr(0, request.url.find("/?")));
    return http::Response{.status = 200, .headers = {}, .body = "{}"};
  };
  auto driver = make_provider(fake.host(), {.name = "hk", .driver = "alibaba"});
  const auto hosts_in = [&](std::string region) {
    hosts.clear();
    const auto found = fake.loop.run(
        (*driver)->discover(Context(fake.loop), {.project = "p", .regions = {std::move(region)}}));
    EXPECT_TRUE(found.has_value());
    return hosts;
  };
  EXPECT_THAT(hosts_in("cn-hongkong"),
              testing::ElementsAre("https://ecs.cn-hongkong.aliyuncs.com",
                                   "https://vpc.cn-hongkong.aliyuncs.com"));
  EXPECT_THAT(hosts_in("cn-hangzhou"), testing::ElementsAre("https://ecs-cn-hangzhou.aliyuncs.com",
                                                            "https://vpc.aliyuncs.com"));
  EXPECT_THAT(hosts_in("cn-north-2-gov-1"),
              testing::ElementsAre("https://ecs.aliyuncs.com", "https://vpc.aliyuncs.com"));
}

TEST(Driver, ARunWhoseInstanceNeverShowsUpGoesOnWithTheNextToken) {
  FakeHost fake;
  fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "i"},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}};
  std::vector<std::string> tokens;
  fake.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto action = http::find_header(request.headers, "x-acs-action");
    const auto url = http::parse_url(request.url);
    const auto query = http::decode_query(url->query);
    if (action == "RunInstances") {
      for (const auto& [key, value] : query) {
        if (key == "ClientToken") tokens.push_back(value);
      }
      return http::Response{.status = 200,
                            .headers = {},
                            .body = tokens.size() == 1
                                        ? R"({"InstanceIdSets":{"InstanceIdSet":["i-dead"]}})"
                                        : R"({"InstanceIdSets":{"InstanceIdSet":["i-new"]}})"};
    }
    const bool asks_new = request.url.find("i-new") != std::string::npos;
    return http::Response{
        .status = 200,
        .headers = {},
        .body = asks_new
                    ? R"({"Instances":{"Instance":[{"InstanceId":"i-new","Status":"Pending"}]}})"
                    : R"({"Instances":{"Instance":[]}})"};
  };
  auto driver = make_provider(fake.host(), {.name = "hk", .driver = "alibaba"});
  ASSERT_TRUE(driver.has_value());
  cloud::NodeBatch batch{.project = "p",
                         .cluster = "gw",
                         .names = {"gw-hk-1"},
                         .region = "cn-hongkong",
                         .zone = "cn-hongkong-b",
                         .type = "ecs.g7.large",
                         .image = {.id = "img"},
                         .subnet_id = "vsw-1"};
  auto created = fake.loop.run((*driver)->create_nodes(Context(fake.loop), batch));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  ASSERT_TRUE((*created)[0].instance.has_value()) << (*created)[0].instance.error().message;
  EXPECT_EQ((*created)[0].instance->id, "i-new");
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_NE(tokens[0], tokens[1]);
}

}  // namespace
TEST(Driver, ACreateThatSendsSomethingElseHasAnotherToken) {
  FakeHost fake;
  fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "i"},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}};
  std::vector<std::string> tokens;
  fake.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto action = http::find_header(request.headers, "x-acs-action");
    if (action != "CreateVpc") {
      return http::Response{.status = 200, .headers = {}, .body = R"({"Vpcs":{"Vpc":[]}})"};
    }
    for (const auto& [key, value] : http::decode_query(http::parse_url(request.url)->query)) {
      if (key == "ClientToken") tokens.push_back(value);
    }
    return http::Response{
        .status = 403, .headers = {}, .body = R"({"Code":"Forbidden.RAM","Message":"no"})"};
  };
  auto driver = make_provider(fake.host(), {.name = "hk", .driver = "alibaba"});
  ASSERT_TRUE(driver.has_value());
  for (const auto* team : {"a", "a", "b"}) {
    const cloud::NetworkSpec spec{.name = "default",
                                  .region = "cn-hongkong",
                                  .cidr = "10.1.0.0/20",
                                  .labels = {{"ccloud-project", "p"}, {"team", team}}};
    EXPECT_FALSE(fake.loop.run((*driver)->ensure_network(Context(fake.loop), spec)));
  }
  ASSERT_EQ(tokens.size(), 3U);
  EXPECT_EQ(tokens[0], tokens[1]);
  EXPECT_NE(tokens[0], tokens[2]);
}

}  // namespace ccloud::alibaba
