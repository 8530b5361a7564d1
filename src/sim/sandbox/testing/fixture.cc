// The tests' own ends of ssh and of the process table.
#include "sim/sandbox/testing/fixture.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sys.h"

int main(int argc, char** argv) {
  if (ccloud::sim::is_node_main(argc, argv)) return ccloud::sim::node_main(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

namespace ccloud::sim::testing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Outcome run_shell(const std::string& command) {
  Outcome outcome;
  FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  char buffer[4096];
  std::size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0) {
    outcome.output.append(buffer, count);
  }
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

void SandboxTest::SetUp() {
  std::string name = "/tmp/ccloud-sandbox-XXXXXX";
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  dir_ = name;
  if (run_shell(fmt::format("ssh-keygen -q -t ed25519 -N '' -f {}/key", dir_.string())).code != 0) {
    GTEST_SKIP() << "SKIPPED: no OpenSSH client here (package openssh-client)";
  }
}

void SandboxTest::TearDown() {
  boxes_.reset();
  fs::remove_all(dir_);
}

void SandboxTest::open(Mode mode, Options options) {
  const auto found = detect(mode == Mode::systemd ? Boot::systemd : Boot::sandbox);
  const bool can = found.mode == mode || (found.mode == Mode::network && mode == Mode::loopback);
  if (!can) GTEST_SKIP() << "SKIPPED: no mode " << to_string(mode) << " here: " << found.reason;
  auto opened = Sandboxes::open(dir_ / "nodes", mode, std::move(options));
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  boxes_ = std::move(*opened);
}

NodeSpec SandboxTest::spec(const std::string& id, const std::string& hostname) const {
  return {.id = id,
          .hostname = hostname,
          .user = "ops",
          .authorized_keys = {sandbox::read_file(dir_ / "key.pub")},
          .image = "debian-12"};
}

Address SandboxTest::boot(NodeSpec node) {
  Address address;
  const std::string id = node.id;
  boxes_->boot(std::move(node), [&](Result<Address> result) {
    EXPECT_TRUE(result.has_value()) << result.error().message;
    if (result) address = *result;
  });
  EXPECT_TRUE(boxes_->wait(120s));
  EXPECT_EQ(boxes_->state(id), NodeState::running) << boxes_->console(id);
  return address;
}

std::string SandboxTest::ssh_options() const {
  return fmt::format(
      "-F none -i {}/key -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=10 "
      "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
      "-o KexAlgorithms=curve25519-sha256",
      dir_.string());
}

Outcome SandboxTest::ssh(const Address& at, const std::string& command,
                         const std::string& before) const {
  return run_shell(fmt::format("{} timeout 30 ssh {} -p {} ops@{} {}", before, ssh_options(),
                               at.port, at.ip, shell_quote(command)));
}

bool SandboxTest::eventually(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::usleep(5000);
  }
  return true;
}

std::vector<pid_t> processes_with(const std::string& text) {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const auto pid = parse_int(entry.path().filename().string());
    if (!pid || *pid == ::getpid()) continue;
    if (sandbox::read_file(entry.path() / "cmdline").find(text) != std::string::npos) {
      found.push_back(static_cast<pid_t>(*pid));
    }
  }
  return found;
}

}  // namespace ccloud::sim::testing
