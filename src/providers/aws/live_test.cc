// The driver against a server that others wrote: the whole life of a small cluster. Runs only where
// CCLOUD_TEST_EC2_ENDPOINT names one (moto_server, or the simulator with its AWS_* variables).
#include <cstdlib>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/group.h"
#include "base/hash.h"
#include "cloud/marks.h"
#include "providers/aws/provider.h"

namespace ccloud::aws {
namespace {

using cloud::Depth;
using cloud::NodeState;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Live : ::testing::Test {
  async::Loop loop;
  Context ctx = Context(loop).with_timeout(std::chrono::minutes(3));
  std::unique_ptr<http::Client> client;
  std::unique_ptr<cloud::Provider> provider;
  std::unique_ptr<cloud::Provider> other;  ///< as if on another machine
  std::string trace;
  std::string region = "us-east-1";
  std::string project = "live-" + hex(random_bytes(3));
  cloud::Labels labels{{"ccloud-project", project}, {"team", "tea"}};

  void SetUp() override {
    if (std::getenv("CCLOUD_TEST_EC2_ENDPOINT") == nullptr)
      GTEST_SKIP() << "CCLOUD_TEST_EC2_ENDPOINT names no server";
    client = http::make_client(
        loop, {.user_agent = "ccloud-test", .on_exchange = [this](const http::Exchange& exchange) {
                 trace += http::render_trace(exchange);
               }});
    provider = open();
    other = open();
  }

  std::unique_ptr<cloud::Provider> open() {
    static const char* endpoint = std::getenv("CCLOUD_TEST_EC2_ENDPOINT");
    cloud::Host host;
    host.loop = &loop;
    host.http = client.get();
    host.env = [](const std::string& name) -> std::optional<std::string> {
      if (name == "AWS_ENDPOINT_URL") return endpoint;
      if (name != "AWS_ACCESS_KEY_ID" && name != "AWS_SECRET_ACCESS_KEY") return std::nullopt;
      const char* given = std::getenv(name.c_str());
      return given != nullptr ? given : "testing";
    };
    host.read_file = [](const std::string& path) -> Result<std::string> {
      return make_error(ErrorCode::not_found, path);
    };
    return std::move(*make_provider(host, {.name = "aws", .driver = "aws"}));
  }

  void TearDown() override {
    const char* file = std::getenv("CCLOUD_TEST_TRACE");
    if (file != nullptr) std::ofstream(file) << trace;
  }

  template <class T>
  T must(Task<T> task) {
    auto result = loop.run(std::move(task));
    EXPECT_TRUE(result.has_value()) << describe(result.error()) << "\n" << result.error().remedy;
    if (!result.has_value()) std::exit(1);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }

  cloud::RegionInventory look(Depth depth = Depth::everything) {
    auto seen =
        must(provider->discover(ctx, {.project = project, .regions = {region}, .depth = depth}));
    EXPECT_FALSE(seen.regions.at(0).error.has_value()) << describe(*seen.regions.at(0).error);
    return seen.regions.at(0);
  }

  cloud::Labels marked(std::string_view mark, const std::string& value) {
    auto all = labels;
    all[std::string(mark)] = value;
    return all;
  }
};

TEST_F(Live, AClustersWholeLife) {
  const auto account = must(provider->check(ctx));
  EXPECT_FALSE(account.id.empty());
  const auto catalogue = must(provider->catalogue(ctx, region, {"t3.micro", "t3.small"}));
  ASSERT_GE(catalogue.zones.size(), 2U);
  ASSERT_THAT(catalogue.types, SizeIs(2));
  EXPECT_THAT(look().nodes, IsEmpty());

  const cloud::NetworkSpec network_spec{.name = "blue",
                                        .region = region,
                                        .cidr = "10.10.0.0/20",
                                        .zones = {"us-east-1a", "us-east-1b"},
                                        .labels = marked(cloud::mark_network, "blue")};
  auto network = must(provider->ensure_network(ctx, network_spec));
  ASSERT_THAT(network.subnets, SizeIs(2));
  const auto again = must(provider->ensure_network(ctx, network_spec));
  EXPECT_EQ(again.id, network.id);

  const cloud::FirewallSpec firewall_spec{
      .name = "web",
      .region = region,
      .network = network,
      .rules =
          {{.protocol = cloud::Protocol::tcp,
            .from_port = 22,
            .to_port = 22,
            .cidr = "203.0.113.0/24"},
           {.protocol = cloud::Protocol::tcp, .from_port = 7000, .to_port = 7010, .group = "web"},
           {.protocol = cloud::Protocol::icmp, .cidr = "0.0.0.0/0"}},
      .labels = marked(cloud::mark_cluster, "web")};
  auto firewall = must(provider->ensure_firewall(ctx, firewall_spec));
  auto changed = firewall_spec;
  changed.rules.pop_back();
  firewall = must(provider->ensure_firewall(ctx, changed));
  EXPECT_THAT(firewall.rules, SizeIs(2));

  const cloud::KeySpec key_spec{.name = "ccloud-" + project + "-web",
                                .region = region,
                                .public_key =
                                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFdkz9k7VnK5DZnQYfs6hUkqP+"
                                    "HNjWZVOOnNHvyH7yVQ test",
                                .labels = marked(cloud::mark_key, "web")};
  must(provider->ensure_key(ctx, key_spec));
  must(provider->ensure_key(ctx, key_spec));

  const auto image = must(provider->resolve_image(ctx, region, {.reference = "al2023"}));
  EXPECT_TRUE(image.id.starts_with("ami-"));

  auto node_labels = marked(cloud::mark_cluster, "web");
  node_labels["ccloud-spec"] = "i1-k1";
  cloud::NodeBatch batch{.project = project,
                         .cluster = "web",
                         .names = {"web-us-1", "web-us-2", "web-us-3"},
                         .region = region,
                         .zone = "us-east-1b",
                         .type = "t3.micro",
                         .image = image,
                         .disk = {.gib = 16},
                         .network = network,
                         .firewall_ids = {firewall.id},
                         .key_name = key_spec.name,
                         .user_data = "#cloud-config\n{}",
                         .labels = node_labels,
                         .token = "t0"};
  const auto created = must(provider->create_nodes(ctx, batch));
  ASSERT_THAT(created, SizeIs(3));
  for (const auto& one : created) {
    ASSERT_TRUE(one.instance.has_value()) << describe(one.instance.error());
    EXPECT_EQ(one.instance->name, one.name);
  }

  auto seen = look();
  ASSERT_THAT(seen.nodes, SizeIs(3));
  for (const auto& node : seen.nodes) {
    EXPECT_THAT(node.name, ::testing::StartsWith("web-us-"));
    EXPECT_EQ(node.zone, "us-east-1b");
    EXPECT_EQ(node.state, NodeState::running);
    EXPECT_FALSE(node.public_ip.empty());
    EXPECT_EQ(node.disk_gib, 16);
    EXPECT_EQ(node.labels.at("Name"), node.name);
    EXPECT_EQ(node.firewall_ids, std::vector<std::string>{firewall.id});
  }
  ASSERT_THAT(seen.networks, SizeIs(1));
  EXPECT_TRUE(seen.networks[0].is_complete);
  EXPECT_EQ(seen.networks[0].name, "blue");
  ASSERT_THAT(seen.firewalls, SizeIs(1));
  EXPECT_EQ(seen.firewalls[0].rules, firewall.rules);
  EXPECT_THAT(seen.keys, SizeIs(1));
  EXPECT_THAT(seen.leftovers, IsEmpty());

  std::vector<cloud::NodeRef> refs;
  for (const auto& node : seen.nodes) refs.push_back(cloud::ref_of(node));
  for (auto& one : must(provider->power(ctx, {refs[0]}, cloud::PowerAction::stop))) {
    EXPECT_TRUE(one.result.has_value()) << describe(one.result.error());
  }
  seen = look(Depth::nodes);
  EXPECT_EQ(std::ranges::count_if(seen.nodes, [](auto& n) { return n.is_power_off_wanted; }), 1);
  for (auto& one : must(provider->power(ctx, {refs[0]}, cloud::PowerAction::start))) {
    EXPECT_TRUE(one.result.has_value()) << describe(one.result.error());
  }
  must(provider->update_node(ctx, {.node = refs[1],
                                   .set_labels = {{"team", "coffee"}},
                                   .remove_labels = {"ccloud-spec"},
                                   .type = "t3.small",
                                   .disk_gib = 20}));
  seen = look();
  for (const auto& node : seen.nodes) {
    EXPECT_FALSE(node.is_power_off_wanted);
    if (node.id != refs[1].id) continue;
    EXPECT_EQ(node.type, "t3.small");
    EXPECT_EQ(node.disk_gib, 20);
    EXPECT_EQ(node.labels.at("team"), "coffee");
    EXPECT_FALSE(node.labels.contains("ccloud-spec"));
  }
  must(provider->console(ctx, refs[0]));
  EXPECT_THAT(must(provider->find_existing(
                  ctx, {region, {{"team", "coffee"}, {"ccloud-project", project}}})),
              SizeIs(1));
  must(provider->quotas(ctx, region));

  refs.push_back({"i-0123456789abcdef0", "nobody", region, "", ""});
  for (auto& one : must(provider->delete_nodes(ctx, refs))) {
    EXPECT_TRUE(one.result.has_value()) << describe(one.result.error());
  }
  must(provider->delete_firewall(ctx, firewall));
  must(provider->delete_firewall(ctx, firewall));
  must(provider->delete_key(ctx, {.name = key_spec.name, .region = region}));
  network.labels = marked(cloud::mark_network, "blue");
  must(provider->delete_network(ctx, network));
  must(provider->delete_network(ctx, network));
  const auto left = look();
  EXPECT_THAT(left.nodes, IsEmpty());
  EXPECT_THAT(left.networks, IsEmpty());
  EXPECT_THAT(left.firewalls, IsEmpty());
  EXPECT_THAT(left.keys, IsEmpty());
  EXPECT_THAT(left.leftovers, IsEmpty());
}

struct Made {
  std::string network;
  std::string firewall;
  std::set<std::string> nodes;
};

/// What one machine does for a first deploy.
Task<Made> deploy(Context ctx, cloud::Provider* with, cloud::NetworkSpec network_spec,
                  cloud::FirewallSpec firewall_spec, cloud::NodeBatch batch) {
  Made made;
  batch.network = co_await with->ensure_network(ctx, network_spec);
  made.network = batch.network.id;
  firewall_spec.network = batch.network;
  const auto firewall = co_await with->ensure_firewall(ctx, firewall_spec);
  made.firewall = firewall.id;
  batch.firewall_ids = {firewall.id};
  for (auto& one : co_await with->create_nodes(ctx, batch)) {
    const auto node = co_await std::move(one.instance);
    made.nodes.insert(node.id);
  }
  co_return made;
}

Task<std::vector<Result<Made>>> both(Context ctx, Task<Made> first, Task<Made> second) {
  std::vector<Task<Made>> tasks;
  tasks.push_back(std::move(first));
  tasks.push_back(std::move(second));
  co_return co_await async::when_all(ctx.loop(), std::move(tasks));
}

TEST_F(Live, TwoMachinesAtOnceMakeWhatOneWould) {
  const cloud::NetworkSpec network{.name = "blue",
                                   .region = region,
                                   .cidr = "10.10.0.0/20",
                                   .zones = {"us-east-1a", "us-east-1b"},
                                   .labels = marked(cloud::mark_network, "blue")};
  const cloud::FirewallSpec firewall{.name = "web",
                                     .region = region,
                                     .rules = {{.protocol = cloud::Protocol::tcp,
                                                .from_port = 22,
                                                .to_port = 22,
                                                .cidr = "0.0.0.0/0"}},
                                     .labels = marked(cloud::mark_cluster, "web")};
  const cloud::NodeBatch batch{.project = project,
                               .cluster = "web",
                               .names = {"web-us-1", "web-us-2", "web-us-3"},
                               .region = region,
                               .zone = "us-east-1a",
                               .type = "t3.micro",
                               .image = must(provider->resolve_image(ctx, region, {"al2023"})),
                               .labels = marked(cloud::mark_cluster, "web"),
                               .token = "t0"};
  const auto made = must(both(ctx, deploy(ctx, provider.get(), network, firewall, batch),
                              deploy(ctx, other.get(), network, firewall, batch)));
  ASSERT_TRUE(made[0].has_value()) << describe(made[0].error());
  ASSERT_TRUE(made[1].has_value()) << describe(made[1].error());
  EXPECT_EQ(made[0]->network, made[1]->network);
  EXPECT_EQ(made[0]->firewall, made[1]->firewall);
  // moto ignores tokens.
  if (std::getenv("CCLOUD_TEST_EC2_KEEPS_TOKENS") != nullptr) {
    EXPECT_EQ(made[0]->nodes, made[1]->nodes);
  }
  must(ctx.sleep(std::chrono::seconds(5)));
  auto seen = look();
  EXPECT_THAT(seen.leftovers, IsEmpty());
  ASSERT_THAT(seen.networks, SizeIs(1));
  EXPECT_TRUE(seen.networks[0].is_complete);
  std::vector<cloud::NodeRef> refs;
  for (const auto& node : seen.nodes) refs.push_back(cloud::ref_of(node));
  must(provider->delete_nodes(ctx, refs));
  for (const auto& one : seen.firewalls) must(provider->delete_firewall(ctx, one));
  must(provider->delete_network(ctx, seen.networks[0]));
}

TEST_F(Live, AllRegionsAtOnce) {
  const auto seen = must(provider->discover(ctx, {.project = project}));
  EXPECT_GT(seen.regions.size(), 10U);
  for (const auto& one : seen.regions) {
    EXPECT_TRUE(!one.error.has_value() || one.is_forbidden) << describe(*one.error);
  }
}

}  // namespace
}  // namespace ccloud::aws
