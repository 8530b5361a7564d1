// `status` when clouds are slow, silent or down, and the machines of others.
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

}  // namespace
}  // namespace ccloud::deploy
