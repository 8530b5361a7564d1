// Ways in: which one is taken, what it sends, and what it says when it is incomplete.
#include "providers/azure/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/testing/fake_http.h"
#include "providers/azure/jwt.h"
#include "providers/azure/provider.h"
#include "providers/azure/testing/key_pair.h"

namespace ccloud::azure {
namespace {

using cloud::testing::FakeHost;
using ::testing::HasSubstr;

cloud::ProviderSettings settings() { return {.name = "az", .driver = "azure"}; }

TEST(Login, TheEnvironmentsSecretComesFirst) {
  FakeHost fake;
  fake.environment = {{"AZURE_TENANT_ID", "t"},
                      {"AZURE_CLIENT_ID", "c"},
                      {"AZURE_CLIENT_SECRET", "s"},
                      {"AZURE_SUBSCRIPTION_ID", "SUB"},
                      {"AZURE_FEDERATED_TOKEN_FILE", "/token"}};
  const auto login = find_login(fake.host(), settings());
  ASSERT_TRUE(login.has_value());
  EXPECT_EQ(login->way, Way::secret);
  EXPECT_EQ(login->subscription, "SUB");
  fake.environment.erase("AZURE_CLIENT_SECRET");
  EXPECT_EQ(find_login(fake.host(), settings())->way, Way::federated);
  fake.environment.clear();
  EXPECT_EQ(find_login(fake.host(), settings())->way, Way::machine_identity);
}

TEST(Login, WhatIsMissingIsNamed) {
  FakeHost fake;
  fake.environment = {{"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "hush"}};
  const auto login = find_login(fake.host(), settings());
  ASSERT_FALSE(login.has_value());
  EXPECT_EQ(login.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(login.error().message, HasSubstr("AZURE_TENANT_ID"));
  EXPECT_THAT(login.error().message, ::testing::Not(HasSubstr("hush")));
}

TEST(Login, OurEndpointIsAlsoTheLoginHost) {
  FakeHost fake;
  fake.environment = {{"CCLOUD_AZURE_ENDPOINT", "http://127.0.0.1:9/"},
                      {"AZURE_AUTHORITY_HOST", "https://login.example"}};
  const auto sim = find_login(fake.host(), settings());
  EXPECT_EQ(sim->cloud.arm, "http://127.0.0.1:9");
  EXPECT_EQ(sim->cloud.authority, "http://127.0.0.1:9");
  auto own = settings();
  own.endpoint = "https://arm.stack.example";
  const auto stack = find_login(fake.host(), own);
  EXPECT_EQ(stack->cloud.arm, "https://arm.stack.example");
  EXPECT_EQ(stack->cloud.authority, "https://login.example");
}

TEST(Login, TheCliIsFoundByItsProfile) {
  FakeHost fake;
  fake.files = {
      {"~/.azure/azureProfile.json",
       "\xEF\xBB\xBF"
       R"({"subscriptions":[{"id":"S1","name":"Dev","tenantId":"T1","isDefault":true},{"id":"S2","name":"Prod","tenantId":"T2","isDefault":false}]})"},
      {"~/.azure/msal_token_cache.json", "{}"}};
  EXPECT_EQ(find_login(fake.host(), settings())->subscription, "S1");
  auto prod = settings();
  prod.profile = "Prod";
  const auto login = find_login(fake.host(), prod);
  ASSERT_TRUE(login.has_value());
  EXPECT_EQ(login->way, Way::cli);
  EXPECT_EQ(login->subscription, "S2");
  EXPECT_EQ(login->tenant, "T2");
  prod.profile = "Nowhere";
  EXPECT_EQ(find_login(fake.host(), prod).error().code, ErrorCode::unauthenticated);
}

TEST(Login, TheCachesTokenIsTakenWhileItIsGood) {
  Login login;
  login.cloud = *find_cloud("");
  login.tenant = "T1";
  const auto now = std::chrono::system_clock::from_time_t(1'000'000);
  const auto cached = read_cache(
      R"({"AccessToken":{"a":{"secret":"OLD","realm":"T1","target":"https://management.core.windows.net//.default","expires_on":"999"},
      "b":{"secret":"GOOD","realm":"T1","target":"https://management.core.windows.net//.default","expires_on":"1003600"},
      "c":{"secret":"GRAPH","realm":"T1","target":"https://graph.microsoft.com/.default","expires_on":"2000000"}},
      "RefreshToken":{"r":{"secret":"REFRESH","client_id":"cli"}}})",
      login, now);
  ASSERT_TRUE(cached.has_value());
  EXPECT_EQ(cached->access_token, "GOOD");
  EXPECT_EQ(cached->refresh_token, "REFRESH");
  EXPECT_EQ(read_cache("\x01\x02", login, now).error().code, ErrorCode::unauthenticated);
}

TEST(Jwt, SignsWhatThePublicHalfVerifies) {
  const testing::KeyPair pair;
  const auto jwt = sign_assertion(pair.pem, "",
                                  {.client_id = "c",
                                   .audience = "https://login/t",
                                   .jti = "j",
                                   .now = std::chrono::system_clock::from_time_t(1000)});
  ASSERT_TRUE(jwt.has_value()) << jwt.error().message;
  const auto parts = split(*jwt, '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(decode_base64(parts[1]).value(),
            R"({"aud":"https://login/t","iss":"c","sub":"c","jti":"j","nbf":1000,"exp":1600})");
  const auto text = parts[0] + "." + parts[1];
  const auto signature = decode_base64(parts[2]).value();
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, pair.key);
  EXPECT_EQ(EVP_DigestVerify(digest, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                             text.size()),
            1);
  EVP_MD_CTX_free(digest);
}

TEST(Jwt, AFileWithoutAKeyIsRefused) {
  const auto jwt = sign_assertion("nothing", "", {.client_id = "c", .audience = "a", .jti = "j"});
  ASSERT_FALSE(jwt.has_value());
  EXPECT_EQ(jwt.error().code, ErrorCode::unauthenticated);
}

TEST(Login, AMachineWithoutAnIdentitySaysSoWithinASecond) {
  FakeHost fake;
  fake.http.handler = [](const http::Request&) -> Result<http::Response> {
    return make_error(ErrorCode::unavailable, "no route to host");
  };
  auto driver = std::move(*make_provider(fake.host(), settings()));
  const auto account = fake.loop.run(driver->check(Context(fake.loop)));
  ASSERT_FALSE(account.has_value());
  EXPECT_EQ(account.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(account.error().remedy, HasSubstr("az login"));
  ASSERT_EQ(fake.http.options_seen.size(), 1U);
  EXPECT_EQ(fake.http.options_seen[0].timeout, std::chrono::seconds(1));
  EXPECT_FALSE(fake.http.options_seen[0].use_proxy);
}

TEST(Login, AnotherCloudsMetadataServiceIsNoIdentity) {
  FakeHost fake;
  fake.http.push(403, "no");
  auto driver = std::move(*make_provider(fake.host(), settings()));
  const auto account = fake.loop.run(driver->check(Context(fake.loop)));
  ASSERT_FALSE(account.has_value());
  EXPECT_EQ(account.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(account.error().message, HasSubstr("not Azure's"));
  EXPECT_EQ(fake.http.requests.size(), 1U);
}

TEST(Login, ManagedIdentitiesWriteNumbersAsText) {
  FakeHost fake;
  fake.environment = {{"IDENTITY_ENDPOINT", "http://127.0.0.1:42/token"},
                      {"IDENTITY_HEADER", "h"},
                      {"AZURE_SUBSCRIPTION_ID", "s"}};
  int logins = 0;
  fake.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    if (request.url.starts_with("http://127.0.0.1:42/token")) {
      ++logins;
      EXPECT_EQ(http::find_header(request.headers, "X-IDENTITY-HEADER"), "h");
      return http::Response{
          .body = R"({"access_token":"T","expires_in":"86399","token_type":"Bearer"})"};
    }
    EXPECT_EQ(http::find_header(request.headers, "Authorization"), "Bearer T");
    return http::Response{.body = R"({"displayName":"Prod","state":"Enabled"})"};
  };
  auto driver = std::move(*make_provider(fake.host(), settings()));
  const auto account = fake.loop.run(driver->check(Context(fake.loop)));
  ASSERT_TRUE(account.has_value()) << account.error().message;
  EXPECT_THAT(account->name, HasSubstr("Prod"));
  EXPECT_EQ(logins, 1);
}

}  // namespace
}  // namespace ccloud::azure
