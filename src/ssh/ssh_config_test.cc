#include "ssh/ssh_config.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ssh/pool.h"

namespace ccloud::ssh {
namespace {

using ::testing::ElementsAre;

TEST(SshConfig, TheFirstValueWins) {
  const auto config = SshConfig::parse(
      "User anna\n"
      "Host web-* !web-9\n"
      "  Port 2222\n"
      "  User ben\n"
      "  IdentityFile ~/.ssh/web\n"
      "Host *\n"
      "  Port = 22\n"
      "  IdentityFile \"~/.ssh/all keys\"\n",
      "/home/anna");
  const auto web = config.resolve({"web-1", "10.0.0.1"});
  EXPECT_EQ(web.user, "anna");
  EXPECT_EQ(web.port, 2222);
  EXPECT_THAT(web.identity_files, ElementsAre("/home/anna/.ssh/web", "/home/anna/.ssh/all keys"));
  EXPECT_EQ(config.resolve({"web-9"}).port, 22);
}

TEST(SshConfig, MatchesByHostAndUserAndNeverByExec) {
  const auto config = SshConfig::parse(
      "Match host 10.* user ops\n  Port 1\nMatch exec true\n  Port 2\nMatch all\n  Port 3\n", "/h");
  EXPECT_EQ(config.resolve({"10.1.1.1"}, "ops").port, 1);
  EXPECT_EQ(config.resolve({"10.1.1.1"}, "other").port, 3);
}

TEST(SshConfig, ReadsJumps) {
  const auto jump = parse_jump("ops@[2001:db8::1]:2200");
  ASSERT_TRUE(jump);
  EXPECT_EQ(jump->user, "ops");
  EXPECT_EQ(jump->host, "2001:db8::1");
  EXPECT_EQ(jump->port, 2200);
  EXPECT_FALSE(parse_jump("host:0"));
}

TEST(Route, TheConfigWinsOverSshConfig) {
  const auto config = SshConfig::parse(
      "Host web-1\n HostName 192.0.2.9\n User file\n Port 99\n ProxyJump gate\n"
      "Host gate\n HostName 198.51.100.1\n User door\n Port 2022\n",
      "/h");
  PoolOptions options;
  options.default_user = "me";
  Target target{.name = "web-1", .host = "10.0.0.1", .port = {}, .user = "ops"};
  auto route = resolve_route(target, config, options);
  ASSERT_TRUE(route.has_value());
  EXPECT_EQ(route->host, "10.0.0.1") << "what the cloud says is newer than a file";
  EXPECT_EQ(route->port, 99);
  EXPECT_EQ(route->user, "ops");
  ASSERT_EQ(route->jumps.size(), 1U);
  EXPECT_EQ(route->jumps[0].host, "198.51.100.1");
  EXPECT_EQ(route->jumps[0].user, "door");
  EXPECT_EQ(route->jumps[0].port, 2022);
}

TEST(Route, TheUsersOwnKeysComeLastUnlessOnlyNamedOnesCount) {
  const auto home = std::filesystem::path(::testing::TempDir()) / "ccloud-route";
  std::filesystem::create_directories(home / ".ssh");
  const auto own = (home / ".ssh" / "id_ed25519").string();
  std::ofstream(own) << "key";
  PoolOptions options;
  options.home = home;
  const auto keys = [&](std::string_view text, Target target) {
    return resolve_route(target, SshConfig::parse(text, home), options)->identities;
  };
  Target target{.name = "n", .host = "10.0.0.1"};
  constexpr auto only = "Host *\n IdentitiesOnly yes\n";
  EXPECT_THAT(keys("", target), ElementsAre(own));
  EXPECT_THAT(keys(only, target), ElementsAre(own)) << "as OpenSSH: none is named";
  target.identities = {"/k"};
  EXPECT_THAT(keys("", target), ElementsAre("/k", own));
  EXPECT_THAT(keys(only, target), ElementsAre("/k"));
  target.has_identity = true;
  EXPECT_THAT(keys("", target), ElementsAre("/k"));
  std::filesystem::remove_all(home);
}

TEST(Route, SaysThatProxyCommandIsForTheSshProgram) {
  const auto config = SshConfig::parse("Host *\n ProxyCommand nc %h %p\n", "/h");
  auto route = resolve_route({.name = "n", .host = "10.0.0.1"}, config, {});
  ASSERT_FALSE(route.has_value());
  EXPECT_THAT(route.error().remedy, ::testing::HasSubstr("ccloud ssh"));
}

}  // namespace
}  // namespace ccloud::ssh
