// The OpenStack driver's pure parts by the fact sheet's samples, and its calls against a scripted
// cloud.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/marks.h"
#include "cloud/testing/fake_http.h"
#include "json/reader.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/errors.h"
#include "providers/openstack/neutron.h"
#include "providers/openstack/provider.h"

namespace ccloud::openstack {
namespace {

using cloud::NodeState;
using cloud::testing::FakeHost;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view token_body = R"({"token":{"expires_at":"2030-01-02T04:04:05.000000Z",
  "user":{"name":"u"},"project":{"id":"a694","name":"demo"},"catalog":[
  {"type":"compute","endpoints":[{"interface":"public","region_id":"One","url":"https://c.example/v2.1"},
                                 {"interface":"internal","region_id":"One","url":"https://in.example/v2.1"},
                                 {"interface":"public","region_id":"Two","url":"https://c2.example/v2.1"}]},
  {"type":"network","endpoints":[{"interface":"public","region_id":"One","url":"https://n.example:9696/"}]},
  {"type":"image","endpoints":[{"interface":"public","region_id":"One","url":"https://g.example/image"}]}]}})";

http::Response token_response() {
  return {.status = 201, .headers = {{"X-Subject-Token", "TOK"}}, .body = std::string(token_body)};
}

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

struct Cloud : FakeHost {
  Cloud() {
    environment = {{"OS_AUTH_URL", "https://k.example/v3"},
                   {"OS_USERNAME", "u"},
                   {"OS_PASSWORD", "p"},
                   {"OS_PROJECT_NAME", "demo"}};
    auto made = make_provider(host(), {.name = "os", .driver = "openstack"});
    driver = std::move(*made);
  }
  std::unique_ptr<cloud::Provider> driver;
};

TEST(Driver, ListsServersOverPages) {
  Cloud cloud;
  cloud.http.handler = [](const http::Request& request) -> Result<http::Response> {
    if (request.url.ends_with("/auth/tokens")) return token_response();
    if (request.url.find("marker=s2") != std::string::npos) {
      return http::Response{
          .status = 200, .headers = {}, .body = R"({"servers":[{"id":"s3","status":"ACTIVE"}]})"};
    }
    EXPECT_EQ(http::find_header(request.headers, "OpenStack-API-Version"), "compute 2.67");
    EXPECT_EQ(http::find_header(request.headers, "X-Auth-Token"), "TOK");
    return http::Response{
        .status = 200,
        .headers = {},
        .body =
            R"({"servers":[{"id":"s1","status":"ACTIVE"},{"id":"s2","status":"BUILD"}],"servers_links":[{"rel":"next","href":"x"}]})"};
  };
  const Context ctx(cloud.loop);
  auto found = cloud.loop.run(cloud.driver->discover(
      ctx, {.project = "p", .regions = {"One"}, .depth = cloud::Depth::nodes}));
  ASSERT_TRUE(found.has_value()) << found.error().message;
  ASSERT_EQ(found->regions.size(), 1U);
  EXPECT_EQ(found->regions[0].nodes.size(), 3U);
}

TEST(Driver, AnExpiredTokenIsRenewedOnce) {
  Cloud cloud;
  int logins = 0;
  int refusals = 0;
  cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    if (request.url.ends_with("/auth/tokens")) {
      ++logins;
      return token_response();
    }
    if (refusals++ == 0) return http::Response{.status = 401, .headers = {}, .body = "<html/>"};
    return http::Response{.status = 200, .headers = {}, .body = R"({"servers":[]})"};
  };
  const Context ctx(cloud.loop);
  auto found = cloud.loop.run(cloud.driver->discover(
      ctx, {.project = "p", .regions = {"One"}, .depth = cloud::Depth::nodes}));
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->regions[0].error.has_value());
  EXPECT_EQ(logins, 2);
}

TEST(Driver, WrongPasswordIsUnauthenticatedWithARemedy) {
  Cloud cloud;
  cloud.http.handler = [](const http::Request&) -> Result<http::Response> {
    return http::Response{
        .status = 401,
        .headers = {},
        .body =
            R"({"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}})"};
  };
  const Context ctx(cloud.loop);
  auto account = cloud.loop.run(cloud.driver->check(ctx));
  ASSERT_FALSE(account.has_value());
  EXPECT_EQ(account.error().code, ErrorCode::unauthenticated);
  EXPECT_FALSE(account.error().remedy.empty());
}

TEST(Driver, ALostCreateIsFoundAndNotRepeated) {
  Cloud cloud;
  int creates = 0;
  cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto& url = request.url;
    const auto answer = [](int status, std::string body) {
      return http::Response{.status = status, .headers = {}, .body = std::move(body)};
    };
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200,
                    R"({"flavors":[{"id":"2","name":"m1.small","ram":2048,"disk":20,"vcpus":1}]})");
    }
    if (url.find("/ports") != std::string::npos) {
      return answer(200, R"({"ports":[{"id":"p1","name":"ccloud_p_port_web-a-1"}]})");
    }
    if (request.method == "POST" && url.ends_with("/servers")) {
      ++creates;
      Error lost = make_error(ErrorCode::unavailable, "connection reset");
      lost.ambiguous = true;
      return lost;
    }
    return answer(
        200, R"({"servers":[{"id":"s9","status":"BUILD","metadata":{"ccloud-node":"web-a-1"}}]})");
  };
  cloud::NodeBatch batch{.project = "p",
                         .cluster = "web",
                         .names = {"web-a-1"},
                         .region = "One",
                         .zone = "",
                         .type = "m1.small",
                         .image = {.id = "img"},
                         .disk = {},
                         .public_ip = false,
                         .network = {.id = "n1"},
                         .subnet_id = "sub"};
  const Context ctx(cloud.loop);
  auto created = cloud.loop.run(cloud.driver->create_nodes(ctx, batch));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  ASSERT_TRUE((*created)[0].instance.has_value()) << (*created)[0].instance.error().message;
  EXPECT_EQ((*created)[0].instance->id, "s9");
  EXPECT_EQ(creates, 1);
}

/// A cloud with one port of ours that no server holds, in group sg1, until it is deleted.
struct PortLeft {
  Cloud cloud;
  std::vector<std::string> deleted;

  PortLeft() {
    cloud.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      const auto& url = request.url;
      const auto answer = [](int status, std::string body) {
        return http::Response{.status = status, .headers = {}, .body = std::move(body)};
      };
      if (url.ends_with("/auth/tokens")) return token_response();
      const bool is_gone = std::ranges::find(deleted, "p1") != deleted.end();
      if (request.method == "DELETE") {
        const auto id = url.substr(url.rfind('/') + 1);
        if (id == "s1") return answer(404, "{}");
        if (id == "sg1" && !is_gone) return answer(409, R"({"NeutronError":{"message":"in use"}})");
        deleted.push_back(id);
        return answer(204, "");
      }
      if (url.find("/floatingips") != std::string::npos) {
        return answer(200, R"({"floatingips":[{"id":"f1"}]})");
      }
      if (url.find("/ports") != std::string::npos) {
        return answer(200, is_gone ? R"({"ports":[]})" : R"({"ports":[
          {"id":"p1","name":"ccloud_p_port_web-a-1","device_id":"","security_groups":["sg1"]}]})");
      }
      return answer(404, "{}");
    };
  }
};

TEST(Driver, ANodeThatIsGoneAlreadyLeavesNoPort) {
  PortLeft left;
  std::vector<cloud::NodeRef> nodes{
      {.id = "s1", .name = "web-a-1", .region = "One", .zone = "", .project = "p"}};
  auto gone = left.cloud.loop.run(left.cloud.driver->delete_nodes(Context(left.cloud.loop), nodes));
  ASSERT_TRUE(gone.has_value()) << gone.error().message;
  EXPECT_TRUE((*gone)[0].result.has_value());
  EXPECT_EQ(left.deleted, (std::vector<std::string>{"f1", "p1"}));
}

TEST(Driver, AFirewallGoesWithThePortsThatNoServerHolds) {
  PortLeft left;
  const cloud::Firewall firewall{.id = "sg1",
                                 .name = "web",
                                 .region = "One",
                                 .labels = {{std::string(cloud::mark_project), "p"}}};
  auto gone =
      left.cloud.loop.run(left.cloud.driver->delete_firewall(Context(left.cloud.loop), firewall));
  ASSERT_TRUE(gone.has_value()) << gone.error().message;
  EXPECT_EQ(left.deleted, (std::vector<std::string>{"f1", "p1", "sg1"}));
}

TEST(Driver, ANetworkIsTaggedOnlyOnceItsRouterIsThere) {
  for (const int status : {200, 403}) {
    Cloud cloud;
    bool has_subnet = false;
    int tagged = 0;
    cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
      const auto& url = request.url;
      const auto answer = [](int code, std::string body) {
        return http::Response{.status = code, .headers = {}, .body = std::move(body)};
      };
      if (url.ends_with("/auth/tokens")) return token_response();
      if (url.ends_with("/networks/n1/tags")) ++tagged;
      if (url.ends_with("/add_router_interface")) return answer(status, "{}");
      if (url.find("/subnets") != std::string::npos) {
        if (request.method == "POST") has_subnet = true;
        if (request.method == "POST") return answer(201, R"({"subnet":{"id":"s1"}})");
        return answer(200, has_subnet ? R"({"subnets":[{"id":"s1"}]})" : R"({"subnets":[]})");
      }
      if (url.find("router:external") != std::string::npos) {
        return answer(200, R"({"networks":[{"id":"ext"}]})");
      }
      if (url.find("/routers") != std::string::npos) {
        return answer(200, R"({"routers":[{"id":"r1"}]})");
      }
      return answer(200, "{}");
    };
    const cloud::NetworkSpec spec{.name = "default",
                                  .region = "One",
                                  .cidr = "10.0.0.0/16",
                                  .labels = {{std::string(cloud::mark_project), "p"}}};
    const cloud::Network chosen{.id = "n1", .name = "default", .region = "One"};
    const auto whole =
        cloud.loop.run(cloud.driver->complete_network(Context(cloud.loop), spec, chosen));
    EXPECT_EQ(whole.has_value(), status == 200);
    EXPECT_EQ(tagged, status == 200 ? 1 : 0);
  }
}

TEST(Driver, PortsOfABatchAreLookedForTogetherAndTheSmallestOfDoublesWins) {
  Cloud cloud;
  int lists = 0;
  std::vector<std::string> deleted;
  std::vector<std::string> used;
  cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto& url = request.url;
    const auto answer = [](int status, std::string body) {
      return http::Response{.status = status, .headers = {}, .body = std::move(body)};
    };
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200,
                    R"({"flavors":[{"id":"2","name":"m1.small","ram":2048,"disk":20,"vcpus":1}]})");
    }
    if (request.method == "DELETE") {
      deleted.push_back(url.substr(url.rfind('/') + 1));
      return answer(204, "");
    }
    if (url.find("/ports") != std::string::npos && request.method == "POST") {
      // Of the second one the answer is that of a machine that is a moment late.
      const bool is_second = request.body.find("web-a-2") != std::string::npos;
      return answer(201, is_second ? R"({"port":{"id":"p9"}})" : R"({"port":{"id":"p3"}})");
    }
    if (url.find("/ports") != std::string::npos) {
      const std::string left = R"({"id":"p1","name":"ccloud_p_port_web-a-1"})";
      if (++lists == 1) return answer(200, R"({"ports":[)" + left + "]}");
      const std::string ours = R"({"id":"p9","name":"ccloud_p_port_web-a-2"})";
      const std::string theirs = R"({"id":"p5","name":"ccloud_p_port_web-a-2"})";
      if (lists == 2) return answer(200, R"({"ports":[)" + left + "," + theirs + "]}");
      return answer(200, R"({"ports":[)" + left + "," + ours + "," + theirs + "]}");
    }
    if (request.method == "POST" && url.ends_with("/servers")) {
      const auto body = json::parse(request.body);
      used.push_back(body->root().get("server").get("networks").at(0).get("port").string_or());
      return answer(202, R"({"server":{"id":"s1"}})");
    }
    return answer(200, R"({"servers":[]})");
  };
  const cloud::NodeBatch batch{.project = "p",
                               .cluster = "web",
                               .names = {"web-a-1", "web-a-2"},
                               .region = "One",
                               .zone = "",
                               .type = "m1.small",
                               .image = {.id = "img"},
                               .disk = {},
                               .public_ip = false,
                               .network = {.id = "n1"},
                               .subnet_id = "sub"};
  const auto created = cloud.loop.run(cloud.driver->create_nodes(Context(cloud.loop), batch));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  EXPECT_EQ(used, (std::vector<std::string>{"p1", "p5"}));
  EXPECT_EQ(deleted, (std::vector<std::string>{"p9"}));
  EXPECT_EQ(lists, 3);
}

TEST(Driver, AServerThatFoundNoHostGivesItsNameAndPortFree) {
  Cloud cloud;
  bool is_in_the_way = true;
  int creates = 0;
  cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto& url = request.url;
    const auto answer = [](int status, std::string body) {
      return http::Response{.status = status, .headers = {}, .body = std::move(body)};
    };
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200,
                    R"({"flavors":[{"id":"2","name":"m1.small","ram":2048,"disk":20,"vcpus":1}]})");
    }
    if (url.find("/ports") != std::string::npos) {
      return answer(200, R"({"ports":[{"id":"p1","name":"ccloud_p_port_web-a-1"}]})");
    }
    if (request.method == "POST" && url.ends_with("/servers")) {
      ++creates;
      return is_in_the_way
                 ? answer(409, R"({"conflictingRequest":{"code":409,"message":"Port in use."}})")
                 : answer(202, R"({"server":{"id":"s2"}})");
    }
    if (request.method == "DELETE") {
      is_in_the_way = false;
      return answer(204, "");
    }
    const std::string failed =
        R"({"id":"s1","status":"ERROR","metadata":{"ccloud-node":"web-a-1"}})";
    if (url.find("/servers/s1") != std::string::npos) {
      return is_in_the_way ? answer(200, R"({"server":)" + failed + "}") : answer(404, "{}");
    }
    return answer(200, R"({"servers":[)" + failed + "]}");
  };
  cloud::NodeBatch batch{.project = "p",
                         .cluster = "web",
                         .names = {"web-a-1"},
                         .region = "One",
                         .zone = "b",
                         .type = "m1.small",
                         .image = {.id = "img"},
                         .disk = {},
                         .public_ip = false,
                         .network = {.id = "n1"},
                         .subnet_id = "sub"};
  auto created = cloud.loop.run(cloud.driver->create_nodes(Context(cloud.loop), batch));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  ASSERT_TRUE((*created)[0].instance.has_value()) << (*created)[0].instance.error().message;
  EXPECT_EQ((*created)[0].instance->id, "s2");
  EXPECT_EQ(creates, 2);
}

}  // namespace
}  // namespace ccloud::openstack
