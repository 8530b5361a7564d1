// The chain's order and each source, with a host of plain data.
#include "providers/aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/testing/fake_http.h"

namespace ccloud::aws {
namespace {

using ::testing::HasSubstr;

constexpr const char* role_answer =
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>RK</AccessKeyId>"
    "<SecretAccessKey>RS</SecretAccessKey><SessionToken>RT</SessionToken>"
    "<Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult>"
    "</AssumeRoleResponse>";

struct CredentialsTest : ::testing::Test {
  cloud::testing::FakeHost fake;
  cloud::ProviderSettings settings{.name = "aws"};
  Context ctx{fake.loop};

  Result<Credentials> find() {
    CredentialChain chain(fake.host(), settings, "us-east-1");
    return fake.loop.run(chain.find(ctx));
  }
  void no_metadata() {
    fake.http.handler = [](const http::Request&) -> Result<http::Response> {
      return make_error(ErrorCode::timed_out, "nothing there");
    };
  }
};

TEST_F(CredentialsTest, EnvironmentFirst) {
  fake.environment = {
      {"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}, {"AWS_SESSION_TOKEN", "TK"}};
  fake.files["~/.aws/credentials"] = "[default]\naws_access_key_id=F\naws_secret_access_key=S\n";
  const auto keys = find();
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(keys->access_key_id, "AK");
  EXPECT_EQ(keys->session_token, "TK");
  EXPECT_TRUE(fake.http.requests.empty());
}

TEST_F(CredentialsTest, AProfileOfTheConfigBeatsTheEnvironment) {
  fake.environment = {{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}};
  fake.files["~/.aws/credentials"] = "[prod]\naws_access_key_id=F\naws_secret_access_key=S\n";
  settings.profile = "prod";
  EXPECT_EQ(find()->access_key_id, "F");
  settings.profile = "other";
  const auto missing = find();
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(missing.error().message, HasSubstr("other"));
}

TEST_F(CredentialsTest, FilesOfTheEnvironment) {
  fake.environment = {{"AWS_SHARED_CREDENTIALS_FILE", "/k"}, {"AWS_PROFILE", "p"}};
  fake.files["/k"] = "[p]\naws_access_key_id=F\naws_secret_access_key=S\n";
  EXPECT_EQ(find()->access_key_id, "F");
}

TEST_F(CredentialsTest, ARoleWithASourceProfile) {
  fake.files["~/.aws/config"] =
      "[profile prod]\nrole_arn = arn:aws:iam::1:role/deploy\nsource_profile = base\n"
      "external_id = x1\n";
  fake.files["~/.aws/credentials"] = "[base]\naws_access_key_id=F\naws_secret_access_key=S\n";
  settings.profile = "prod";
  fake.http.push(200, role_answer);
  const auto keys = find();
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "RK");
  EXPECT_TRUE(keys->expires.has_value());
  const auto& request = fake.http.requests.at(0);
  EXPECT_EQ(request.url, "https://sts.us-east-1.amazonaws.com/");
  EXPECT_THAT(request.body, HasSubstr("Action=AssumeRole&"));
  EXPECT_THAT(request.body, HasSubstr("ExternalId=x1"));
  EXPECT_THAT(http::find_header(request.headers, "authorization"), HasSubstr("Credential=F/"));
}

TEST_F(CredentialsTest, RolesInAChainAndARoleThatIsItsOwnSource) {
  fake.files["~/.aws/config"] =
      "[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
      "[profile b]\nrole_arn = arn:b\nsource_profile = b\n"
      "aws_access_key_id=F\naws_secret_access_key=S\n";
  settings.profile = "a";
  fake.http.push(200, role_answer);
  fake.http.push(200, role_answer);
  ASSERT_TRUE(find().has_value());
  EXPECT_THAT(fake.http.requests.at(0).body, HasSubstr("arn%3Ab"));
  EXPECT_THAT(fake.http.requests.at(1).body, HasSubstr("arn%3Aa"));
}

TEST_F(CredentialsTest, ARefusedRoleSaysWhich) {
  fake.files["~/.aws/config"] = "[profile a]\nrole_arn = arn:a\ncredential_source = Environment\n";
  fake.environment = {{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}};
  settings.profile = "a";
  fake.http.push(403,
                 "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message>"
                 "</Error></ErrorResponse>");
  const auto keys = find();
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(keys.error().message, HasSubstr("arn:a"));
  EXPECT_THAT(keys.error().remedy, HasSubstr("sts:AssumeRole"));
}

TEST_F(CredentialsTest, ACredentialProcess) {
  fake.files["~/.aws/config"] = "[default]\ncredential_process = helper --x\n";
  fake.command = [](const std::vector<std::string>&) -> Result<std::string> {
    return R"({"Version":1,"AccessKeyId":"PK","SecretAccessKey":"PS"})";
  };
  EXPECT_EQ(find()->access_key_id, "PK");
  EXPECT_THAT(fake.commands.at(0), ::testing::ElementsAre("/bin/sh", "-c", "helper --x"));
}

TEST_F(CredentialsTest, WebIdentityIsUnsigned) {
  fake.environment = {{"AWS_ROLE_ARN", "arn:w"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}};
  fake.files["/t"] = "jwt\n";
  std::string answer = role_answer;
  for (auto at = answer.find("AssumeRoleRe"); at != std::string::npos;
       at = answer.find("AssumeRoleRe", at + 20)) {
    answer.insert(at + 10, "WithWebIdentity");
  }
  fake.http.push(200, answer);
  const auto keys = find();
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "RK");
  EXPECT_THAT(fake.http.requests.at(0).body, HasSubstr("WebIdentityToken=jwt"));
  EXPECT_EQ(http::find_header(fake.http.requests.at(0).headers, "authorization"), "");
}

TEST_F(CredentialsTest, AContainersEndpoint) {
  fake.environment = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"},
                      {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "tok"}};
  fake.http.push(200, R"({"AccessKeyId":"CK","SecretAccessKey":"CS","Token":"CT"})");
  EXPECT_EQ(find()->session_token, "CT");
  EXPECT_EQ(fake.http.requests.at(0).url, "http://169.254.170.2/v2/x");
  EXPECT_FALSE(fake.http.options_seen.at(0).use_proxy);
  fake.environment = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/x"}};
  EXPECT_EQ(find().error().code, ErrorCode::unauthenticated);
}

TEST_F(CredentialsTest, AnInstancesRole) {
  fake.http.push(200, "T0");
  fake.http.push(200, "web-role");
  fake.http.push(200, R"({"Code":"Success","AccessKeyId":"IK","SecretAccessKey":"IS",)"
                      R"("Token":"IT","Expiration":"2026-01-01T06:00:00Z"})");
  const auto keys = find();
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "IK");
  EXPECT_EQ(fake.http.requests.at(0).method, "PUT");
  EXPECT_TRUE(fake.http.requests.at(2).url.ends_with("/security-credentials/web-role"));
  EXPECT_EQ(http::find_header(fake.http.requests.at(2).headers, "x-aws-ec2-metadata-token"), "T0");
  EXPECT_LE(fake.http.options_seen.at(0).timeout, std::chrono::seconds(1));
}

TEST_F(CredentialsTest, SsoKeysComeFromTheCachedSession) {
  fake.files["~/.aws/config"] =
      "[profile dev]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
      "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n";
  settings.profile = "dev";
  const auto closed = find();
  ASSERT_FALSE(closed.has_value());
  EXPECT_THAT(closed.error().remedy, HasSubstr("aws sso login --profile dev"));
  // The file's name is the SHA-1 of "corp".
  fake.files["~/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"] =
      R"({"accessToken":"AT","expiresAt":"2026-01-01T05:00:00Z"})";
  fake.http.push(200, R"({"roleCredentials":{"accessKeyId":"SK","secretAccessKey":"SS",)"
                      R"("sessionToken":"ST","expiration":1767243600000}})");
  const auto open = find();
  ASSERT_TRUE(open.has_value()) << open.error().message;
  EXPECT_EQ(open->access_key_id, "SK");
  EXPECT_THAT(fake.http.requests.at(0).url,
              HasSubstr("portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=r"));
}

TEST_F(CredentialsTest, NoneAnywhereSaysWhatToDo) {
  no_metadata();
  const auto keys = find();
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(keys.error().remedy, HasSubstr("AWS_ACCESS_KEY_ID"));
  EXPECT_EQ(fake.http.requests.size(), 1U);
}

TEST_F(CredentialsTest, MetadataCanBeSwitchedOff) {
  fake.environment = {{"AWS_EC2_METADATA_DISABLED", "true"}};
  EXPECT_FALSE(find().has_value());
  EXPECT_TRUE(fake.http.requests.empty());
}

}  // namespace
}  // namespace ccloud::aws
