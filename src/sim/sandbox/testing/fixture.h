// Nodes for tests: a folder and a key of their own, and OpenSSH's client to look at them from
// outside, as a user would.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sim/sandbox/sandbox.h"

namespace ccloud::sim::testing {

struct Outcome {
  int code = -1;
  std::string output;  ///< stdout and stderr
};
Outcome run_shell(const std::string& command);

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Opens the sandboxes; skips the test aloud where the machine cannot do the mode.
  void open(Mode mode, Options options = {});
  NodeSpec spec(const std::string& id, const std::string& hostname = "web-1") const;
  /// Boots and waits; a failure fails the test.
  Address boot(NodeSpec node);
  Outcome ssh(const Address& at, const std::string& command, const std::string& before = "") const;
  std::string ssh_options() const;
  /// Waits, bounded, for something that happens outside of this process.
  static bool eventually(const std::function<bool()>& is_so);

  std::filesystem::path dir_;
  std::unique_ptr<Sandboxes> boxes_;
};

/// The same tests where nodes have networks of their own and where they have not.
class EveryMode : public SandboxTest, public ::testing::WithParamInterface<Mode> {};

/// Pids of all processes whose command line has this text.
std::vector<pid_t> processes_with(const std::string& text);

}  // namespace ccloud::sim::testing
