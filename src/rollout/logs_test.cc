// Following logs on virtual time, over nodes that break off and come back.
#include "rollout/logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/group.h"

namespace ccloud::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A node that is followed says two lines, is gone at 10 s and back a minute later, where it says
/// one of them again; every other node goes on until the context ends.
class RestartingShell final : public ssh::Shell {
 public:
  explicit RestartingShell(async::Loop& loop) : begun_(loop.now()) {}

  Task<ssh::Output> run(Context ctx, ssh::Target target, ssh::Command command) override {
    commands.push_back(command.line);
    if (refuses) co_return ssh::Output{.exit = 1};
    const bool is_first = ctx.now() < begun_ + 10s;
    command.on_out(is_first ? "10:00 one\n10:00 two\n10:0" : "10:00 two\n10:01 three\n");
    if (target.name == "other" || !is_first) co_await ctx.sleep(24h);
    co_await ctx.sleep(10s);
    co_return make_error(ErrorCode::unavailable, target.name + ": the connection was lost");
  }
  Task<void> open(Context ctx, ssh::Target) override {
    const bool is_up = ctx.now() < begun_ + 10s || (!stays_away && ctx.now() > begun_ + 70s);
    if (is_up) co_return {};
    co_return make_error(ErrorCode::unavailable, "Connection refused");
  }
  Task<std::unique_ptr<ssh::Connection>> connect(Context, ssh::Target, std::string,
                                                 std::uint16_t) override {
    co_return make_error(ErrorCode::internal, "not here");
  }
  Task<void> prove_login(Context, ssh::Target, std::set<std::string>) override { co_return {}; }
  void forget(const ssh::Target&) override {}

  std::vector<std::string> commands;
  bool refuses = false;
  bool stays_away = false;

 private:
  async::TimePoint begun_;
};

class LogsTest : public ::testing::Test {
 protected:
  std::vector<Ran> follow(const std::vector<std::string>& names, async::Duration time) {
    std::vector<Node> nodes;
    for (const auto& name : names) {
      Node node;
      node.name = node.target.name = name;
      nodes.push_back(node);
    }
    Tools tools;
    tools.loop = &loop_;
    tools.shell = &shell_;
    script::LogOptions options;
    options.follows = true;
    LogListener listener;
    listener.on_line = [this](const std::string& node, std::string_view line) {
      told_.push_back(node + " | " + std::string(line));
    };
    listener.on_lost = [this](const std::string& node, const Error& why, bool is_retried) {
      told_.push_back(node + (is_retried ? " lost: " : " given up: ") + why.message);
    };
    listener.on_back = [this](const std::string& node) { told_.push_back(node + " back"); };
    const auto begun = loop_.now();
    auto all =
        loop_.run(logs_of(Context(loop_).with_timeout(time), tools, nodes, {}, options, listener));
    took_ = loop_.now() - begun;
    return std::move(*all);
  }

  async::Loop loop_{async::ClockKind::virtual_time};
  RestartingShell shell_{loop_};
  std::vector<std::string> told_;
  async::Duration took_{};
};

TEST_F(LogsTest, TellsANodeThatBreaksOffAndFollowsItAgainFromThere) {
  follow({"web"}, 5min);
  EXPECT_THAT(told_, ElementsAre("web | 10:00 one", "web | 10:00 two",
                                 "web lost: web: the connection was lost", "web back",
                                 "web | 10:01 three"));
  ASSERT_EQ(shell_.commands.size(), 2U);
  EXPECT_THAT(shell_.commands[0], HasSubstr("-n 100 "));
  EXPECT_THAT(shell_.commands[1], HasSubstr("--since -74s"));
}

TEST_F(LogsTest, TheOthersGoOnMeanwhile) {
  const auto all = follow({"other", "web"}, 30s);
  EXPECT_EQ(took_, 30s);
  ASSERT_TRUE(all[0].error && all[1].error);
  EXPECT_EQ(all[0].error->code, ErrorCode::timed_out);
  EXPECT_EQ(all[1].error->code, ErrorCode::unavailable);  // that it was lost, not that time is up
}

TEST_F(LogsTest, GivesUpANodeThatStaysAway) {
  shell_.stays_away = true;
  const auto all = follow({"web"}, 1h);
  EXPECT_EQ(told_[2], "web lost: web: the connection was lost");
  EXPECT_EQ(told_.back(), "web given up: Connection refused");
  EXPECT_LT(took_, 11min);
  EXPECT_TRUE(all[0].error);
}

TEST_F(LogsTest, WhatHasNothingToFollowIsNotTriedAgain) {
  shell_.refuses = true;
  const auto all = follow({"web"}, 1h);
  EXPECT_THAT(told_, ElementsAre(HasSubstr("given up: web: following its log ended with exit")));
  EXPECT_EQ(shell_.commands.size(), 1U);
  EXPECT_TRUE(all[0].error);
}

}  // namespace
}  // namespace ccloud::rollout
