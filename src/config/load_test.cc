#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/testing/load_text.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

using ::testing::ElementsAre;
using testing::load_config;
using testing::realistic;
using testing::short_lines;

TEST(Load, ARealisticConfig) {
  const auto result = load_config(realistic, "prod");
  ASSERT_TRUE(result.config) << diag::render(result.diagnostics);
  EXPECT_TRUE(result.diagnostics.empty()) << diag::render(result.diagnostics);
  const Config& config = *result.config;
  EXPECT_EQ(config.project.value, "game-gw");
  ASSERT_EQ(config.clusters.size(), 2U);
  const Cluster& gw = config.clusters[0];
  ASSERT_EQ(gw.places.size(), 4U);
  const Place& use1 = gw.places[0];
  EXPECT_EQ(use1.provider.value, "aws");
  EXPECT_EQ(use1.region.value, "us-east-1");
  EXPECT_EQ(use1.count.value, 12);
  EXPECT_EQ(use1.size.type, "c7i.xlarge");
  EXPECT_EQ(use1.size.requirement->memory_mib.value, 8192);
  EXPECT_EQ(use1.disk.size_gib->value, 40);
  EXPECT_EQ(use1.identity->value, "gw-node");
  EXPECT_EQ(use1.labels.at("team"), "gateway");
  EXPECT_EQ(use1.labels.at("role"), "gateway");
  EXPECT_EQ(use1.ssh->user->value, "ops");
  EXPECT_TRUE(use1.has_public_ip);
  const Place& hk = gw.places[3];
  EXPECT_EQ(hk.driver, Driver::alibaba);
  EXPECT_EQ(hk.size.type, "ecs.c7.xlarge");
  EXPECT_FALSE(hk.identity);
  EXPECT_EQ(describe(gw.allow[2]), "tcp 7000-7010 from cluster:gw");
  EXPECT_EQ(config.clusters[1].existing[0].match.at("Role"), "gateway");
  const Service& gateway = config.services[0];
  EXPECT_EQ(gateway.update.waves.size(), 3U);
  EXPECT_EQ(gateway.update.waves[2].bake, std::chrono::minutes(30));
  EXPECT_EQ(std::get<SecretRef>(gateway.env.at("TOKEN")).value, "GATEWAY_TOKEN");
  EXPECT_EQ(gateway.health->path, "/healthz");
  EXPECT_EQ(config.guards.max_destroy, 2);
}

TEST(Load, AnEnvironmentIsAPatch) {
  const auto result = load_config(realistic, "staging");
  ASSERT_TRUE(result.config) << diag::render(result.diagnostics);
  EXPECT_EQ(result.config->project.value, "game-gw-stg");
  ASSERT_EQ(result.config->clusters[0].places.size(), 1U);
  EXPECT_EQ(result.config->clusters[0].places[0].count.value, 2);
  EXPECT_EQ(result.config->environment, "staging");
}

TEST(Load, WithEnvironmentsOneIsNeeded) {
  const auto none = load_config(realistic);
  EXPECT_FALSE(none.config);
  EXPECT_THAT(short_lines(none), ElementsAre("50:3 unknown-reference /environments"));
  EXPECT_THAT(short_lines(load_config(realistic, "stagign")),
              ElementsAre("50:3 unknown-reference /environments"));
}

TEST(Load, EnvironmentsThatAreNullAreTold) {
  EXPECT_THAT(short_lines(load_config(R"({ "project": "p", "environments": null })")),
              ElementsAre("1:35 wrong-type /environments"));
}

TEST(Load, TheSmallestUsefulFile) {
  const auto result = load_config(R"json({
  "project": "hello",
  "clusters": {
    "web": {
      "image": "debian-12",
      "size": { "cpu": 2, "memory": "4GiB" },
      "ssh": { "keys": ["~/.ssh/id_ed25519.pub"] },
      "network": { "allow": [ { "tcp": 22, "from": "203.0.113.7/32" } ] },
      "place": { "us": { "provider": "aws", "region": "us-east-1", "count": 3 } }
    }
  }
}
)json");
  ASSERT_TRUE(result.config) << diag::render(result.diagnostics);
  EXPECT_TRUE(result.config->providers[0].is_implied);
  EXPECT_EQ(result.config->clusters[0].places[0].ssh->identities[0], "/nowhere/.ssh/id_ed25519");
}

TEST(Load, FilesThatAreNone) {
  for (const char* text :
       {"", "\xEF\xBB\xBF", "[]", "3", "{", "{\"project\": \"a", "\x01\x02\x00"}) {
    const auto result = load_config(text);
    EXPECT_FALSE(result.config) << text;
    EXPECT_TRUE(result.diagnostics.has_errors()) << text;
  }
  EXPECT_FALSE(load("/nowhere/at/all", "").config);
  EXPECT_FALSE(load("/tmp", "").config);
}

TEST(Load, AKeyThatTheEnvironmentRemovesIsPointedAt) {
  const std::string text = R"({
  "project": "p",
  "environments": { "prod": { "project": null }, "dev": {} }
})";
  const auto result = testing::load_config(text, "prod");
  ASSERT_EQ(testing::codes(result), std::vector<std::string>{"missing-key"});
  const auto& notes = result.diagnostics.items()[0].notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(text.substr(notes[0].span.begin, 9), "\"project\"");
  EXPECT_GT(notes[0].span.begin, text.find("prod"));
  EXPECT_TRUE(testing::load_config(text, "dev").config);
}

}  // namespace
}  // namespace ccloud::config
