// Ways in: which one is taken, what it sends, and what it says when it is incomplete.
#include "providers/gcp/login.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/testing/fake_http.h"
#include "json/reader.h"
#include "json/writer.h"
#include "providers/gcp/jwt.h"
#include "providers/gcp/provider.h"
#include "providers/gcp/tokens.h"

namespace ccloud::gcp {
namespace {

using cloud::testing::FakeHost;
using testing::HasSubstr;
using testing::Not;

cloud::ProviderSettings settings() { return {.name = "gg", .driver = "gcp"}; }

/// A key made for this test and gone with it.
struct Key {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  std::string pem;
  Key() {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio, &text);
    pem.assign(text, static_cast<std::size_t>(size));
    BIO_free(bio);
  }
  ~Key() { EVP_PKEY_free(key); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  bool has_signed(const std::string& jwt) const {
    const auto dot = jwt.rfind('.');
    const auto signature = *decode_base64(jwt.substr(dot + 1));
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, key);
    const auto* bytes = reinterpret_cast<const unsigned char*>(jwt.data());
    const int fits =
        EVP_DigestVerify(digest, reinterpret_cast<const unsigned char*>(signature.data()),
                         signature.size(), bytes, dot);
    EVP_MD_CTX_free(digest);
    return fits == 1;
  }
};

std::string key_file(const std::string& pem, std::string_view token_uri = "https://token.example") {
  json::Writer out;
  out.begin_object().member("type", "service_account").member("project_id", "from-key");
  out.member("private_key_id", "k1").member("private_key", pem);
  out.member("client_email", "me@from-key.iam.gserviceaccount.com");
  out.member("token_uri", token_uri).end_object();
  return out.take();
}

constexpr std::string_view user_file =
    R"({"type":"authorized_user","client_id":"c","client_secret":"hush","refresh_token":"r","quota_project_id":"q"})";

TEST(Login, TheVariableComesBeforeTheKnownFile) {
  FakeHost fake;
  fake.environment = {{"GOOGLE_CLOUD_PROJECT", "p"}};
  EXPECT_EQ(find_login(fake.host(), settings())->credentials.way, Way::metadata);
  fake.files["~/.config/gcloud/application_default_credentials.json"] = user_file;
  const auto known = find_login(fake.host(), settings());
  EXPECT_EQ(known->credentials.way, Way::user);
  EXPECT_EQ(known->quota_project, "q");
  fake.files["/key.json"] = key_file("PEM");
  fake.environment["GOOGLE_APPLICATION_CREDENTIALS"] = "/key.json";
  EXPECT_EQ(find_login(fake.host(), settings())->credentials.way, Way::service_account);
  auto own = settings();
  own.credentials_command = "gcloud auth print-access-token";
  EXPECT_EQ(find_login(fake.host(), own)->credentials.way, Way::command);
}

TEST(Login, TheProjectIsTheNearestOneNamed) {
  FakeHost fake;
  fake.files["/key.json"] = key_file("PEM");
  fake.environment["GOOGLE_APPLICATION_CREDENTIALS"] = "/key.json";
  EXPECT_EQ(find_login(fake.host(), settings())->project, "from-key");
  fake.environment["GCLOUD_PROJECT"] = "from-variable";
  EXPECT_EQ(find_login(fake.host(), settings())->project, "from-variable");
  fake.files["~/.config/gcloud/configurations/config_prod"] =
      "[compute]\nproject = no\n[core]\naccount = a\nproject = from-profile\n";
  auto own = settings();
  own.profile = "prod";
  EXPECT_EQ(find_login(fake.host(), own)->project, "from-profile");
  own.account = "from-config";
  EXPECT_EQ(find_login(fake.host(), own)->project, "from-config");
  own.account.clear();
  own.profile = "nowhere";
  EXPECT_EQ(find_login(fake.host(), own).error().code, ErrorCode::unauthenticated);
}

TEST(Login, EndpointsAreChecked) {
  FakeHost fake;
  fake.environment = {{"GOOGLE_CLOUD_PROJECT", "p"}};
  EXPECT_EQ(find_login(fake.host(), settings())->base, "https://compute.googleapis.com/compute/v1");
  fake.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"] = "http://127.0.0.1:9/compute/v1/";
  EXPECT_EQ(find_login(fake.host(), settings())->base, "http://127.0.0.1:9/compute/v1");
  auto own = settings();
  own.endpoint = "http://localhost:8";
  EXPECT_EQ(find_login(fake.host(), own)->base, "http://localhost:8/compute/v1");
  own.endpoint = "http://compute.example";
  EXPECT_EQ(find_login(fake.host(), own).error().code, ErrorCode::invalid_argument);
  fake.environment.erase("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE");
  fake.environment["GOOGLE_CLOUD_UNIVERSE_DOMAIN"] = "universe.example";
  EXPECT_EQ(find_login(fake.host(), settings())->base,
            "https://compute.universe.example/compute/v1");
}

TEST(Login, WhatIsMissingIsNamedAndNoSecret) {
  const auto fails = [](std::string_view text, std::string_view why) {
    const auto read = parse_credentials(text, "/f");
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::unauthenticated);
    EXPECT_THAT(read.error().message, HasSubstr(std::string(why)));
    EXPECT_THAT(read.error().message, Not(HasSubstr("hush")));
    EXPECT_FALSE(read.error().remedy.empty());
  };
  fails("not json, hush", "not JSON");
  fails(R"({"type":"service_account","private_key":"hush"})", "client_email");
  fails(R"({"type":"authorized_user","client_id":"c","client_secret":"hush"})", "refresh_token");
  fails(
      R"({"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://x"})",
      "credential_source");
  fails(R"({"type":"gdch_service_account"})", "gdch_service_account");
  EXPECT_EQ(parse_credentials(key_file("PEM", "http://token.example"), "/f").error().code,
            ErrorCode::invalid_argument);
}

/// Runs one call of a driver whose token server is `handler`.
Result<cloud::Account> check(FakeHost& fake, cloud::ProviderSettings with) {
  auto driver = make_provider(fake.host(), std::move(with));
  if (!driver) return driver.error();
  return fake.loop.run((*driver)->check(Context(fake.loop)));
}

std::string form_value(const std::string& body, std::string_view name) {
  for (const auto& [key, value] : http::decode_query(body)) {
    if (key == name) return value;
  }
  return {};
}

TEST(Tokens, AKeySignsAnAssertionForItsTokenServer) {
  const Key key;
  FakeHost fake;
  fake.files["/key.json"] = key_file(key.pem);
  fake.environment["GOOGLE_APPLICATION_CREDENTIALS"] = "/key.json";
  fake.http.push(200, R"({"access_token":"TOKEN","expires_in":3599,"token_type":"Bearer"})");
  fake.http.push(200, R"({"name":"from-key"})");
  const auto account = check(fake, settings());
  ASSERT_TRUE(account.has_value()) << describe(account.error());
  EXPECT_EQ(account->id, "from-key");
  EXPECT_EQ(account->name, "me@from-key.iam.gserviceaccount.com");
  const auto& request = fake.http.requests.at(0);
  EXPECT_EQ(request.url, "https://token.example");
  EXPECT_EQ(form_value(request.body, "grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const auto jwt = form_value(request.body, "assertion");
  EXPECT_TRUE(key.has_signed(jwt));
  const auto parts = split(jwt, '.');
  const auto header = json::parse(*decode_base64(parts.at(0)));
  const auto claims = json::parse(*decode_base64(parts.at(1)));
  EXPECT_EQ(header->root().get("alg").string_or(), "RS256");
  EXPECT_EQ(header->root().get("kid").string_or(), "k1");
  EXPECT_EQ(claims->root().get("aud").string_or(), "https://token.example");
  EXPECT_EQ(claims->root().get("iss").string_or(), "me@from-key.iam.gserviceaccount.com");
  EXPECT_EQ(claims->root().get("exp").int_or(0) - claims->root().get("iat").int_or(0), 3600);
  EXPECT_EQ(http::find_header(fake.http.requests.at(1).headers, "authorization"), "Bearer TOKEN");
}

TEST(Tokens, OtherUniversesTakeTheAssertionItself) {
  const Key key;
  FakeHost fake;
  fake.files["/key.json"] =
      replace_all(key_file(key.pem), R"("type")", R"("universe_domain":"u.example","type")");
  fake.environment["GOOGLE_APPLICATION_CREDENTIALS"] = "/key.json";
  fake.http.push(200, R"({"name":"from-key"})");
  ASSERT_TRUE(check(fake, settings()).has_value());
  const auto& request = fake.http.requests.at(0);
  EXPECT_THAT(request.url, testing::StartsWith("https://compute.u.example/"));
  const std::string token(http::find_header(request.headers, "authorization").substr(7));
  EXPECT_TRUE(key.has_signed(token));
}

TEST(Tokens, AWorkloadsTokenIsExchangedAndImpersonates) {
  FakeHost fake;
  fake.files["/wif.json"] =
      R"({"type":"external_account","audience":"//iam/pool","subject_token_type":"urn:ietf:params:oauth:token-type:jwt",
      "token_url":"https://sts.example/v1/token","service_account_impersonation_url":"https://iam.example/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken",
      "credential_source":{"file":"/token","format":{"type":"json","subject_token_field_name":"id_token"}}})";
  fake.files["/token"] = R"({"id_token":"SUBJECT"})";
  auto own = settings();
  own.credentials_file = "/wif.json";
  own.account = "p";
  fake.http.push(200, R"({"access_token":"FEDERATED","expires_in":3599})");
  fake.http.push(200, R"({"accessToken":"FINAL","expireTime":"2099-01-01T00:00:00Z"})");
  fake.http.push(200, R"({"name":"p"})");
  const auto account = check(fake, own);
  ASSERT_TRUE(account.has_value()) << describe(account.error());
  EXPECT_EQ(account->name, "a@p.iam.gserviceaccount.com");
  EXPECT_EQ(form_value(fake.http.requests.at(0).body, "subject_token"), "SUBJECT");
  EXPECT_EQ(http::find_header(fake.http.requests.at(1).headers, "authorization"),
            "Bearer FEDERATED");
  EXPECT_EQ(http::find_header(fake.http.requests.at(2).headers, "authorization"), "Bearer FINAL");
}

TEST(Tokens, AnImpersonationHasASource) {
  FakeHost fake;
  fake.files["/imp.json"] = fmt::format(
      R"({{"type":"impersonated_service_account","delegates":["projects/-/serviceAccounts/d@p"],"source_credentials":{},
      "service_account_impersonation_url":"https://iam.example/v1/projects/-/serviceAccounts/a@p:generateAccessToken"}})",
      user_file);
  auto own = settings();
  own.credentials_file = "/imp.json";
  own.account = "p";
  fake.http.push(200, R"({"access_token":"USER","expires_in":3599})");
  fake.http.push(200, R"({"accessToken":"FINAL","expireTime":"2099-01-01T00:00:00Z"})");
  fake.http.push(200, R"({"name":"p"})");
  ASSERT_TRUE(check(fake, own).has_value());
  EXPECT_EQ(form_value(fake.http.requests.at(0).body, "refresh_token"), "r");
  EXPECT_THAT(fake.http.requests.at(1).body, HasSubstr("delegates"));
}

TEST(Tokens, ARefusedKeyIsUnauthenticatedAtOnce) {
  const Key key;
  FakeHost fake;
  fake.files["/key.json"] = key_file(key.pem);
  fake.environment["GOOGLE_APPLICATION_CREDENTIALS"] = "/key.json";
  fake.http.push(400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})");
  const auto account = check(fake, settings());
  ASSERT_FALSE(account.has_value());
  EXPECT_EQ(account.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(account.error().message, HasSubstr("Invalid JWT Signature"));
  EXPECT_FALSE(account.error().remedy.empty());
  EXPECT_EQ(fake.http.requests.size(), 1U);
  fake.files["/key.json"] = key_file("-----BEGIN PRIVATE KEY-----\nhush\n");
  const auto broken = check(fake, settings());
  EXPECT_EQ(broken.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(broken.error().message, Not(HasSubstr("hush")));
}

TEST(Tokens, TheMetadataServerIsAskedLastAndMustBeGoogles) {
  FakeHost fake;
  fake.environment = {{"GCE_METADATA_HOST", "127.0.0.1:9"}};
  fake.http.push(200, "the-project", {{"Metadata-Flavor", "Google"}});
  fake.http.push(200, R"({"access_token":"M","expires_in":1800})", {{"Metadata-Flavor", "Google"}});
  fake.http.push(200, R"({"name":"the-project"})");
  const auto account = check(fake, settings());
  ASSERT_TRUE(account.has_value()) << describe(account.error());
  EXPECT_EQ(account->id, "the-project");
  EXPECT_EQ(http::find_header(fake.http.requests.at(0).headers, "metadata-flavor"), "Google");
  EXPECT_FALSE(fake.http.options_seen.at(0).use_proxy);
  EXPECT_LE(fake.http.options_seen.at(0).connect_timeout, std::chrono::seconds(1));
  FakeHost other;
  other.http.push(200, "x");  // another cloud's server
  const auto none = check(other, settings());
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(none.error().remedy, HasSubstr("gcloud auth application-default login"));
}

TEST(Tokens, ReadsWhatGcloudPrints) {
  const auto now = std::chrono::system_clock::from_time_t(1'800'000'000);
  EXPECT_EQ(read_token("ya29.abc\n", now)->value, "ya29.abc");
  EXPECT_EQ(read_token(R"({"token":"t"})", now)->value, "t");
  const auto helper = read_token(
      R"({"configuration":{},"credential":{"access_token":"h","token_expiry":"2027-01-15T08:10:00Z"}})",
      now);
  EXPECT_EQ(helper->value, "h");
  EXPECT_EQ(*helper->expires, *parse_time("2027-01-15T08:10:00Z"));
  EXPECT_FALSE(read_token("ERROR: not logged in", now).has_value());
  EXPECT_FALSE(read_token("", now).has_value());
}

TEST(Jwt, AKeyThatCannotSignIsNamed) {
  const auto jwt = sign_assertion("nothing", {.email = "me"});
  ASSERT_FALSE(jwt.has_value());
  EXPECT_EQ(jwt.error().message,
            "the service account's key cannot be used: it is no readable PEM key");
  EXPECT_FALSE(jwt.error().remedy.empty());
}

}  // namespace
}  // namespace ccloud::gcp
