// The OpenStack driver's calls against a scripted cloud.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "json/reader.h"
#include "providers/openstack/testing/fake_openstack.h"

namespace ccloud::openstack {
namespace {

using testing::Cloud;
using testing::token_response;

constexpr auto flavors =
    R"({"flavors":[{"id":"2","name":"m1.small","ram":2048,"disk":20,"vcpus":1}]})";

http::Response answer(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

cloud::NodeBatch batch_of(std::vector<std::string> names, std::string zone = "") {
  return {.project = "p",
          .cluster = "web",
          .names = std::move(names),
          .region = "One",
          .zone = std::move(zone),
          .type = "m1.small",
          .image = {.id = "img"},
          .disk = {},
          .public_ip = false,
          .network = {.id = "n1"},
          .subnet_id = "sub"};
}

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
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200, flavors);
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
  const auto batch = batch_of({"web-a-1"});
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
  std::string holder;  ///< as the list has it
  std::string created;
  bool was_held = false;     ///< by the server that is to be deleted
  std::string later_holder;  ///< from when the port is read by itself

  PortLeft() {
    cloud.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      const auto& url = request.url;
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
      const auto port = [&] {
        return R"({"id":"p1","name":"ccloud_p_port_web-a-1","device_id":")" + holder +
               R"(","created_at":")" + created + R"(","security_groups":["sg1"]})";
      };
      if (url.ends_with("/ports/p1")) {
        holder = later_holder;
        return answer(200, R"({"port":)" + port() + "}");
      }
      if (url.ends_with("/ports?device_id=s1")) {
        return answer(200, was_held ? R"({"ports":[)" + port() + "]}" : R"({"ports":[]})");
      }
      if (url.find("/ports") != std::string::npos) {
        return answer(200, is_gone ? R"({"ports":[]})" : R"({"ports":[)" + port() + "]}");
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

TEST(Driver, APortThatAServerHoldsStays) {
  for (const bool is_late : {false, true}) {
    PortLeft left;
    // Of another server of the name, or of one that took it since the list was read.
    if (!is_late) left.holder = "s2";
    left.later_holder = "s2";
    std::vector<cloud::NodeRef> nodes{
        {.id = "s1", .name = "web-a-1", .region = "One", .zone = "", .project = "p"}};
    auto gone =
        left.cloud.loop.run(left.cloud.driver->delete_nodes(Context(left.cloud.loop), nodes));
    ASSERT_TRUE(gone.has_value()) << gone.error().message;
    EXPECT_TRUE((*gone)[0].result.has_value());
    EXPECT_TRUE(left.deleted.empty());
  }
}

/// Another run replaces the same node and has not come to its server yet.
TEST(Driver, ANewPortOfAnotherRunStays) {
  PortLeft left;
  left.created = format_time(left.cloud.loop.wall_now() - std::chrono::seconds(20));
  std::vector<cloud::NodeRef> nodes{
      {.id = "s1", .name = "web-a-1", .region = "One", .zone = "", .project = "p"}};
  ASSERT_TRUE(
      left.cloud.loop.run(left.cloud.driver->delete_nodes(Context(left.cloud.loop), nodes)));
  EXPECT_TRUE(left.deleted.empty());
  left.was_held = true;
  ASSERT_TRUE(
      left.cloud.loop.run(left.cloud.driver->delete_nodes(Context(left.cloud.loop), nodes)));
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

TEST(Driver, PortsOfABatchAreLookedForTogetherAndOneOfDoublesWins) {
  Cloud cloud;
  int lists = 0;
  std::vector<std::string> deleted;
  std::vector<std::string> used;
  cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto& url = request.url;
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200, flavors);
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
    if (url.ends_with("/ports/p9")) return answer(200, R"({"port":{"id":"p9","device_id":""}})");
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
  const auto batch = batch_of({"web-a-1", "web-a-2"});
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
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200, flavors);
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
  const auto batch = batch_of({"web-a-1"}, "b");
  auto created = cloud.loop.run(cloud.driver->create_nodes(Context(cloud.loop), batch));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  ASSERT_TRUE((*created)[0].instance.has_value()) << (*created)[0].instance.error().message;
  EXPECT_EQ((*created)[0].instance->id, "s2");
  EXPECT_EQ(creates, 2);
}

/// Another run that replaces the same node may have deleted what had its name.
TEST(Driver, AServerWhosePortIsGoneGetsANewOne) {
  Cloud cloud;
  std::vector<std::string> used;
  cloud.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto& url = request.url;
    if (url.ends_with("/auth/tokens")) return token_response();
    if (url.find("/flavors") != std::string::npos) {
      return answer(200, flavors);
    }
    if (url.ends_with("/ports/p1")) return answer(404, "{}");
    if (url.find("/ports") != std::string::npos) {
      const std::string id = used.empty() ? "p1" : "p2";
      return answer(200, R"({"ports":[{"id":")" + id + R"(","name":"ccloud_p_port_web-a-1"}]})");
    }
    if (request.method == "POST" && url.ends_with("/servers")) {
      const auto body = json::parse(request.body);
      used.push_back(body->root().get("server").get("networks").at(0).get("port").string_or());
      return used.back() == "p1"
                 ? answer(400, R"({"badRequest":{"code":400,"message":"Port p1 not found."}})")
                 : answer(202, R"({"server":{"id":"s1"}})");
    }
    return answer(200, R"({"servers":[]})");
  };
  const auto batch = batch_of({"web-a-1"});
  const auto created = cloud.loop.run(cloud.driver->create_nodes(Context(cloud.loop), batch));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  ASSERT_TRUE((*created)[0].instance.has_value()) << (*created)[0].instance.error().message;
  EXPECT_EQ(used, (std::vector<std::string>{"p1", "p2"}));
}

}  // namespace
}  // namespace ccloud::openstack
