// The OpenStack driver's pure parts by the fact sheet's samples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/testing/fake_http.h"
#include "json/reader.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/errors.h"
#include "providers/openstack/neutron.h"
#include "providers/openstack/testing/fake_openstack.h"

namespace ccloud::openstack {
namespace {

using cloud::NodeState;
using cloud::testing::FakeHost;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::token_response;

constexpr std::string_view clouds_yaml = R"(
clouds:
  dc:
    auth: {auth_url: "https://k.example/identity", username: u, project_name: demo, user_domain_name: Default}
    region_name: One
    interface: public
  app:
    auth_type: v3applicationcredential
    auth: {auth_url: "https://k.example:5000/v3", application_credential_id: abc}
)";
constexpr std::string_view secure_yaml = R"(
clouds:
  dc: {auth: {password: s3cret}}
  app: {auth: {application_credential_secret: appsecret}}
)";

TEST(Login, LaysSecureYamlOverCloudsYaml) {
  const auto login = login_from_yaml(clouds_yaml, secure_yaml, "dc", "clouds.yaml");
  ASSERT_TRUE(login.has_value()) << login.error().message;
  EXPECT_EQ(login->auth_url, "https://k.example/identity/v3");
  EXPECT_EQ(
      login->token_request,
      R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","domain":{"name":"Default"},"password":"s3cret"}}},"scope":{"project":{"name":"demo","domain":{"name":"Default"}}}}})");
}

TEST(Login, ApplicationCredentialsHaveNoScope) {
  const auto login = login_from_yaml(clouds_yaml, secure_yaml, "app", "clouds.yaml");
  ASSERT_TRUE(login.has_value());
  EXPECT_EQ(
      login->token_request,
      R"({"auth":{"identity":{"methods":["application_credential"],"application_credential":{"id":"abc","secret":"appsecret"}}}})");
}

TEST(Login, SaysWhatIsMissingAndNeverTheSecret) {
  const auto login = login_from_yaml(clouds_yaml, "", "dc", "clouds.yaml");
  ASSERT_FALSE(login.has_value());
  EXPECT_EQ(login.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(login.error().message, HasSubstr("password is missing"));
  EXPECT_FALSE(login.error().remedy.empty());
}

TEST(Login, TakesTheVariablesOfAnOpenrc) {
  FakeHost fake;
  fake.environment = {{"OS_AUTH_URL", "http://127.0.0.1:5000/v3"},
                      {"OS_USERNAME", "u"},
                      {"OS_PASSWORD", "p"},
                      {"OS_PROJECT_NAME", "demo"},
                      {"OS_REGION_NAME", "One"}};
  const auto login = find_login(fake.host(), {.name = "os", .driver = "openstack"});
  ASSERT_TRUE(login.has_value()) << login.error().message;
  EXPECT_EQ(login->auth_url, "http://127.0.0.1:5000/v3");
  EXPECT_EQ(login->region, "One");
}

TEST(Login, TheConfigsCloudNamesTheEntry) {
  FakeHost fake;
  fake.environment = {{"OS_CLIENT_CONFIG_FILE", "/c/clouds.yaml"},
                      {"OS_CLIENT_SECURE_FILE", "/c/s.yaml"}};
  fake.files = {{"/c/clouds.yaml", std::string(clouds_yaml)},
                {"/c/s.yaml", std::string(secure_yaml)}};
  cloud::ProviderSettings settings{.name = "os", .driver = "openstack"};
  settings.cloud = "app";
  const auto login = find_login(fake.host(), settings);
  ASSERT_TRUE(login.has_value()) << login.error().message;
  EXPECT_EQ(login->auth_url, "https://k.example:5000/v3");
}

TEST(Login, TheFilesAreLookedForFromNearToFar) {
  FakeHost fake;
  const auto found = [&] {
    const auto login = find_login(fake.host(), {.name = "os", .driver = "openstack"});
    EXPECT_TRUE(login.has_value()) << login.error().message;
    return login ? login->auth_url : std::string();
  };
  const auto put = [&](const std::string& folder, const std::string& host) {
    fake.files[folder + "/clouds.yaml"] =
        "clouds: {dc: {auth: {auth_url: 'https://" + host + "/v3', username: u, project_name: p}}}";
  };
  fake.files["/etc/openstack/secure.yaml"] = "clouds: {dc: {auth: {password: s}}}";
  put("/etc/openstack", "machine");
  EXPECT_EQ(found(), "https://machine/v3");  // and the only entry needs no name
  put("~/.config/openstack", "home");
  EXPECT_EQ(found(), "https://home/v3");  // its secrets may lie elsewhere
  fake.environment["XDG_CONFIG_HOME"] = "/x";
  put("/x/openstack", "xdg");
  EXPECT_EQ(found(), "https://xdg/v3");
  put(".", "here");
  EXPECT_EQ(found(), "https://here/v3");
}

TEST(Login, AnEntryNamesItsRegions) {
  const auto login = login_from_yaml(
      "clouds: {dc: {auth: {auth_url: 'https://k/v3', username: u, password: p, project_name: d}, "
      "regions: [One, {name: Two}]}}",
      "", "dc", "clouds.yaml");
  ASSERT_TRUE(login.has_value()) << login.error().message;
  EXPECT_THAT(login->regions, ElementsAre("One", "Two"));
  auto asked = *login;
  asked.regions = {"Two", "Three"};  // Three is not in the project's catalogue
  EXPECT_THAT(regions_of(*parse_token(token_response()), asked), ElementsAre("Two"));
}

TEST(Token, EndpointsFollowInterfaceRegionAndVersion) {
  const auto token = parse_token(token_response());
  ASSERT_TRUE(token.has_value());
  const Login login;
  EXPECT_EQ(endpoint_of(*token, login, Service::compute, "One").value(), "https://c.example/v2.1");
  EXPECT_EQ(endpoint_of(*token, login, Service::network, "One").value(),
            "https://n.example:9696/v2.0");
  EXPECT_EQ(endpoint_of(*token, login, Service::image, "One").value(),
            "https://g.example/image/v2");
  EXPECT_EQ(endpoint_of(*token, login, Service::volume, "One").error().code, ErrorCode::not_found);
  EXPECT_THAT(regions_of(*token, login), ElementsAre("One", "Two"));
}

TEST(Nova, StatesFollowStatusAndTask) {
  EXPECT_EQ(state_of("ACTIVE", ""), NodeState::running);
  EXPECT_EQ(state_of("ACTIVE", "deleting"), NodeState::terminating);
  EXPECT_EQ(state_of("ACTIVE", "powering-off"), NodeState::stopping);
  EXPECT_EQ(state_of("SHELVED_OFFLOADED", ""), NodeState::stopped);
  EXPECT_EQ(state_of("WHAT", ""), NodeState::unknown);
}

TEST(Nova, ReadsAServer) {
  const auto document =
      json::parse(R"({"id":"s1","name":"x","status":"ERROR","flavor":{"original_name":"m1.small"},
    "image":"","created":"2026-01-02T03:04:05Z","OS-EXT-AZ:availability_zone":"nova",
    "fault":{"message":"No valid host was found. "},
    "addresses":{"n":[{"version":4,"addr":"10.0.0.5","OS-EXT-IPS:type":"fixed"},
                      {"version":4,"addr":"203.0.113.20","OS-EXT-IPS:type":"floating"}]},
    "metadata":{"ccloud-node":"web-a-1","ccloud-cluster":"web","ccloud-power":"off"},"tags":["Role=gw"]})");
  ASSERT_TRUE(document.has_value());
  const auto one = parse_server(document->root(), "One");
  EXPECT_EQ(one.name, "web-a-1");
  EXPECT_EQ(one.state, NodeState::error);
  // The shared layers know "capacity", not the scheduler's words.
  EXPECT_THAT(one.state_reason, HasSubstr("no capacity: No valid host"));
  EXPECT_EQ(one.public_ip, "203.0.113.20");
  EXPECT_EQ(one.private_ip, "10.0.0.5");
  EXPECT_EQ(one.labels.at("Role"), "gw");
  EXPECT_TRUE(one.is_power_off_wanted);
}

TEST(Neutron, NamesCarryTheMarks) {
  const auto name = resource_name("game-gw", "firewall", "id.gw");
  EXPECT_EQ(name_in(name, "game-gw", "firewall"), "id.gw");
  EXPECT_EQ(name_in(name, "other", "firewall"), "");
}

TEST(Errors, EveryServicesBodySpeaks) {
  const auto code = [](int status, std::string body) {
    return classify({.status = status, .headers = {}, .body = std::move(body)}).code;
  };
  EXPECT_EQ(
      code(403,
           R"({"forbidden":{"code":403,"message":"Quota exceeded for instances: Requested 1"}})"),
      ErrorCode::quota_exceeded);
  EXPECT_EQ(
      code(
          409,
          R"({"NeutronError":{"type":"OverQuota","message":"Quota exceeded for resources: ['floatingip'].","detail":""}})"),
      ErrorCode::quota_exceeded);
  EXPECT_EQ(code(409, R"({"NeutronError":{"type":"NetworkInUse","message":"in use","detail":""}})"),
            ErrorCode::conflict);
  EXPECT_EQ(code(401, "<html>no</html>"), ErrorCode::unauthenticated);
  EXPECT_EQ(code(503, ""), ErrorCode::unavailable);
  EXPECT_EQ(code(429, R"({"overLimit":{"code":429,"message":"slow"}})"), ErrorCode::rate_limited);
}

}  // namespace
}  // namespace ccloud::openstack
