// Who is let in: key files, workloads, tokens that end, permissions, the metadata service.
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "sim/gcp/testing/gcp_front.h"

namespace ccloud::sim::gcp {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// As Google's clients sign: RS256 with the key of the key file.
std::string sign(const std::string& pem, const std::string& claims) {
  const auto input = base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(claims);
  BIO* source = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(source, nullptr, nullptr, nullptr);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_DigestSignInit(digest, nullptr, EVP_sha256(), nullptr, key);
  std::string signature(256, '\0');
  std::size_t size = signature.size();
  EVP_DigestSign(digest, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(input.data()), input.size());
  EVP_MD_CTX_free(digest);
  EVP_PKEY_free(key);
  BIO_free(source);
  return input + "." + base64url(signature);
}

class KeyFileTest : public GcpFrontTest {
 protected:
  KeyFileTest() {
    const Served served{.http_url = "http://127.0.0.1:1",
                        .https_url = "https://127.0.0.1:2",
                        .ca_file = {},
                        .directory = directory};
    variables = *gcp->environment(served);
    const auto file = json::parse(read(variables[0].value));
    pem = file->root().get("private_key").string_or();
    email = file->root().get("client_email").string_or();
  }

  std::string claims(std::string_view more, std::chrono::seconds age = 0s) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>((now - age).time_since_epoch()).count();
    return fmt::format(R"({{"iss":"{}","iat":{},"exp":{}{}}})", email, seconds, seconds + 3600,
                       more);
  }

  Said ask(const std::string& assertion) {
    return post_form("/token", {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                {"assertion", assertion}});
  }

  std::string scoped() {
    return R"(,"aud":"http://127.0.0.1:1/token","scope":"https://www.googleapis.com/auth/cloud-platform")";
  }

  std::vector<Variable> variables;
  std::string pem, email;
};

TEST_F(KeyFileTest, TheFilesAreTheOwnersAndNameTheFront) {
  EXPECT_EQ(variables[0].name, "GOOGLE_APPLICATION_CREDENTIALS");
  EXPECT_EQ(variables[1].name, "GOOGLE_CLOUD_PROJECT");
  EXPECT_EQ(variables[2].name, "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE");
  EXPECT_EQ(variables[2].value, "http://127.0.0.1:1/compute/v1/");
  const auto mode = std::filesystem::status(variables[0].value).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(KeyFileTest, OnlyItsOwnKeyGetsATokenInTime) {
  const auto good = ask(sign(pem, claims(scoped())));
  ASSERT_EQ(good.status, 200) << good.text;
  EXPECT_EQ(good.get("expires_in").int_or(0), 3599);
  auto forged = sign(pem, claims(scoped()));
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ask(forged).string("error_description"), "Invalid JWT Signature.");
  EXPECT_THAT(ask(sign(pem, claims(scoped(), 2h))).string("error_description"),
              HasSubstr("short-lived"));
  EXPECT_THAT(ask(sign(pem, claims(scoped(), -1h))).string("error_description"),
              HasSubstr("short-lived"));
  EXPECT_EQ(ask(sign(pem, claims(R"(,"aud":"https://example.com","scope":"x")"))).string("error"),
            "invalid_grant");
  EXPECT_EQ(ask(sign(pem, claims(R"(,"aud":"http://127.0.0.1:1/token")"))).string("error"),
            "invalid_scope");
  token = good.string("access_token");
  EXPECT_EQ(call("GET", "").string("name"), project.id);
}

TEST_F(KeyFileTest, ASelfSignedTokenIsABearer) {
  token = sign(pem, claims(R"(,"aud":"https://compute.googleapis.com/")"));
  EXPECT_EQ(call("GET", "zones").status, 200);
  token = sign(pem, claims(R"(,"aud":"https://storage.googleapis.com/")"));
  EXPECT_EQ(call("GET", "zones").status, 401);
  token = sign(pem, claims(R"(,"scope":"https://www.googleapis.com/auth/compute.readonly")"));
  EXPECT_EQ(call("GET", "zones").status, 200);
  const auto narrow =
      call("POST", "global/networks", R"({"name":"x","autoCreateSubnetworks":false})");
  EXPECT_EQ(narrow.status, 403);
  EXPECT_EQ(narrow.reason(), "insufficientPermissions");
}

TEST_F(KeyFileTest, AWorkloadExchangesItsToken) {
  const auto file = json::parse(read(directory / "gcp-external-account.json"));
  const auto source = file->root().get("credential_source").get("file").string_or();
  std::vector<std::pair<std::string, std::string>> form = {
      {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
      {"audience", file->root().get("audience").string_or()},
      {"scope", "https://www.googleapis.com/auth/cloud-platform"},
      {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
      {"subject_token_type", file->root().get("subject_token_type").string_or()},
      {"subject_token", read(source)}};
  const auto good = post_form("/v1/token", form);
  ASSERT_EQ(good.status, 200) << good.text;
  form.back().second = "another";
  EXPECT_EQ(post_form("/v1/token", form).string("error"), "invalid_grant");
}

TEST_F(GcpFrontTest, WhatIsNotGrantedIsRefusedByTheNameOfThePermission) {
  auto& permissions = world.permissions();
  permissions.limit("gcp", {"compute.networks.*", "compute.firewalls.create"});
  const auto denied = call("GET", "aggregated/instances");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.reason(), "forbidden");
  EXPECT_THAT(denied.text, HasSubstr("Required 'compute.instances.list' permission for "));
  EXPECT_EQ(call("GET", "global/networks").status, 200);
  EXPECT_EQ(call("POST", "zones/us-central1-a/operations/o/wait").status, 403);
  // A rule changes its network, too.
  permissions.limit("gcp", {"compute.firewalls.*"});
  const auto rule = call("POST", "global/firewalls", R"({"name":"r"})");
  EXPECT_EQ(rule.status, 403);
  EXPECT_THAT(rule.text, HasSubstr("'compute.networks.updatePolicy'"));
}

TEST_F(GcpFrontTest, TokensEnd) {
  EXPECT_EQ(call("GET", "zones").status, 200);
  now += 2h;
  const auto late = call("GET", "zones");
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.reason(), "authError");
  EXPECT_EQ(late.get("error").get("status").string_or(), "UNAUTHENTICATED");
  EXPECT_EQ(log_in("1//wrong").string("error"), "invalid_grant");
  token = log_in(project.refresh_token).string("access_token");
  EXPECT_EQ(call("GET", "zones").status, 200);
  fault(R"({"fault":"expired","cloud":"gcp","count":1})");
  EXPECT_EQ(call("GET", "zones").status, 401);
  EXPECT_EQ(call("GET", "zones").status, 401);  // that token is spent
}

TEST_F(GcpFrontTest, MetadataAsksForItsHeader) {
  const std::string url = "/computeMetadata/v1/instance/service-accounts/default/token";
  EXPECT_EQ(raw({.url = url}).status, 403);
  const auto said = raw({.url = url, .headers = {{"Metadata-Flavor", "Google"}}});
  EXPECT_EQ(http::find_header(said.headers, "Metadata-Flavor"), "Google");
  token = said.string("access_token");
  EXPECT_EQ(call("GET", "zones/us-central1-a").status, 200);
  const auto id = raw({.url = "/computeMetadata/v1/project/project-id",
                       .headers = {{"Metadata-Flavor", "Google"}}});
  EXPECT_EQ(id.text, project.id);
}

}  // namespace
}  // namespace ccloud::sim::gcp
