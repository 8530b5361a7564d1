// Two machines that make the same at once, against a scripted Neutron whose lists lag.
#include "providers/openstack/election.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "json/reader.h"
#include "providers/openstack/testing/fake_openstack.h"

namespace ccloud::openstack {
namespace {

using namespace std::chrono_literals;
using testing::Cloud;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::token_response;

struct Item {
  std::string id;
  std::string collection;  ///< "networks"
  async::Duration made{};  ///< since the test began
  async::Duration shown{};
  std::string name = {};
  std::string more = {};  ///< further members
};

/// Neutron with an external network. Of each collection the next thing that we make gets `ours`
/// with the collection's first letter in front: "n5".
struct Neutron {
  Cloud cloud;
  std::vector<Item> items;
  std::vector<std::string> made;
  std::vector<std::string> deleted;
  std::vector<std::string> looks;                  ///< the collections of lists
  std::map<std::string, http::Response> refusals;  ///< of creates, by collection, once each
  bool tells_time = true;
  async::TimePoint begin = cloud.loop.now();
  async::WallTime wall = std::chrono::floor<std::chrono::seconds>(cloud.loop.wall_now());

  Neutron() {
    cloud.http.handler = [this](const http::Request& request) { return serve(request); };
  }

  static http::Response answer(int status, std::string body) {
    return {.status = status, .headers = {}, .body = std::move(body)};
  }

  std::string text(const Item& item) const {
    auto out = fmt::format(R"({{"id":"{}","name":"{}")", item.id, item.name);
    const auto at = wall + std::chrono::duration_cast<std::chrono::seconds>(item.made);
    if (tells_time) out += fmt::format(R"(,"created_at":"{}")", format_time(at));
    return out + item.more + "}";
  }

  Result<http::Response> serve(const http::Request& request) {
    const auto& url = request.url;
    if (url.ends_with("/auth/tokens")) return token_response();
    const auto now = cloud.loop.now() - begin;
    const auto path = url.substr(url.find("v2.0/") + 5);
    const auto collection = path.substr(0, path.find_first_of("/?"));
    if (request.method == "DELETE") {
      deleted.push_back(path.substr(path.rfind('/') + 1));
      std::erase_if(items, [&](const Item& one) { return one.id == deleted.back(); });
      return answer(204, "");
    }
    if (request.method == "POST") {
      if (const auto refusal = refusals.extract(collection)) return refusal.mapped();
      made.push_back(fmt::format("{}5", collection.front()));
      items.push_back({made.back(), collection, now, now});
      const auto kind = replace_all(collection.substr(0, collection.size() - 1), "-", "_");
      return answer(201, fmt::format(R"({{"{}":{}}})", kind, text(items.back())));
    }
    if (request.method != "GET") return answer(200, "{}");
    if (url.find("router:external") != std::string::npos) {
      return answer(200, R"({"networks":[{"id":"ext"}]})");
    }
    looks.push_back(collection);
    std::vector<std::string> shown;
    for (const auto& one : items) {
      if (one.collection == collection && one.shown <= now) shown.push_back(text(one));
    }
    return answer(
        200, fmt::format(R"({{"{}":[{}]}})", replace_all(collection, "-", "_"), join(shown, ",")));
  }

  static cloud::NetworkSpec spec() {
    return {.name = "default",
            .region = "One",
            .cidr = "10.0.0.0/16",
            .labels = {{std::string(cloud::mark_project), "p"}}};
  }
  std::string choose() {
    auto chosen = cloud.loop.run(cloud.driver->choose_network(Context(cloud.loop), spec()));
    return chosen ? chosen->id : chosen.error().message;
  }
};

TEST(Election, TheOlderOneStaysThoughAYoungerOneHasASmallerId) {
  Neutron neutron;
  neutron.items = {{"n1", "networks", 1s, 1s}, {"r1", "routers", 1s, 1s}};
  EXPECT_EQ(neutron.choose(), "n5");
  EXPECT_THAT(neutron.deleted, IsEmpty());
}

TEST(Election, OfOneSecondTheSmallestIdStaysThoughItShowsLate) {
  Neutron neutron;
  neutron.items = {{"n1", "networks", 900ms, 1900ms}, {"r9", "routers", 900ms, 1900ms}};
  EXPECT_EQ(neutron.choose(), "n1");
  EXPECT_THAT(neutron.deleted, ElementsAre("n5"));
}

TEST(Election, WithoutTimesTheSmallestIdStays) {
  Neutron neutron;
  neutron.tells_time = false;
  neutron.items = {{"n1", "networks", 1s, 1s}, {"r1", "routers", 0s, 0s}};
  EXPECT_EQ(neutron.choose(), "n1");
  EXPECT_THAT(neutron.deleted, ElementsAre("n5"));
}

TEST(Election, WhatIsFoundYoungIsLookedAtAgain) {
  Neutron neutron;
  neutron.items = {{"n3", "networks", 0s, 0s},
                   {"n2", "networks", 0s, 1s},
                   {"r3", "routers", -10s, -10s},
                   {"r2", "routers", -10s, 1s}};
  EXPECT_EQ(neutron.choose(), "n2");
  EXPECT_THAT(neutron.made, IsEmpty());
  EXPECT_THAT(neutron.deleted, IsEmpty());
  EXPECT_EQ(std::ranges::count(neutron.looks, "networks"), 2);
  EXPECT_EQ(std::ranges::count(neutron.looks, "routers"), 1);
}

TEST(Election, WhatThisRunHasDecidedItDoesNotLookForAgain) {
  Neutron neutron;
  ASSERT_EQ(neutron.choose(), "n5");
  for (auto& item : neutron.items) item.shown = 1h;  // lists fall behind
  neutron.items.push_back({"s1", "subnets", -10s, -10s});
  const cloud::Network chosen{.id = "n5", .name = "default", .region = "One", .is_owned = true};
  const auto whole = neutron.cloud.loop.run(
      neutron.cloud.driver->complete_network(Context(neutron.cloud.loop), Neutron::spec(), chosen));
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_THAT(neutron.made, ElementsAre("n5", "r5"));
}

TEST(Election, ASubnetThatIsRefusedForItsRangeIsTheTwins) {
  Neutron neutron;
  neutron.items = {{"r1", "routers", -10s, -10s}, {"s1", "subnets", 0s, 700ms}};
  neutron.refusals["subnets"] = Neutron::answer(
      400,
      R"({"NeutronError":{"type":"InvalidInput","message":"it overlaps with another subnet"}})");
  const cloud::Network chosen{.id = "n1", .name = "default", .region = "One", .is_owned = true};
  const auto whole = neutron.cloud.loop.run(
      neutron.cloud.driver->complete_network(Context(neutron.cloud.loop), Neutron::spec(), chosen));
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  ASSERT_EQ(whole->subnets.size(), 1U);
  EXPECT_EQ(whole->subnets[0].id, "s1");
}

TEST(Election, OtherRefusalsOfASubnetAreTold) {
  Neutron neutron;
  neutron.items = {{"r1", "routers", -10s, -10s}};
  neutron.refusals["subnets"] =
      Neutron::answer(400, R"({"NeutronError":{"type":"BadRequest","message":"no such range"}})");
  const cloud::Network chosen{.id = "n1", .name = "default", .region = "One", .is_owned = true};
  const auto whole = neutron.cloud.loop.run(
      neutron.cloud.driver->complete_network(Context(neutron.cloud.loop), Neutron::spec(), chosen));
  ASSERT_FALSE(whole.has_value());
  EXPECT_EQ(whole.error().message, "creating a subnet: no such range");
}

/// As a killed run or an earlier version left them.
TEST(Election, SpareNetworksRoutersAndGroupsAreLeftovers) {
  Neutron neutron;
  const std::string net = "ccloud_p_network_default";
  const std::string router = "ccloud_p_router_default";
  const std::string group = "ccloud_p_firewall_n2.web";
  neutron.items = {{"n1", "networks", -99s, -99s, net},
                   {"n2", "networks", -90s, -90s, net},
                   {"s2", "subnets", -90s, -90s, "", R"(,"network_id":"n2","cidr":"10.0.0.0/16")"},
                   {"r1", "routers", -99s, -99s, router},
                   {"r2", "routers", -90s, -90s, router},
                   {"g3", "security-groups", -80s, -80s, group},
                   {"g4", "security-groups", -90s, -90s, group}};
  const auto found = neutron.cloud.loop.run(neutron.cloud.driver->discover(
      Context(neutron.cloud.loop), {.project = "p", .regions = {"One"}}));
  ASSERT_TRUE(found.has_value()) << found.error().message;
  const auto& region = found->regions[0];
  ASSERT_EQ(region.networks.size(), 1U);
  EXPECT_EQ(region.networks[0].id, "n2");
  ASSERT_EQ(region.firewalls.size(), 1U);
  EXPECT_EQ(region.firewalls[0].id, "g4");
  EXPECT_THAT(region.leftovers, ElementsAre("network n1", "router r2", "security-group g3"));
}

}  // namespace
}  // namespace ccloud::openstack
