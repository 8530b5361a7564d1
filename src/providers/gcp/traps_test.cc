// What Compute Engine does that surprises: repeated requests, failures in operations, stale
// fingerprints, half lists, rules that others write.
#include <deque>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cloud/testing/fake_http.h"
#include "json/writer.h"
#include "providers/gcp/driver.h"

namespace ccloud::gcp {
namespace {

using cloud::NodeState;
using cloud::testing::FakeHost;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view zone_url =
    "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a";

std::string operation(std::string_view status, std::string_view more = "") {
  return fmt::format(
      R"({{"name":"operation-1","id":"77","status":"{}","zone":"{}","targetId":"9001"{}}})", status,
      zone_url, more);
}

std::string failed(std::string_view code, std::string_view begun = "1970-01-01T00:00:00Z") {
  return operation("DONE", fmt::format(R"(,"insertTime":"{}","httpErrorStatusCode":409,)"
                                       R"("error":{{"errors":[{{"code":"{}","message":"m"}}]}})",
                                       begun, code));
}

std::string machine(std::string_view project, std::string_view status = "RUNNING") {
  return fmt::format(
      R"({{"id":"9001","name":"web-us-1","zone":"{}","status":"{}","labelFingerprint":"f1",)"
      R"("labels":{{"ccloud-project":"{}","ccloud-node":"web-us-1"}},"disks":[{{"boot":true,"source":"x/disks/d"}}],)"
      R"("metadata":{{"fingerprint":"m1","items":[{{"key":"ssh-keys","value":"ops:old"}}]}}}})",
      zone_url, status, project);
}

/// A driver whose cloud answers by `script`, in order: method and a part of the URL, and what then.
struct Bench {
  struct Turn {
    std::string method, url;
    int status = 200;
    std::string body;
  };
  FakeHost fake;
  std::deque<Turn> turns;
  std::unique_ptr<cloud::Provider> driver;

  Bench() {
    cloud::ProviderSettings settings{.name = "gg", .driver = "gcp", .account = "p"};
    settings.credentials_command = "token";
    fake.command = [](const auto&) { return Result<std::string>("TOKEN"); };
    driver = std::move(*make_driver(std::move(settings)));
    fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      const auto asked = request.method + " " + request.url;
      if (turns.empty()) return make_error(ErrorCode::internal, "not expected: " + asked);
      const auto turn = turns.front();
      turns.pop_front();
      EXPECT_EQ(request.method, turn.method) << asked;
      EXPECT_THAT(request.url, HasSubstr(turn.url));
      return http::Response{.status = turn.status, .headers = {}, .body = turn.body};
    };
  }
  ~Bench() { EXPECT_THAT(turns, IsEmpty()); }

  Result<std::unique_ptr<cloud::Provider>> make_driver(cloud::ProviderSettings settings) {
    auto login = find_login(fake.host(), settings);
    if (!login) return login.error();
    return std::make_unique<Driver>(fake.host(), std::move(settings), std::move(*login));
  }
  template <class T>
  Result<T> run(Task<T> task) {
    return fake.loop.run(std::move(task));
  }
  Context ctx() { return Context(fake.loop); }
  const http::Request& request(std::size_t index) { return fake.http.requests.at(index); }

  Result<cloud::Instance> create() {
    cloud::NodeBatch batch{.project = "demo",
                           .cluster = "web",
                           .names = {"web-us-1"},
                           .region = "us-central1",
                           .zone = "us-central1-a",
                           .type = "e2-medium"};
    batch.labels = {{"ccloud-project", "demo"}};
    batch.token = "t0";
    const auto all = run(driver->create_nodes(ctx(), batch));
    if (!all) return all.error();
    return all->front().instance;
  }
};

const cloud::NodeRef node{
    .id = "9001", .name = "web-us-1", .region = "us-central1", .zone = "us-central1-a"};
constexpr auto instances = "/zones/us-central1-a/instances";

std::string request_id(const http::Request& request) {
  return request.url.substr(request.url.find("requestId="));
}

TEST(Create, AFailureOfTheOperationComesLaterAndCounts) {
  Bench bench;
  bench.turns = {
      {"POST", instances, 200, operation("RUNNING")},
      {"POST", "/operations/operation-1/wait", 200, operation("RUNNING")},
      {"POST", "/operations/operation-1/wait", 200, failed("ZONE_RESOURCE_POOL_EXHAUSTED")}};
  const auto made = bench.create();
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::capacity);
  EXPECT_EQ(made.error().provider, "gg");
  EXPECT_THAT(made.error().message, HasSubstr("creating web-us-1"));
}

TEST(Create, AnOldFailureThatComesBackIsNotTheLastWord) {
  Bench bench;
  bench.turns = {{"POST", instances, 200, failed("QUOTA_EXCEEDED")},  // of long ago
                 {"POST", instances, 200, operation("RUNNING")},
                 {"POST", "/wait", 200, operation("DONE")}};
  const auto made = bench.create();
  ASSERT_TRUE(made.has_value()) << describe(made.error());
  EXPECT_EQ(made->id, "9001");
  EXPECT_EQ(made->state, NodeState::pending);
  EXPECT_NE(request_id(bench.request(0)), request_id(bench.request(1)));
}

TEST(Create, AnOldSuccessWhoseMachineIsGoneIsDead) {
  Bench bench;
  bench.turns = {{"POST", instances, 200, operation("DONE")},
                 {"GET", instances, 404, R"({"error":{"errors":[{"reason":"notFound"}]}})"}};
  const auto made = bench.create();
  ASSERT_TRUE(made.has_value()) << describe(made.error());
  EXPECT_EQ(made->state, NodeState::terminated);  // births go on with the next token
  EXPECT_EQ(made->id, "9001");
}

TEST(Create, WhatIsThereIsAdoptedUnlessItIsAnothers) {
  for (const bool is_late : {false, true}) {
    Bench bench;
    if (is_late) {
      bench.turns = {{"POST", instances, 200, operation("RUNNING")},
                     {"POST", "/wait", 200, failed("RESOURCE_ALREADY_EXISTS")}};
    } else {
      bench.turns = {
          {"POST", instances, 409, R"({"error":{"errors":[{"reason":"alreadyExists"}]}})"}};
    }
    bench.turns.push_back({"GET", instances, 200, machine(is_late ? "other" : "demo")});
    const auto made = bench.create();
    if (is_late) {
      ASSERT_FALSE(made.has_value());
      EXPECT_EQ(made.error().code, ErrorCode::already_exists);
    } else {
      ASSERT_TRUE(made.has_value()) << describe(made.error());
      EXPECT_EQ(made->state, NodeState::running);
    }
  }
}

TEST(Create, ACloudConfigNeedsAnImageWithCloudInit) {
  Bench bench;
  cloud::NodeBatch batch{.names = {"web-us-1"},
                         .image = {.id = "projects/debian-cloud/global/images/d"}};
  batch.user_data = "#cloud-config\npackages: [nginx]\n";
  const auto made = bench.run(bench.driver->create_nodes(bench.ctx(), batch));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().raw_code, "not-supported");
}

TEST(Network, WhatAnotherOperatorMadeMeanwhileIsAsGood) {
  Bench bench;
  const std::string_view missing = R"({"error":{"errors":[{"reason":"notFound"}]}})";
  bench.turns = {
      {"GET", "/global/networks/ccloud-demo-a-us-central1-", 200, "{}"},
      {"GET", "/subnetworks/ccloud-demo-a-us-central1-", 404, std::string(missing)},
      {"POST", "/subnetworks?", 400,
       R"({"error":{"message":"Invalid IPCidrRange: conflicts with existing subnetwork",)"
       R"("errors":[{"reason":"invalid"}]}})"},
      {"GET", "/subnetworks/ccloud-demo-a-us-central1-", 200, "{}"}};
  cloud::NetworkSpec spec{.name = "a", .region = "us-central1", .cidr = "10.0.0.0/20"};
  spec.labels = {{"ccloud-project", "demo"}};
  const auto made = bench.run(bench.driver->ensure_network(bench.ctx(), spec));
  ASSERT_TRUE(made.has_value()) << describe(made.error());
  EXPECT_THAT(made->subnets, SizeIs(1));
}

/// Their inserts are under way: taken names that are not found yet.
TEST(Network, WhatAnotherOperatorIsMakingIsWaitedFor) {
  Bench bench;
  const std::string missing = R"({"error":{"errors":[{"reason":"notFound"}]}})";
  const std::string taken = R"({"error":{"errors":[{"reason":"alreadyExists"}]}})";
  const auto net = "/global/networks/ccloud-demo-a-us-central1-";
  const auto subnet = "/subnetworks/ccloud-demo-a-us-central1-";
  bench.turns = {
      {"GET", net, 404, missing},
      {"POST", "/global/networks?", 409, taken},
      {"GET", net, 404, missing},
      {"GET", net, 200, "{}"},
      {"GET", subnet, 404, missing},
      {"POST", "/subnetworks?", 400,
       R"({"error":{"message":"Invalid IPCidrRange: conflicts with existing subnetwork",)"
       R"("errors":[{"reason":"invalid"}]}})"},
      {"GET", subnet, 404, missing},
      {"GET", subnet, 404, missing},
      {"GET", subnet, 200, "{}"}};
  cloud::NetworkSpec spec{.name = "a", .region = "us-central1", .cidr = "10.0.0.0/20"};
  spec.labels = {{"ccloud-project", "demo"}};
  const auto made = bench.run(bench.driver->ensure_network(bench.ctx(), spec));
  ASSERT_TRUE(made.has_value()) << describe(made.error());
  EXPECT_THAT(made->subnets, SizeIs(1));
}

TEST(Change, AStaleFingerprintIsReadAgain) {
  Bench bench;
  bench.turns = {
      {"GET", "/instances/9001", 200, machine("demo")},
      {"POST", "/instances/9001/setLabels", 412,
       R"({"error":{"errors":[{"reason":"conditionNotMet"}]}})"},
      {"GET", "/instances/9001", 200, replace_all(machine("demo"), R"("f1")", R"("f2")")},
      {"POST", "/instances/9001/setLabels", 200, operation("DONE")}};
  cloud::NodeUpdate update{.node = node, .set_labels = {{"team", "a"}}};
  const auto done = bench.run(bench.driver->update_node(bench.ctx(), update));
  ASSERT_TRUE(done.has_value()) << describe(done.error());
  const auto& body = bench.request(3).body;
  EXPECT_THAT(body, HasSubstr(R"("labelFingerprint":"f2")"));
  EXPECT_THAT(body, HasSubstr(R"("ccloud-project":"demo")"));
  EXPECT_THAT(body, HasSubstr(R"("team":"a")"));
}

TEST(Change, ANodeThatRanRunsAgainWhateverBecameOfTheResize) {
  Bench bench;
  bench.turns = {{"GET", "/instances/9001", 200, machine("demo")},
                 {"POST", "/instances/9001/stop", 200, operation("DONE")},
                 {"POST", "/instances/9001/setMachineType", 200, failed("UNSUPPORTED_OPERATION")},
                 {"POST", "/instances/9001/start", 200, operation("DONE")}};
  cloud::NodeUpdate update{.node = node, .type = "n2-standard-2"};
  const auto done = bench.run(bench.driver->update_node(bench.ctx(), update));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::invalid_argument);
}

TEST(Change, ANodeThatIsOffStaysOff) {
  Bench bench;
  bench.turns = {{"GET", "/instances/9001", 200, machine("demo", "TERMINATED")},
                 {"POST", "/instances/9001/setMachineType", 200, operation("DONE")}};
  cloud::NodeUpdate update{.node = node, .type = "n2-standard-2"};
  EXPECT_TRUE(bench.run(bench.driver->update_node(bench.ctx(), update)).has_value());
}

TEST(Change, ExchangedKeysDoNotComeBackFromTheMetadata) {
  Bench bench;
  bench.turns = {{"GET", "/instances/9001", 200, machine("demo")},
                 {"POST", "/instances/9001/setMetadata", 200, operation("DONE")}};
  cloud::NodeUpdate update{.node = node};
  update.ssh_keys = {"new"};
  EXPECT_TRUE(bench.run(bench.driver->update_node(bench.ctx(), update)).has_value());
  EXPECT_THAT(bench.request(1).body, HasSubstr(R"("value":"ops:new")"));
  EXPECT_THAT(bench.request(1).body, HasSubstr(R"("fingerprint":"m1")"));
}

TEST(Discover, AZoneThatDoesNotAnswerIsItsRegionsTrouble) {
  Bench bench;
  bench.turns = {
      {"GET", "/aggregated/instances", 200,
       fmt::format(R"({{"items":{{"zones/us-central1-a":{{"instances":[{}]}},)"
                   R"("zones/us-central1-b":{{"warning":{{"code":"NO_RESULTS_ON_PAGE"}}}}}},)"
                   R"("unreachables":["projects/p/zones/europe-west1-b"]}})",
                   machine("demo"))}};
  const auto found =
      bench.run(bench.driver->discover(bench.ctx(), {.project = "demo",
                                                     .regions = {"us-central1", "europe-west1"},
                                                     .depth = cloud::Depth::nodes}));
  ASSERT_TRUE(found.has_value()) << describe(found.error());
  EXPECT_THAT(bench.request(0).url, HasSubstr("returnPartialSuccess=true"));
  EXPECT_THAT(bench.request(0).url,
              HasSubstr("filter=" + percent_encode("labels.ccloud-project = \"demo\"")));
  EXPECT_THAT(found->regions.at(0).nodes, SizeIs(1));
  EXPECT_FALSE(found->regions.at(0).error.has_value());
  ASSERT_TRUE(found->regions.at(1).error.has_value());
  EXPECT_EQ(found->regions.at(1).error->code, ErrorCode::unavailable);
}

TEST(Console, IsReadPageByPageFromWhereTheLastOneEnded) {
  Bench bench;
  bench.turns = {{"GET", "/instances/9001/serialPort?port=1&start=0", 200,
                  R"({"contents":"one ","next":"4"})"},
                 {"GET", "start=4", 200, R"({"contents":"two","next":"7"})"},
                 {"GET", "start=7", 200, R"({"contents":"","next":"7"})"}};
  const auto text = bench.run(bench.driver->console(bench.ctx(), node));
  ASSERT_TRUE(text.has_value()) << describe(text.error());
  EXPECT_EQ(*text, "one two");
}

/// A machine without labels, whose metadata name a node.
std::string unmarked(const std::string& name, std::string_view node_name) {
  return fmt::format(
      R"({{"id":"9","name":"{}","zone":"{}","status":"RUNNING","selfLink":"{}/instances/{}",)"
      R"("metadata":{{"items":[{{"key":"ccloud-node","value":"{}"}},{{"key":"ccloud-cluster","value":"web"}}]}}}})",
      name, zone_url, zone_url, name, node_name);
}

TEST(Discover, AMachineThatLostItsLabelIsFoundByItsDisk) {
  Bench bench;
  const auto ours = machine_name("demo", "web-us-1");
  bench.fake.http.handler = [&](const http::Request& request) -> Result<http::Response> {
    const auto path = request.url.substr(0, request.url.find('?'));
    std::string body = R"({"items":{}})";
    if (path.ends_with("/global/networks") || path.ends_with("/global/firewalls")) body = "{}";
    if (path.ends_with("/aggregated/disks")) {
      std::string disks;
      for (const auto& name : {ours, std::string("gone"), std::string("another")}) {
        disks += fmt::format(
            R"({}{{"name":"d","zone":"{}","labels":{{"ccloud-project":"demo"}},"users":["{}/instances/{}"]}})",
            disks.empty() ? "" : ",", zone_url, zone_url, name);
      }
      body = fmt::format(R"({{"items":{{"zones/us-central1-a":{{"disks":[{}]}}}}}})", disks);
    }
    if (path.ends_with("/" + ours)) body = unmarked(ours, "web-us-1");
    if (path.ends_with("/another")) body = unmarked("another", "web-us-1");  // not our name for it
    const bool is_gone = path.ends_with("/instances/gone");
    return http::Response{.status = is_gone ? 404 : 200, .headers = {}, .body = body};
  };
  const auto found = bench.run(bench.driver->discover(
      bench.ctx(),
      {.project = "demo", .regions = {"us-central1"}, .depth = cloud::Depth::everything}));
  ASSERT_TRUE(found.has_value()) << describe(found.error());
  ASSERT_THAT(found->regions.at(0).nodes, SizeIs(1));
  const auto& lost = found->regions.at(0).nodes[0];
  EXPECT_EQ(lost.name, "web-us-1");
  EXPECT_EQ(lost.cluster, "web");
  EXPECT_THAT(lost.labels, IsEmpty());
  EXPECT_THAT(found->regions.at(0).leftovers, IsEmpty());
}

// --- Firewalls, against a list of rules that lives ---

struct Wall {
  Bench bench;
  std::map<std::string, std::string> rules;
  std::vector<std::string> changes;
  cloud::FirewallSpec spec;

  explicit Wall(bool is_owned) {
    spec.name = "web";
    spec.region = "us-central1";
    spec.network = {.id = "projects/p/global/networks/net", .name = "net", .is_owned = is_owned};
    spec.rules = {{.protocol = cloud::Protocol::tcp,
                   .from_port = 22,
                   .to_port = 22,
                   .cidr = "10.0.0.0/8",
                   .group = {}}};
    spec.labels = {
        {"ccloud-project", "demo"}, {"ccloud-firewall", "web"}, {"ccloud-cluster", "web"}};
    bench.fake.http.handler = [this](const http::Request& request) -> Result<http::Response> {
      return http::Response{.status = 200, .headers = {}, .body = answer(request)};
    };
  }
  std::string answer(const http::Request& request) {
    const auto path = request.url.substr(0, request.url.find('?'));
    const auto done = R"({"name":"o","id":"1","status":"DONE"})";
    if (request.method == "GET" && path.ends_with("/global/firewalls")) {
      std::string list;
      for (const auto& [name, body] : rules) list += (list.empty() ? "" : ",") + body;
      return fmt::format(R"({{"items":[{}]}})", list);
    }
    if (request.method == "GET") return R"({"items":{}})";
    const auto document = json::parse(request.body);
    const auto name =
        request.method == "POST" ? document->root().get("name").string_or() : last_part(path);
    changes.push_back(request.method);
    if (request.method == "DELETE") {
      rules.erase(name);
    } else if (request.method == "PATCH") {
      changes.back() += " " + request.body;
    } else {
      rules[name] = request.body;
    }
    return done;
  }
  void add(const std::string& name, std::string_view more) {
    rules[name] = fmt::format(
        R"({{"name":"{}","network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/net",{}}})",
        name, more);
  }
  cloud::Firewall ensure() {
    changes.clear();
    auto made = bench.run(bench.driver->ensure_firewall(bench.ctx(), spec));
    EXPECT_TRUE(made.has_value()) << describe(made.error());
    return *made;
  }
  std::vector<cloud::FirewallRule> seen() {
    const auto found = bench.run(bench.driver->discover(
        bench.ctx(),
        {.project = "demo", .regions = {"us-central1"}, .depth = cloud::Depth::everything}));
    EXPECT_TRUE(found.has_value()) << describe(found.error());
    EXPECT_THAT(found->regions.at(0).firewalls, SizeIs(1));
    return found->regions.at(0).firewalls.at(0).rules;
  }
};

TEST(Firewall, IsClosedFirstAndFoundAgain) {
  Wall wall(true);
  const auto made = wall.ensure();
  EXPECT_THAT(wall.rules, SizeIs(2));
  EXPECT_TRUE(wall.rules.contains(made.id));
  EXPECT_EQ(wall.seen(), wall.spec.rules);
  wall.ensure();
  EXPECT_THAT(wall.changes, IsEmpty());
}

TEST(Firewall, ARuleThatAnotherOperatorIsMakingIsWaitedFor) {
  Wall wall(true);
  wall.spec.rules.clear();
  const std::string missing = R"({"error":{"errors":[{"reason":"notFound"}]}})";
  const std::string taken = R"({"error":{"errors":[{"reason":"alreadyExists"}]}})";
  const std::string done = R"({"name":"o","id":"1","status":"DONE"})";
  const auto refuse = [](int status, const std::string& body) {
    return [status, body](const http::Request&) -> Result<http::Response> {
      return http::Response{.status = status, .headers = {}, .body = body};
    };
  };
  for (const auto& [status, body] : {std::pair(200, std::string(R"({"items":[]})")),
                                     {409, taken},
                                     {404, missing},
                                     {409, taken},
                                     {200, done}}) {
    wall.bench.fake.http.push(refuse(status, body));
  }
  wall.ensure();
  EXPECT_EQ(wall.bench.fake.http.requests.back().method, "PUT");
}

TEST(Firewall, WhatOthersOpenedBehindOurBackIsSeenAndClosed) {
  Wall wall(true);
  const auto tag = wall.ensure().id;
  wall.add(
      "by-tag",
      fmt::format(
          R"("allowed":[{{"IPProtocol":"tcp","ports":["80"]}}],"sourceRanges":["0.0.0.0/0"],"targetTags":["{}"])",
          tag));
  wall.add("for-all", R"("allowed":[{"IPProtocol":"all"}],"sourceRanges":["0.0.0.0/0"])");
  wall.add("for-others", R"("allowed":[{"IPProtocol":"tcp"}],"targetTags":["theirs"])");
  EXPECT_THAT(wall.seen(), SizeIs(5));
  wall.ensure();
  EXPECT_THAT(wall.changes, ElementsAre("DELETE", "DELETE"));
  EXPECT_EQ(wall.seen(), wall.spec.rules);
  // One that no longer closes, and one of ours that was changed.
  for (auto& [name, body] : wall.rules) {
    body = replace_all(body, R"("disabled":false)", R"("disabled":true)");
  }
  EXPECT_NE(wall.seen(), wall.spec.rules);
  wall.ensure();
  EXPECT_THAT(wall.changes, ElementsAre("PUT", "PUT"));
  EXPECT_EQ(wall.seen(), wall.spec.rules);
}

TEST(Firewall, InANetworkOfOthersTheirRulesStay) {
  Wall wall(false);
  const auto tag = wall.ensure().id;
  wall.add("for-all", R"("allowed":[{"IPProtocol":"icmp"}],"sourceRanges":["0.0.0.0/0"])");
  wall.add("shared",
           fmt::format(R"("allowed":[{{"IPProtocol":"tcp"}}],"targetTags":["theirs","{}"])", tag));
  wall.ensure();
  ASSERT_THAT(wall.changes, SizeIs(1));
  EXPECT_EQ(wall.changes.front(), R"(PATCH {"targetTags":["theirs"]})");
  EXPECT_TRUE(wall.rules.contains("for-all"));
}

}  // namespace
}  // namespace ccloud::gcp
