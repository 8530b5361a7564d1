// The chain's ends: variables with a token, a role by a token file, the machine's RAM role in both
// versions of its metadata service.
#include "providers/alibaba/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/testing/fake_http.h"

namespace ccloud::alibaba {
namespace {

using cloud::testing::FakeHost;
using testing::HasSubstr;

constexpr std::string_view role_keys =
    R"({"AccessKeyId":"STS.m","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z","Code":"Success"})";

/// A machine with the role "edge"; without `has_tokens` it has the older service only.
class ChainTest : public ::testing::Test {
 protected:
  ChainTest() {
    fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      const std::string_view path = std::string_view(request.url).substr(request.url.find('/', 8));
      if (path == "/latest/api/token") {
        return http::Response{.status = has_tokens ? 200 : 404, .body = has_tokens ? "TOK" : ""};
      }
      if (has_tokens) {
        EXPECT_EQ(http::find_header(request.headers, "X-aliyun-ecs-metadata-token"), "TOK");
      }
      const bool is_list = path == "/latest/meta-data/ram/security-credentials/";
      return http::Response{.body = is_list ? std::string("edge\n") : std::string(role_keys)};
    };
  }

  Result<Found> find() {
    return fake.loop.run(find_credentials(Context(fake.loop), fake.host(), {}, "https://sts"));
  }

  bool has_tokens = true;
  FakeHost fake;
};

TEST_F(ChainTest, TheMachinesRoleComesAfterItsToken) {
  const auto found = find();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->credentials.token, "t");
  EXPECT_TRUE(found->expires.has_value());
  ASSERT_EQ(fake.http.requests.size(), 3U);
  EXPECT_EQ(fake.http.requests[0].method, "PUT");
  EXPECT_TRUE(fake.http.requests[2].url.ends_with("/security-credentials/edge"));
  for (const auto& options : fake.http.options_seen) {
    EXPECT_EQ(options.timeout, std::chrono::seconds(1));
    EXPECT_FALSE(options.use_proxy);
  }
}

TEST_F(ChainTest, ANamedRoleSavesACall) {
  fake.environment["ALIBABA_CLOUD_ECS_METADATA"] = "other";
  ASSERT_TRUE(find().has_value());
  ASSERT_EQ(fake.http.requests.size(), 2U);
  EXPECT_TRUE(fake.http.requests[1].url.ends_with("/security-credentials/other"));
}

TEST_F(ChainTest, TheOlderServiceServesUnlessItIsRuledOut) {
  has_tokens = false;
  EXPECT_TRUE(find().has_value());
  fake.environment["ALIBABA_CLOUD_IMDSV1_DISABLED"] = "true";
  const auto none = find();
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::unauthenticated);
}

TEST_F(ChainTest, VariablesMayHoldATemporaryKey) {
  fake.environment = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "STS.e"},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"},
                      {"ALIBABA_CLOUD_SECURITY_TOKEN", "et"}};
  EXPECT_EQ(find()->credentials.token, "et");
  EXPECT_TRUE(fake.http.requests.empty());
}

TEST_F(ChainTest, AWorkloadsTokenFileIsExchangedUnsigned) {
  fake.environment = {{"ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/w"},
                      {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p"},
                      {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/token"},
                      {"ALIBABA_CLOUD_ROLE_SESSION_NAME", "me"}};
  fake.files["/token"] = "jwt\n";
  fake.http.handler = [](const http::Request&) -> Result<http::Response> {
    return http::Response{.body = R"({"Credentials":)" + std::string(role_keys) + "}"};
  };
  ASSERT_TRUE(find().has_value());
  const auto& request = fake.http.requests.at(0);
  EXPECT_EQ(http::find_header(request.headers, "x-acs-action"), "AssumeRoleWithOIDC");
  EXPECT_EQ(http::find_header(request.headers, "Authorization"), "");
  EXPECT_THAT(request.url, HasSubstr("RoleSessionName=me"));
}

}  // namespace
}  // namespace ccloud::alibaba
