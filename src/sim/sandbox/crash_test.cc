// Nothing is left behind: not after destroy, not after a simulator or a warden was killed.
#include <chrono>
#include <csignal>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sys.h"
#include "sim/sandbox/testing/fixture.h"

namespace ccloud::sim::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// The interfaces of one simulator have its tag in their names.
std::string tag_of(const fs::path& dir) {
  const std::string record = sandbox::read_file(dir / "record");
  const auto at = record.find("bridge ccsim");
  return at == std::string::npos ? "" : record.substr(at + 12, 6);
}

int interfaces_with(const std::string& tag) {
  if (tag.empty()) return 0;
  int count = 0;
  struct if_nameindex* all = ::if_nameindex();
  for (auto* at = all; at != nullptr && at->if_index != 0; ++at) {
    if (std::string_view(at->if_name).find(tag) != std::string_view::npos) ++count;
  }
  ::if_freenameindex(all);
  return count;
}

bool has_mounts_below(const fs::path& dir) {
  return sandbox::read_file("/proc/self/mountinfo").find(dir.string()) != std::string::npos;
}

class Leftovers : public EveryMode {
 protected:
  fs::path nodes() const { return dir_ / "nodes"; }
  /// All processes of our warden and its nodes have its command line.
  std::size_t processes() const { return processes_with(nodes().string()).size(); }
};

TEST_P(Leftovers, DestroyLeavesNoProcessLinkMountOrFile) {
  open(GetParam());
  const std::string tag = tag_of(nodes());
  const Address node = boot(spec("i-1"));
  boot(spec("i-2"));
  EXPECT_EQ(ssh(node, "nohup sleep 987 </dev/null >/dev/null 2>&1 &").code, 0);
  const int before = interfaces_with(tag);
  EXPECT_EQ(before, GetParam() == Mode::loopback ? 0 : 3);
  boxes_->destroy("i-1", [](Result<void> result) { EXPECT_TRUE(result.has_value()); });
  EXPECT_TRUE(boxes_->wait(30s));
  EXPECT_EQ(interfaces_with(tag), GetParam() == Mode::loopback ? 0 : 2);
  EXPECT_FALSE(fs::exists(boxes_->root_of("i-1")));
  EXPECT_TRUE(fs::exists(boxes_->root_of("i-2")));
  EXPECT_EQ(boxes_->state("i-1"), NodeState::unknown);
  EXPECT_FALSE(has_mounts_below(dir_));
  boxes_->shutdown_all();
  EXPECT_EQ(interfaces_with(tag), 0);
  EXPECT_EQ(processes(), 0U);
  EXPECT_TRUE(fs::is_empty(nodes()));
}

/// A simulator in a process of its own, with one node; gives its pid once the node is up.
pid_t run_simulator(const fs::path& dir, Mode mode, NodeSpec spec) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const pid_t pid = ::fork();
  if (pid == 0) {
    auto opened = Sandboxes::open(dir, mode, {});
    if (!opened) ::_exit(1);
    (*opened)->boot(std::move(spec), [](Result<Address>) {});
    (*opened)->wait(60s);
    sandbox::write_all(ends[1], "up");
    ::pause();
    ::_exit(0);
  }
  char text[2];
  ::close(ends[1]);
  const bool is_up = ::read(ends[0], text, 2) == 2;
  ::close(ends[0]);
  return is_up ? pid : -1;
}

TEST_P(Leftovers, AKilledSimulatorTakesEverythingWithIt) {
  open(GetParam());
  boxes_.reset();
  const pid_t simulator = run_simulator(nodes(), GetParam(), spec("i-1"));
  ASSERT_GT(simulator, 0);
  const std::string tag = tag_of(nodes());
  EXPECT_GT(processes(), 0U);
  ::kill(simulator, SIGKILL);
  ::waitpid(simulator, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes() == 0; }));
  EXPECT_TRUE(eventually([&] { return interfaces_with(tag) == 0; }));
  open(GetParam());
  EXPECT_FALSE(fs::exists(boxes_->root_of("i-1")));
  boot(spec("i-1"));
}

TEST_P(Leftovers, AKilledWardenTakesItsNodesAndTheNextOneTheRest) {
  open(GetParam());
  boxes_.reset();
  const pid_t simulator = run_simulator(nodes(), GetParam(), spec("i-1"));
  ASSERT_GT(simulator, 0);
  const std::string tag = tag_of(nodes());
  const auto words = split(split(sandbox::read_file(nodes() / "record"), '\n')[0], ' ');
  ASSERT_EQ(words[0], "process");
  ::kill(static_cast<pid_t>(parse_int(words[1]).value_or(0)), SIGKILL);
  ::kill(simulator, SIGKILL);
  ::waitpid(simulator, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes() == 0; }));
  open(GetParam());
  // The bridge is removed by open(); a node's own link goes with its network namespace, which the
  // kernel takes down some time after the last process in it has died.
  EXPECT_TRUE(eventually([&] { return interfaces_with(tag) == 0; }));
  boot(spec("i-1"));
}

TEST_P(Leftovers, TellsWhenTheWardenIsKilled) {
  open(GetParam());
  boot(spec("i-1"));
  const auto words = split(split(sandbox::read_file(nodes() / "record"), '\n')[0], ' ');
  std::string died;
  boxes_->on_died([&](const std::string& id, const std::string&) { died = id; });
  ::kill(static_cast<pid_t>(parse_int(words[1]).value_or(0)), SIGKILL);
  EXPECT_TRUE(eventually([&] {
    boxes_->pump();
    return died == "i-1";
  }));
  bool is_refused = false;
  boxes_->boot(spec("i-2"), [&](Result<Address> result) { is_refused = !result.has_value(); });
  EXPECT_TRUE(is_refused);
  boxes_.reset();
  open(GetParam());  // and removes the bridge that was left
}

INSTANTIATE_TEST_SUITE_P(Modes, Leftovers,
                         ::testing::Values(Mode::network, Mode::loopback, Mode::systemd),
                         [](const auto& entry) { return std::string(to_string(entry.param)); });

class Many : public SandboxTest, public ::testing::WithParamInterface<int> {};

TEST_P(Many, ComeUpTogether) {
  const auto can = detect(Boot::sandbox);
  if (can.mode == Mode::none) GTEST_SKIP() << "SKIPPED: " << can.reason;
  open(can.mode);
  const auto start = std::chrono::steady_clock::now();
  std::vector<Address> up;
  for (int number = 0; number < GetParam(); ++number) {
    boxes_->boot(spec(fmt::format("i-{}", number), fmt::format("web-{}", number)),
                 [&](Result<Address> result) {
                   EXPECT_TRUE(result.has_value()) << result.error().message;
                   if (result) up.push_back(*result);
                 });
  }
  EXPECT_TRUE(boxes_->wait(120s));
  const auto took = std::chrono::steady_clock::now() - start;
  fmt::print("{} nodes up in {}\n", up.size(), format_duration(took));
  ASSERT_EQ(up.size(), static_cast<std::size_t>(GetParam()));
  EXPECT_EQ(ssh(up.back(), "sudo -n id -u").output, "0\n");
}

INSTANTIATE_TEST_SUITE_P(Counts, Many, ::testing::Values(50, 200));

/// As a user without rights would run it, whoever runs the tests.
TEST_F(SandboxTest, WorksWithoutRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "SKIPPED: the other tests run without root already";
  fs::permissions(dir_, fs::perms::all);
  fs::permissions(dir_ / "key", fs::perms::owner_read);
  ASSERT_EQ(::chown((dir_ / "key").c_str(), 65534, 65534), 0);
  fs::copy_file("/proc/self/exe", dir_ / "program");
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
    ::prctl(PR_SET_DUMPABLE, 1);  // which a program that such a user starts is
    const auto can = detect(Boot::sandbox);
    if (can.mode != Mode::loopback) {
      sandbox::write_all(1, "SKIPPED: " + can.reason + "\n");
      ::_exit(77);
    }
    auto opened = Sandboxes::open(dir_ / "nodes", can.mode, {.program = dir_ / "program"});
    if (!opened) ::_exit(3);
    boxes_ = std::move(*opened);
    const Address node = boot(spec("i-1"));
    const bool logs_in = ssh(node, "id -u; sudo -n id -u").output == "1000\n0\n";
    const bool unpacks = ssh(node, "tar cf - /etc/hosts | sudo -n tar xf - -C /opt").code == 0;
    boxes_->shutdown_all();
    ::_exit(logs_in && unpacks ? 0 : 4);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 77) GTEST_SKIP() << "SKIPPED: user namespaces are refused here";
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace ccloud::sim::testing
