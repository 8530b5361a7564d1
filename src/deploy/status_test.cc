// `status` when clouds are slow, silent or down, and the machines of others.
#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/patience.h"
#include "deploy/testing/harness.h"

namespace ccloud::deploy {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::web;

constexpr std::string_view with_others = R"({
  "project": "hello",
  "clusters": {
    "old": { "ssh": { "user": "admin" },
             "existing": [ { "provider": "aws", "region": "us-east-1", "match": { "Role": "old" } } ] }
  }
})";

void add_other(Harness& h, const std::string& name) {
  cloud::Instance node;
  node.id = "i-" + name;
  node.name = name;
  node.region = "us-east-1";
  node.state = cloud::NodeState::running;
  node.labels = {{"Role", "old"}};
  h.cloud.nodes.emplace(node.id, node);
}

TEST(Status, ShowsMachinesOfOthersAsLastKnownWhenTheirCloudIsDown) {
  Harness h;
  add_other(h, "db-1");
  const auto first = h.status(with_others);
  ASSERT_THAT(first.nodes, SizeIs(1));
  EXPECT_TRUE(first.nodes[0].is_existing);
  EXPECT_FALSE(first.nodes[0].is_cached);
  for (const char* call : {"discover", "find_existing"}) {
    h.cloud.faults.push_back(
        {.call = call, .error = make_error(ErrorCode::unavailable, "no connection")});
  }
  const auto second = h.status(with_others);
  ASSERT_THAT(second.nodes, SizeIs(1));
  EXPECT_EQ(second.nodes[0].name, "db-1");
  EXPECT_EQ(second.nodes[0].cluster, "old");
  EXPECT_TRUE(second.nodes[0].is_existing);
  EXPECT_TRUE(second.nodes[0].is_cached);
  EXPECT_FALSE(second.is_complete);
  EXPECT_THAT(second.errors, SizeIs(1)) << "one cloud that is down is told once";
  EXPECT_EQ(second.exit, Exit::unreachable);
}

TEST(Status, ShowsLastKnownRowsAlsoWhenTheTimeIsUp) {
  Harness h;
  h.deploy(web(2));
  h.status(web(2));
  h.cloud.faults.push_back({.call = "discover", .delay = 1h});
  auto session = h.session(web(2));
  const auto status = h.loop.run(run_status(h.ctx.with_timeout(3s), *session));
  ASSERT_THAT(status->nodes, SizeIs(2));
  EXPECT_TRUE(status->nodes[0].is_cached);
}

/// Two clouds, each with one machine of others: "a-1" on one, "b-1" on two.
struct TwoClouds : ::testing::Test {
  static constexpr std::string_view config = R"({
    "project": "hello",
    "providers": { "one": { "driver": "aws" }, "two": { "driver": "aws" } },
    "clusters": {
      "old": { "ssh": { "user": "admin" },
               "existing": [
                 { "provider": "one", "region": "us-east-1", "match": { "Role": "old" } },
                 { "provider": "two", "region": "us-east-1", "match": { "Role": "old" } } ] }
    }
  })";

  TwoClouds() {
    add(h.cloud, "a-1");
    add(second, "b-1");
  }

  static void add(cloud::testing::FakeCloud& cloud, const std::string& name) {
    cloud::Instance node;
    node.id = "i-" + name;
    node.name = name;
    node.region = "us-east-1";
    node.state = cloud::NodeState::running;
    node.labels = {{"Role", "old"}};
    cloud.nodes.emplace(node.id, node);
  }

  std::unique_ptr<Session> session() {
    auto made = h.session(config);
    made->tools().make_provider = [this](cloud::Host host, cloud::ProviderSettings settings) {
      auto& cloud = settings.name == "two" ? second : h.cloud;
      return cloud.factory()(std::move(host), std::move(settings));
    };
    return made;
  }

  Harness h;
  cloud::testing::FakeCloud second{h.loop};
};

TEST_F(TwoClouds, RowsAreToldAsEachCloudAnswers) {
  second.faults.push_back({.call = "discover", .delay = 20s});
  const auto start = h.loop.now();
  std::map<std::string, async::Duration> told;
  auto open = session();
  const auto result = h.loop.run(run_status(h.ctx, *open, [&](const std::vector<NodeRow>& rows) {
    for (const auto& row : rows) {
      EXPECT_FALSE(told.contains(row.name)) << row.name << " is told twice";
      told[row.name] = h.loop.now() - start;
    }
  }));
  EXPECT_THAT(result->nodes, SizeIs(2));
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_LT(told["a-1"], 1s);
  EXPECT_GE(told["b-1"], 20s);
}

TEST_F(TwoClouds, RowsToldEarlyAreThoseOfTheResult) {
  Harness deployed;
  deployed.deploy(web(3));
  deployed.cloud.nodes.begin()->second.state = cloud::NodeState::stopped;
  std::map<std::string, NodeRow> told;
  auto open = deployed.session(web(4));
  const auto result =
      deployed.loop.run(run_status(deployed.ctx, *open, [&](const std::vector<NodeRow>& rows) {
        for (const auto& row : rows) told.emplace(row.name, row);
      }));
  ASSERT_THAT(result->nodes, SizeIs(4));
  ASSERT_THAT(told, SizeIs(4));
  std::size_t drifted = 0;
  for (const auto& row : result->nodes) {
    const auto& early = told.at(row.name);
    EXPECT_EQ(early.instance.state, row.instance.state);
    EXPECT_EQ(early.drift.has_value(), row.drift.has_value()) << row.name;
    if (early.drift && row.drift) EXPECT_EQ(early.drift->why, row.drift->why);
    drifted += row.drift ? 1 : 0;
  }
  EXPECT_EQ(drifted, 2) << "one is stopped, one is missing";
}

TEST_F(TwoClouds, AWatchOfOneCloudDoesNotWaitForTheOther) {
  constexpr auto silence = 25s;  // short of what ends a look
  second.on_call = [&, calls = 0](const std::string& call) mutable {
    if (call == "discover" && ++calls == 3)
      second.faults.push_back({.call = call, .delay = silence});
  };
  struct Look {
    async::TimePoint at;
    NodeRow a, b;
    bool is_complete;
  };
  std::vector<Look> looks;
  auto open = session();
  const auto ended = h.loop.run(watch_status(h.ctx, *open, 2s, [&](const StatusResult& result) {
    EXPECT_THAT(result.nodes, SizeIs(2));
    if (result.nodes.size() != 2) return false;
    looks.push_back({h.loop.now(), result.nodes[0], result.nodes[1], result.is_complete});
    return looks.size() < 25;
  }));
  EXPECT_TRUE(ended.has_value());
  ASSERT_THAT(looks, SizeIs(25));
  bool has_been_silent = false;
  double oldest = 0;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    EXPECT_FALSE(looks[i].a.is_cached);
    EXPECT_LT(looks[i].a.age_seconds, 5) << "look " << i;
    if (i > 0) EXPECT_LT(looks[i].at - looks[i - 1].at, 3s) << "look " << i;
    EXPECT_EQ(looks[i].b.is_cached, !looks[i].is_complete);
    has_been_silent |= looks[i].b.is_cached;
    oldest = std::max(oldest, looks[i].b.age_seconds);
  }
  EXPECT_TRUE(has_been_silent);
  EXPECT_GT(oldest, 15) << "the age of what is shown grows while its cloud is silent";
  EXPECT_FALSE(looks.back().b.is_cached) << "it answers again";
}

Task<void> probe_slowly(Context ctx, std::vector<NodeRow>* rows) {
  co_await ctx.sleep(10s);
  for (auto& row : *rows) row.reachable = true;
  co_return {};
}

TEST_F(TwoClouds, AWatchWithHealthShowsWhatTheCloudsSayBeforeTheNodesHaveAnswered) {
  h.hooks.probe = [](Context ctx, std::vector<NodeRow>* rows) { return probe_slowly(ctx, rows); };
  auto open = h.session(config, {.health = true});
  open->tools().make_provider = [this](cloud::Host host, cloud::ProviderSettings settings) {
    auto& cloud = settings.name == "two" ? second : h.cloud;
    return cloud.factory()(std::move(host), std::move(settings));
  };
  const auto start = h.loop.now();
  std::vector<std::pair<async::Duration, bool>> looks;
  const auto ended = h.loop.run(watch_status(h.ctx, *open, 2s, [&](const StatusResult& result) {
    looks.emplace_back(h.loop.now() - start, result.nodes.at(0).reachable.has_value());
    return looks.size() < 3;
  }));
  EXPECT_TRUE(ended.has_value());
  ASSERT_THAT(looks, SizeIs(3));
  EXPECT_LT(looks[0].first, 2s);
  EXPECT_FALSE(looks[0].second);
  EXPECT_GE(looks[1].first, 10s);
  EXPECT_TRUE(looks[1].second);
  EXPECT_TRUE(looks[2].second);
}

/// Answers with `status` after `delay`.
class SlowServer : public http::Client {
 public:
  Task<http::Response> send(Context ctx, http::Request, http::SendOptions) override {
    co_await ctx.sleep(delay);
    http::Response response;
    response.status = status;
    co_return response;
  }
  async::Duration delay = 3s;
  int status = 200;
};

Task<int> pages(Context ctx, http::Client* client, int count) {
  for (int i = 0; i < count; ++i) co_await client->send(ctx, {}, {});
  co_return count;
}

struct PatienceTest : ::testing::Test {
  async::Loop loop{async::ClockKind::virtual_time};
  Context ctx{loop};
  SlowServer server;
  Pulse pulse{loop, &server};
};

TEST_F(PatienceTest, ALongListThatGoesOnIsNotCutOff) {
  const Patience patience(ctx, &pulse, 10s, "aws");
  const auto done = loop.run(pages(patience.context(), &pulse, 100));
  EXPECT_EQ(done.value_or(0), 100);
}

TEST_F(PatienceTest, SilenceEndsAndSaysWhose) {
  server.delay = 1h;
  const auto start = loop.now();
  const Patience patience(ctx, &pulse, 10s, "aws");
  const auto done = loop.run(pages(patience.context(), &pulse, 1));
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr("aws gave no answer for 10"));
  EXPECT_EQ(loop.now() - start, 10s);
}

TEST_F(PatienceTest, RefusalsAreNoSignOfLife) {
  server.status = 503;
  const Patience patience(ctx, &pulse, 10s, "aws");
  EXPECT_FALSE(loop.run(pages(patience.context(), &pulse, 100)).has_value());
}

TEST(Console, EachSelectedNodeHasItsTextOrItsError) {
  Harness h;
  h.deploy(web(3));
  h.cloud.faults.push_back(
      {.call = "console", .error = make_error(ErrorCode::not_found, "there is none yet")});
  Options options;
  options.selectors = {"web-us-[1-2]"};
  auto session = h.session(web(3), options);
  const auto result = h.loop.run(run_console(h.ctx, *session));
  ASSERT_THAT(result->nodes, SizeIs(2));
  EXPECT_EQ(result->nodes[0].node, "web-us-1");
  ASSERT_FALSE(result->nodes[0].text.has_value());
  EXPECT_EQ(result->nodes[0].text.error().provider, "aws");
  EXPECT_EQ(result->nodes[1].text, "booted\n");
}

}  // namespace
}  // namespace ccloud::deploy
