// Simulators as processes: started, found, ended, cleaned up after.
#include "sim/lifecycle.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/context.h"
#include "http/client.h"
#include "json/reader.h"
#include "sim/private_file.h"
#include "sim/state_file.h"

namespace ccloud::sim {
namespace {

namespace fs = std::filesystem;

class Lifecycle : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "ccloud-life-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    for (const auto& dir : dirs_) static_cast<void>(end(dir).has_value());
    fs::remove_all(root_);
  }

  UpOptions options(const std::string& name) {
    UpOptions options;
    options.dir = root_ / name;
    options.boot = Boot::none;
    options.program = CCLOUD_SIM_TOOL;
    dirs_.push_back(options.dir);
    return options;
  }

  /// Never with this test as the program: it would run itself as a helper, and so on.
  static Result<bool> end(const fs::path& dir) { return down(dir, CCLOUD_SIM_TOOL); }

  static std::string get(const std::string& url) {
    async::Loop loop;
    const auto client = http::make_client(loop, {});
    http::Request request;
    request.url = url;
    auto response = loop.run(client->send(Context(loop), request, {}));
    return response ? response->body : describe(response.error());
  }

  static std::string variable(const SimState& state, std::string_view name) {
    for (const auto& [key, value] : state.environment) {
      if (key == name) return value;
    }
    return {};
  }

  fs::path root_;
  std::vector<fs::path> dirs_;
};

TEST_F(Lifecycle, UpServesAndDownRemovesEverything) {
  const auto wanted = options("one");
  const auto state = up(wanted);
  ASSERT_TRUE(state.has_value()) << describe(state.error());
  EXPECT_TRUE(state->is_running);
  EXPECT_THAT(get(state->url + "/_sim/resources"), ::testing::HasSubstr("\"count\":0"));
  EXPECT_EQ(environment(wanted.dir)->front().name, "CCLOUD_SIM_URL");
  EXPECT_TRUE(*end(wanted.dir));
  EXPECT_FALSE(fs::exists(wanted.dir));
  EXPECT_FALSE(*end(wanted.dir));
  EXPECT_FALSE(sim::status(wanted.dir)->is_running);
  EXPECT_EQ(environment(wanted.dir).error().code, ErrorCode::unavailable);
}

TEST_F(Lifecycle, UpTwiceIsOneSimulator) {
  auto wanted = options("one");
  const auto first = up(wanted);
  const auto second = up(wanted);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->pid, second->pid);
  EXPECT_TRUE(second->was_running);
  wanted.latency = "typical";
  EXPECT_EQ(up(wanted).error().code, ErrorCode::conflict);
}

TEST_F(Lifecycle, SeveralRunAtOnceWithKeysOfTheirOwn) {
  const auto one = up(options("one"));
  const auto two = up(options("two"));
  ASSERT_TRUE(one.has_value() && two.has_value());
  EXPECT_NE(one->pid, two->pid);
  EXPECT_NE(variable(*one, "AWS_SECRET_ACCESS_KEY"), variable(*two, "AWS_SECRET_ACCESS_KEY"));
  EXPECT_TRUE(*end(dirs_[0]));
  EXPECT_TRUE(sim::status(dirs_[1])->is_running);
}

TEST_F(Lifecycle, WhatACrashLeftIsCleanedUp) {
  const auto wanted = options("one");
  const auto first = up(wanted);
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(::kill(first->pid, SIGKILL), 0);
  ::waitpid(first->pid, nullptr, 0);
  EXPECT_FALSE(sim::status(wanted.dir)->is_running);
  const auto second = up(wanted);
  ASSERT_TRUE(second.has_value()) << describe(second.error());
  EXPECT_NE(first->pid, second->pid);
  ASSERT_EQ(::kill(second->pid, SIGKILL), 0);
  ::waitpid(second->pid, nullptr, 0);
  EXPECT_FALSE(*end(wanted.dir));
  EXPECT_FALSE(fs::exists(wanted.dir));
}

TEST_F(Lifecycle, AStrangerWithTheSamePidIsLeftAlone) {
  const auto wanted = options("one");
  fs::create_directories(wanted.dir);
  const pid_t stranger = ::fork();
  if (stranger == 0) {
    ::pause();
    ::_exit(0);
  }
  StateFile file;
  file.state.dir = wanted.dir;
  file.state.pid = stranger;
  file.state.mode = "none";
  file.process_start = "1/of-another-boot";
  ASSERT_TRUE(write_state(file).has_value());
  EXPECT_FALSE(*end(wanted.dir));
  EXPECT_EQ(::kill(stranger, 0), 0);
  EXPECT_EQ(::waitpid(stranger, nullptr, WNOHANG), 0);
  ::kill(stranger, SIGKILL);
  ::waitpid(stranger, nullptr, 0);
}

TEST_F(Lifecycle, FilesOfOthersInTheDirectoryStay) {
  const auto wanted = options("one");
  ASSERT_TRUE(up(wanted).has_value());
  ASSERT_TRUE(write_private_file(wanted.dir / "mine.txt", "mine").has_value());
  EXPECT_TRUE(*end(wanted.dir));
  EXPECT_TRUE(fs::exists(wanted.dir / "mine.txt"));
}

TEST_F(Lifecycle, BadOptionsStartNothing) {
  auto wanted = options("one");
  wanted.latency = "/no/such/file";
  EXPECT_EQ(up(wanted).error().code, ErrorCode::invalid_argument);
  wanted = options("one");
  ASSERT_TRUE(
      write_private_file(root_ / "faults.json", R"({"rules": [{"fault": "x"}]})").has_value());
  wanted.faults_file = root_ / "faults.json";
  EXPECT_EQ(up(wanted).error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(wanted.dir));
}

TEST_F(Lifecycle, ResetEmptiesTheClouds) {
  const auto state = up(options("one"));
  ASSERT_TRUE(state.has_value());
  EXPECT_TRUE(reset(dirs_[0]).has_value());
  EXPECT_EQ(reset(root_ / "none").error().code, ErrorCode::unavailable);
}

TEST_F(Lifecycle, ANodeBootsAsASandboxWhereThatCanBe) {
  if (detect(Boot::sandbox).mode == Mode::none) GTEST_SKIP() << detect(Boot::sandbox).reason;
  auto wanted = options("one");
  wanted.boot = Boot::sandbox;
  const auto state = up(wanted);
  ASSERT_TRUE(state.has_value()) << describe(state.error());
  EXPECT_NE(state->mode, "none");
  EXPECT_TRUE(*end(wanted.dir));
  EXPECT_FALSE(fs::exists(wanted.dir));
}

TEST(RenderEnvironment, QuotesForTheShell) {
  EXPECT_EQ(render_environment({{"A", "it's"}}), "export A='it'\\''s'\n");
}

}  // namespace
}  // namespace ccloud::sim
