// The real Shell against a real sshd.
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "async/group.h"
#include "base/hash.h"
#include "base/text.h"
#include "ssh/testing/sshd.h"
#include "ssh/transfer.h"

namespace ccloud::ssh {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::Sshd;

class ShellTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = Sshd::start();
    if (!server_) GTEST_SKIP() << "no sshd on this machine";
    shell_ = make_pool(loop_, server_->options());
  }

  Context within(async::Duration time) { return Context(loop_).with_timeout(time); }
  Result<Output> run(const std::string& line, std::string input = {}) {
    return loop_.run(
        shell_->run(within(20s), server_->target(), {.line = line, .input = std::move(input)}));
  }

  /// "type base64" of a key of the server's folder.
  std::string public_key(const std::string& name) const {
    std::string type, blob;
    std::ifstream(server_->dir() / (name + ".pub")) >> type >> blob;
    return type + " " + blob;
  }

  async::Loop loop_;
  std::unique_ptr<Sshd> server_;
  std::unique_ptr<Shell> shell_;
};

TEST_F(ShellTest, RunsACommand) {
  const auto output = run("echo out; echo err >&2; exit 7");
  ASSERT_TRUE(output.has_value()) << output.error().message;
  EXPECT_EQ(output->exit, 7);
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
}

TEST_F(ShellTest, GivesInputAndTakesLargeOutput) {
  const std::string input(3 << 20, 'x');
  auto output = loop_.run(shell_->run(
      within(20s), server_->target(),
      {.line = "cat | sha256sum; head -c 5000000 /dev/zero", .input = input, .capture = 8 << 20}));
  ASSERT_TRUE(output.has_value()) << output.error().message;
  EXPECT_EQ(output->out.substr(0, 64), sha256_hex(input));
  EXPECT_EQ(output->out.size(), 68U + 5'000'000U);
  EXPECT_FALSE(output->is_cut);
}

TEST_F(ShellTest, KeepsNoMoreThanAskedFor) {
  const auto output = loop_.run(
      shell_->run(within(20s), server_->target(), {.line = "seq 100000", .capture = 1000}));
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->out.size(), 1000U);
  EXPECT_TRUE(output->is_cut);
}

TEST_F(ShellTest, EndsACommandThatTakesTooLong) {
  const auto started = loop_.now();
  const auto output = loop_.run(
      shell_->run(within(20s), server_->target(), {.line = "sleep 30", .timeout = 700ms}));
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().code, ErrorCode::timed_out);
  EXPECT_LT(loop_.now() - started, 5s);
}

TEST_F(ShellTest, GivesUpANodeThatHangsButNoQuietCommand) {
  auto options = server_->options();
  options.pulse = 200ms;
  const auto shell = make_pool(loop_, options);
  const auto quiet = loop_.run(shell->run(within(20s), server_->target(), {.line = "sleep 1.5"}));
  ASSERT_TRUE(quiet.has_value()) << quiet.error().message;

  const auto started = loop_.now();
  const auto file = server_->dir() / "stopped";
  const auto hung = loop_.run(
      shell->run(within(20s), server_->target(),
                 {.line = "echo $PPID > " + file.string() + "; kill -STOP $PPID; sleep 30"}));
  testing::run_program("kill -CONT $(cat " + file.string() + ")");
  ASSERT_FALSE(hung.has_value());
  EXPECT_EQ(hung.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(hung.error().ambiguous);
  EXPECT_THAT(hung.error().message, HasSubstr("does not answer any more"));
  EXPECT_LT(loop_.now() - started, 5s);
}

TEST_F(ShellTest, ReportsASignal) {
  const auto output = run("kill -KILL $$");
  ASSERT_TRUE(output.has_value()) << output.error().message;
  EXPECT_EQ(output->exit, 137);
  EXPECT_EQ(output->signal, "KILL");
}

TEST_F(ShellTest, RunsManyAtOnceOnOneSession) {
  std::vector<Task<Output>> tasks;
  for (int i = 0; i < 40; ++i) {
    tasks.push_back(
        shell_->run(within(30s), server_->target(), {.line = fmt::format("echo {}", i)}));
  }
  auto all = loop_.run(async::when_all(loop_, std::move(tasks)));
  ASSERT_TRUE(all.has_value());
  for (int i = 0; i < 40; ++i) {
    auto& one = (*all)[static_cast<std::size_t>(i)];
    ASSERT_TRUE(one.has_value()) << one.error().message;
    EXPECT_EQ(one->out, fmt::format("{}\n", i));
  }
}

TEST_F(ShellTest, ReachesManyNodes) {
  std::vector<Task<Output>> tasks;
  for (int i = 0; i < 60; ++i) {
    tasks.push_back(shell_->run(within(60s), server_->target(fmt::format("n-{}", i)),
                                {.line = "true", .is_last = true}));
  }
  auto all = loop_.run(async::when_all(loop_, std::move(tasks)));
  for (auto& one : *all) ASSERT_TRUE(one.has_value()) << one.error().message;
}

TEST_F(ShellTest, RefusesAHostKeyThatChanged) {
  ASSERT_TRUE(run("true").has_value());
  server_->restart(true);
  shell_->forget(server_->target());
  const auto output = run("true");
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(output.error().raw_code, "host-key-changed");
  EXPECT_THAT(output.error().remedy, HasSubstr("ssh-keygen -R 'i-node-1' -f "));
  // The way out that the message names works.
  ASSERT_EQ(
      testing::run_program(output.error().remedy.substr(output.error().remedy.find("ssh-keygen")) +
                           " >/dev/null 2>&1"),
      0);
  shell_ = make_pool(loop_, server_->options());
  EXPECT_TRUE(run("true").has_value());
}

TEST_F(ShellTest, LogsInAnewWhenTheServerCameBack) {
  // The session's process on the server ends a little later, while we keep the session.
  ASSERT_TRUE(run("(sleep 0.1; kill -9 $PPID) >/dev/null 2>&1 &").has_value());
  ASSERT_TRUE(loop_.run(Context(loop_).sleep(500ms)).has_value());
  const auto output = run("echo again");
  ASSERT_TRUE(output.has_value()) << output.error().message;
  EXPECT_EQ(output->out, "again\n");
}

TEST_F(ShellTest, SaysWhatWasTriedWhenTheKeyIsNotKnown) {
  auto target = server_->target();
  target.identities = {(server_->dir() / "host").string(), "/no/such/key"};
  const auto output = loop_.run(shell_->run(within(20s), target, {.line = "true"}));
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(output.error().message, HasSubstr("1 key file"));
  EXPECT_THAT(output.error().message, HasSubstr("/no/such/key: no such file"));
}

TEST_F(ShellTest, SaysThatNobodyListens) {
  auto target = server_->target();
  server_->stop();
  const auto output = loop_.run(shell_->run(within(20s), target, {.line = "true"}));
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().code, ErrorCode::unavailable);
  // The port is the kernel's again: another test's server may have it by now, and shut the door.
  EXPECT_THAT(output.error().message,
              ::testing::AnyOf(HasSubstr("Connection refused"), HasSubstr("Connection reset")));
}

/// ssh-agent with these keys in it; in SSH_AUTH_SOCK as long as it lives.
class Agent {
 public:
  Agent(std::string dir, const std::string& files) : dir_(std::move(dir)) {
    works = testing::run_program(fmt::format(
                "ssh-agent -a {0}/agent > {0}/agent.env && SSH_AUTH_SOCK={0}/agent ssh-add -q {1}",
                dir_, replace_all(files, "{0}", dir_))) == 0;
    ::setenv("SSH_AUTH_SOCK", (dir_ + "/agent").c_str(), 1);
  }
  ~Agent() {
    ::unsetenv("SSH_AUTH_SOCK");
    testing::run_program(
        fmt::format("sh -c '. {}/agent.env >/dev/null; kill $SSH_AGENT_PID'", dir_));
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  bool works = false;

 private:
  std::string dir_;
};

TEST_F(ShellTest, UsesTheAgent) {
  const Agent agent(server_->dir().string(), "{0}/id");
  ASSERT_TRUE(agent.works);
  auto options = server_->options();
  options.uses_agent = true;
  shell_ = make_pool(loop_, options);
  auto target = server_->target();
  target.identities = {"/no/such/key"};
  const auto output = loop_.run(shell_->run(within(20s), target, {.line = "echo hi"}));
  ASSERT_TRUE(output.has_value()) << output.error().message;
  EXPECT_EQ(output->out, "hi\n");
}

TEST_F(ShellTest, GoesThroughABastion) {
  auto behind = Sshd::start();
  ASSERT_TRUE(behind);
  std::ofstream(behind->dir() / "authorized") << std::ifstream(server_->dir() / "id.pub").rdbuf();
  std::vector<Task<Output>> tasks;
  for (int i = 0; i < 12; ++i) {
    auto target = server_->target(fmt::format("b-{}", i));
    target.port = behind->port();
    target.bastion = Hop{.user = "", .host = "127.0.0.1", .port = server_->port()};
    tasks.push_back(shell_->run(within(30s), target,
                                {.line = "head -c 300000 /dev/zero | wc -c; "
                                         "head -c 300000 /dev/zero"}));
  }
  auto all = loop_.run(async::when_all(loop_, std::move(tasks)));
  for (auto& one : *all) {
    ASSERT_TRUE(one.has_value()) << one.error().message;
    EXPECT_EQ(one->out.size(), 7U + 300'000U);
  }
}

TEST_F(ShellTest, ConnectsToAPortOfTheNode) {
  auto outcome = loop_.run(
      [](Context ctx, Shell& shell, Target target, std::uint16_t port) -> Task<std::string> {
        auto connection = co_await shell.connect(ctx, target, "127.0.0.1", port);
        co_return co_await connection->read(ctx);
      }(within(20s), *shell_, server_->target(), server_->port()));
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_TRUE(outcome->starts_with("SSH-2.0-OpenSSH"));
  auto closed = loop_.run(shell_->connect(within(20s), server_->target(), "127.0.0.1", 1));
  EXPECT_FALSE(closed.has_value());
}

TEST_F(ShellTest, ProvesALogin) {
  const auto prove = [this](Target target, const std::string& key) {
    return loop_.run(shell_->prove_login(within(20s), std::move(target), {public_key(key)}));
  };
  EXPECT_TRUE(prove(server_->target(), "id").has_value());
  auto target = server_->target();
  target.identities = {(server_->dir() / "host").string()};
  EXPECT_FALSE(prove(target, "host").has_value());
  const auto elsewhere = prove(target, "id");
  ASSERT_FALSE(elsewhere.has_value());
  EXPECT_EQ(elsewhere.error().code, ErrorCode::not_found);
}

TEST_F(ShellTest, ProvesALoginByAKeyThatOnlyTheAgentHas) {
  // Of the agent's two keys one opens: it must be the one that is asked for.
  const Agent agent(server_->dir().string(), "{0}/id {0}/host");
  ASSERT_TRUE(agent.works);
  auto options = server_->options();
  options.uses_agent = true;
  shell_ = make_pool(loop_, options);
  auto target = server_->target();
  target.identities.clear();
  const auto prove = [&](const std::string& key) {
    return loop_.run(shell_->prove_login(within(20s), target, {public_key(key)}));
  };
  const auto good = prove("id");
  EXPECT_TRUE(good.has_value()) << good.error().message;
  const auto bad = prove("host");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::unauthenticated);
  ::unlink((server_->dir() / "agent").c_str());
  const auto without = prove("id");
  ASSERT_FALSE(without.has_value());
  EXPECT_EQ(without.error().code, ErrorCode::not_found);
}

TEST_F(ShellTest, CopiesATreeUpAndDown) {
  const auto tree = server_->dir() / "tree";
  std::filesystem::create_directories(tree / "sub/deep");
  std::ofstream(tree / "a.txt") << "hello\n";
  std::ofstream(tree / "sub/run.sh") << "#!/bin/sh\n";
  ::chmod((tree / "sub/run.sh").c_str(), 0750);
  std::string big(9'000'001, '\0');  // so much that the node's quicker tool is asked
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 31 >> 3);
  std::ofstream(tree / "sub/big.bin", std::ios::binary) << big;
  std::ofstream(tree / ("sub/deep/" + std::string(150, 'n'))) << "long name";
  std::filesystem::create_symlink("../a.txt", tree / "sub/link");
  const auto there = (server_->dir() / "there").string();
  std::uint64_t last = 0;
  auto up =
      loop_.run(upload(within(30s), *shell_, server_->target(),
                       {.sources = {tree.string()},
                        .destination = there,
                        .progress = [&](std::uint64_t done, std::uint64_t) { last = done; }}));
  ASSERT_TRUE(up.has_value()) << up.error().message;
  EXPECT_EQ(up->files, 4U);
  EXPECT_EQ(last, up->bytes);
  const auto compare = fmt::format("diff -r --no-dereference {} {}", tree.string(), there);
  EXPECT_EQ(testing::run_program(compare), 0);
  EXPECT_EQ(std::filesystem::status(there + "/sub/run.sh").permissions(),
            std::filesystem::perms(0750));

  const auto back = (server_->dir() / "back").string();
  auto down = loop_.run(
      download(within(30s), *shell_, server_->target(), {.sources = {there}, .destination = back}));
  ASSERT_TRUE(down.has_value()) << down.error().message;
  EXPECT_EQ(down->files, 4U);
  EXPECT_EQ(
      testing::run_program(fmt::format("diff -r --no-dereference {} {}", tree.string(), back)), 0);
}

TEST_F(ShellTest, ChecksMuchDataUnderOddNamesToo) {
  const auto tree = server_->dir() / "odd";
  std::filesystem::create_directories(tree);
  for (const auto* name : {"-dash", "two words", "back\\slash", "two\nlines", " * star"}) {
    std::ofstream(tree / name) << std::string(2'000'000, name[0]);
  }
  for (const bool has_lines : {true, false}) {
    if (!has_lines) {
      std::filesystem::remove(tree / "two\nlines");
      std::filesystem::remove(tree / "back\\slash");
      std::ofstream(tree / "more") << std::string(4'000'000, 'm');
    }
    const auto there = (server_->dir() / (has_lines ? "odd-1" : "odd-2")).string();
    auto up = loop_.run(upload(within(30s), *shell_, server_->target(),
                               {.sources = {tree.string()}, .destination = there}));
    ASSERT_TRUE(up.has_value()) << up.error().message;
    EXPECT_EQ(up->files, has_lines ? 5U : 4U);
    EXPECT_EQ(testing::run_program(fmt::format("diff -r {} {}", tree.string(), there)), 0);
  }
}

TEST_F(ShellTest, TellsWhatItDoesNotCopy) {
  const auto tree = server_->dir() / "special";
  std::filesystem::create_directories(tree);
  std::ofstream(tree / "file") << "x";
  ASSERT_EQ(::mkfifo((tree / "pipe").c_str(), 0600), 0);
  const auto up = loop_.run(
      upload(within(30s), *shell_, server_->target(),
             {.sources = {tree.string()}, .destination = (server_->dir() / "there").string()}));
  ASSERT_TRUE(up.has_value()) << up.error().message;
  EXPECT_EQ(up->files, 1U);
  EXPECT_THAT(up->skipped, ::testing::ElementsAre(tree.string() + "/pipe (a pipe)"));
  const auto get = [&](const std::string& source) {
    return loop_.run(
        download(within(30s), *shell_, server_->target(),
                 {.sources = {source}, .destination = (server_->dir() / "back").string()}));
  };
  ASSERT_EQ(testing::run_program("cd " + tree.string() +
                                 " && python3 -c 'import socket; socket.socket(socket.AF_UNIX)"
                                 ".bind(\"socket\")'"),
            0);
  const auto down = get(tree.string() + "/");
  ASSERT_TRUE(down.has_value()) << down.error().message;
  EXPECT_EQ(down->files, 1U);
  EXPECT_THAT(down->skipped,
              ::testing::ElementsAre("node-1:" + tree.string() + "/pipe (a pipe)",
                                     "node-1:" + tree.string() + "/socket (a socket)"));
  for (const auto* name : {"/pipe", "/socket"}) {
    const auto refused = get(tree.string() + name);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_THAT(refused.error().message, HasSubstr("only files"));
  }
}

TEST_F(ShellTest, LeavesNothingOfACopyThatBrokeOff) {
  const auto tree = server_->dir() / "many", there = server_->dir() / "there";
  std::filesystem::create_directories(tree);
  std::filesystem::create_directories(there);
  for (int i = 0; i < 3; ++i) std::ofstream(tree / std::to_string(i)) << std::string(70000, 'x');
  // Whole files, but not all: to tar this stream looks as if it were meant so.
  class Cutting final : public Shell {
   public:
    Cutting(Shell& shell, std::size_t pieces) : shell_(&shell), left_(pieces) {}
    Task<Output> run(Context ctx, Target target, Command command) override {
      if (command.source) {
        command.source = [this, source = command.source] {
          return left_-- == 0 ? std::nullopt : source();
        };
      }
      co_return co_await shell_->run(ctx, target, std::move(command));
    }
    Task<void> open(Context ctx, Target target) override { return shell_->open(ctx, target); }
    Task<std::unique_ptr<Connection>> connect(Context ctx, Target target, std::string host,
                                              std::uint16_t port) override {
      return shell_->connect(ctx, target, host, port);
    }
    Task<void> prove_login(Context ctx, Target target, std::set<std::string> keys) override {
      return shell_->prove_login(ctx, target, keys);
    }
    void forget(const Target& target) override { shell_->forget(target); }

   private:
    Shell* shell_;
    std::size_t left_;
  };
  for (const std::size_t pieces : {1U, 2U, 3U}) {
    Cutting cutting(*shell_, pieces);
    const auto up =
        loop_.run(upload(within(30s), cutting, server_->target(),
                         {.sources = {tree.string()}, .destination = there.string() + "/"}));
    ASSERT_FALSE(up.has_value()) << pieces;
    EXPECT_TRUE(std::filesystem::is_empty(there)) << pieces;
  }
}

TEST_F(ShellTest, LeavesNothingOfACopyThatWasEndedByASignal) {
  // As sshd sends it when ccloud is interrupted, and the system when it goes down.
  const auto file = server_->dir() / "large", there = server_->dir() / "there";
  std::filesystem::create_directories(there);
  std::ofstream(file) << std::string(std::size_t{32} << 20, 'x');
  const auto end_script = fmt::format("pkill -TERM -f '[c]cloud-copy.XXXXXX.*{}/'", there.string());
  bool was_ended = false;
  const auto up = loop_.run(upload(within(30s), *shell_, server_->target(),
                                   {.sources = {file.string()},
                                    .destination = there.string() + "/",
                                    .progress = [&](std::uint64_t done, std::uint64_t) {
                                      if (was_ended || done < (std::size_t{16} << 20)) return;
                                      EXPECT_FALSE(std::filesystem::is_empty(there));
                                      was_ended = testing::run_program(end_script) == 0;
                                    }}));
  EXPECT_TRUE(was_ended);
  ASSERT_FALSE(up.has_value());
  for (int i = 0; i < 50 && !std::filesystem::is_empty(there); ++i) {
    ASSERT_TRUE(loop_.run(Context(loop_).sleep(100ms)).has_value());
  }
  EXPECT_TRUE(std::filesystem::is_empty(there));
}

TEST_F(ShellTest, CopiesIntoDirectoriesLikeScp) {
  const auto file = server_->dir() / "one file";
  std::ofstream(file) << "x";
  const auto into = server_->dir() / "in to";
  auto up = loop_.run(upload(within(30s), *shell_, server_->target(),
                             {.sources = {file.string()}, .destination = into.string() + "/"}));
  ASSERT_TRUE(up.has_value()) << up.error().message;
  EXPECT_TRUE(std::filesystem::exists(into / "one file"));
  up = loop_.run(upload(within(30s), *shell_, server_->target(),
                        {.sources = {file.string()}, .destination = (into / "named").string()}));
  ASSERT_TRUE(up.has_value()) << up.error().message;
  EXPECT_TRUE(std::filesystem::is_regular_file(into / "named"));
  // A folder that is there is filled, and a file never hides in it under its own name.
  const auto tree = server_->dir() / "tree", held = into / "tree";
  std::filesystem::create_directories(tree / "sub");
  std::ofstream(tree / "sub/new") << "new";
  std::filesystem::create_directories(held / "sub");
  std::ofstream(held / "sub/old") << "old";
  up = loop_.run(upload(within(30s), *shell_, server_->target(),
                        {.sources = {tree.string()}, .destination = into.string()}));
  ASSERT_TRUE(up.has_value()) << up.error().message;
  EXPECT_TRUE(std::filesystem::exists(held / "sub/new"));
  EXPECT_TRUE(std::filesystem::exists(held / "sub/old"));
  std::filesystem::remove(into / "one file");
  std::filesystem::create_directory(into / "one file");
  up = loop_.run(upload(within(30s), *shell_, server_->target(),
                        {.sources = {file.string()}, .destination = into.string()}));
  EXPECT_FALSE(up.has_value());
  EXPECT_TRUE(std::filesystem::is_empty(into / "one file"));
  auto missing = loop_.run(download(within(30s), *shell_, server_->target(),
                                    {.sources = {"/no/such"}, .destination = into.string()}));
  EXPECT_FALSE(missing.has_value());
}

}  // namespace
}  // namespace ccloud::ssh
