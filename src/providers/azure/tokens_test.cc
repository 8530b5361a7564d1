// What each way in sends to get its token, from the driver down to the wire; and where the national
// clouds are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/testing/fake_http.h"
#include "providers/azure/provider.h"
#include "providers/azure/testing/key_pair.h"

namespace ccloud::azure {
namespace {

using cloud::testing::FakeHost;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A driver that logs in and asks for its subscription; `logins` are the requests for tokens.
class TokensTest : public ::testing::Test {
 protected:
  TokensTest() {
    fake.environment = {{"AZURE_SUBSCRIPTION_ID", "sub"}};
    fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      if (request.url.find("/subscriptions/") != std::string::npos) {
        asked = request;
        return http::Response{.body = R"({"displayName":"Prod","state":"Enabled"})"};
      }
      logins.push_back(request);
      const bool is_probe = request.url.find("/metadata/") != std::string::npos &&
                            http::find_header(request.headers, "Metadata").empty();
      if (is_probe) return http::Response{.status = 400, .body = R"({"error":"invalid_request"})"};
      return http::Response{.body = R"({"access_token":"T","expires_in":3599})"};
    };
  }

  void principal() {
    fake.environment["AZURE_TENANT_ID"] = "ten";
    fake.environment["AZURE_CLIENT_ID"] = "cli";
  }

  Result<cloud::Account> check(std::string national = "") {
    driver = std::move(*make_provider(
        fake.host(), {.name = "az", .driver = "azure", .cloud = std::move(national)}));
    return fake.loop.run(driver->check(Context(fake.loop)));
  }

  std::string sent(const std::string& field) const {
    for (const auto& [key, value] : http::decode_query(logins.at(0).body)) {
      if (key == field) return value;
    }
    return {};
  }

  FakeHost fake;
  std::unique_ptr<cloud::Provider> driver;
  std::vector<http::Request> logins;
  http::Request asked;
};

TEST_F(TokensTest, ACertificateSignsAnAssertionForItsTenant) {
  principal();
  const testing::KeyPair pair;
  fake.environment["AZURE_CLIENT_CERTIFICATE_PATH"] = "/cert.pem";
  fake.files["/cert.pem"] = pair.pem;
  const auto account = check();
  ASSERT_TRUE(account.has_value()) << account.error().message;
  EXPECT_EQ(logins.at(0).url, "https://login.microsoftonline.com/ten/oauth2/v2.0/token");
  EXPECT_EQ(sent("client_assertion_type"),
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  const auto parts = split(sent("client_assertion"), '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_THAT(decode_base64(parts[1]).value(),
              StartsWith(R"({"aud":"https://login.microsoftonline.com/ten/oauth2/v2.0/token")"));
  EXPECT_EQ(http::find_header(asked.headers, "Authorization"), "Bearer T");
}

TEST_F(TokensTest, AWorkloadsAssertionIsItsFile) {
  principal();
  fake.environment["AZURE_FEDERATED_TOKEN_FILE"] = "/token";
  fake.files["/token"] = "ey.ey.sig\n";
  ASSERT_TRUE(check().has_value());
  EXPECT_EQ(sent("client_assertion"), "ey.ey.sig");
  EXPECT_EQ(sent("client_id"), "cli");
  EXPECT_EQ(sent("scope"), "https://management.azure.com/.default");
}

TEST_F(TokensTest, AMachinesIdentityIsAskedOnlyWhereItIsAzures) {
  fake.environment["AZURE_CLIENT_ID"] = "assigned";  // one of several
  ASSERT_TRUE(check().has_value());
  ASSERT_EQ(logins.size(), 2U);
  EXPECT_THAT(logins[1].url, StartsWith("http://169.254.169.254/metadata/identity/oauth2/token?"));
  EXPECT_THAT(logins[1].url, HasSubstr("client_id=assigned"));
  EXPECT_EQ(http::find_header(logins[1].headers, "Metadata"), "true");
}

TEST_F(TokensTest, TheCommandLinesLoginIsRenewedByItsRefreshToken) {
  fake.files = {
      {"~/.azure/azureProfile.json",
       R"({"subscriptions":[{"id":"sub","name":"Dev","tenantId":"T1","isDefault":true}]})"},
      {"~/.azure/msal_token_cache.json",
       R"({"AccessToken":{},"RefreshToken":{"r":{"secret":"REFRESH","client_id":"04b0"}}})"}};
  const auto account = check();
  ASSERT_TRUE(account.has_value()) << account.error().message;
  EXPECT_THAT(logins.at(0).url, HasSubstr("/T1/oauth2/v2.0/token"));
  EXPECT_EQ(sent("grant_type"), "refresh_token");
  EXPECT_EQ(sent("refresh_token"), "REFRESH");
  EXPECT_EQ(sent("client_id"), "04b0");
}

TEST_F(TokensTest, NationalCloudsHaveHostsOfTheirOwn) {
  principal();
  fake.environment["AZURE_CLIENT_SECRET"] = "s";
  struct Row {
    std::string cloud, login, arm;
  };
  for (const Row& row :
       {Row{"china", "https://login.chinacloudapi.cn/", "https://management.chinacloudapi.cn"},
        Row{"government", "https://login.microsoftonline.us/",
            "https://management.usgovcloudapi.net"}}) {
    logins.clear();
    ASSERT_TRUE(check(row.cloud).has_value()) << row.cloud;
    EXPECT_THAT(logins.at(0).url, StartsWith(row.login));
    EXPECT_EQ(sent("scope"), row.arm + "/.default");
    EXPECT_THAT(asked.url, StartsWith(row.arm + "/subscriptions/sub"));
  }
}

}  // namespace
}  // namespace ccloud::azure
