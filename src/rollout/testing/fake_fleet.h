// Nodes that exist in memory only, behind the Shell interface: they understand the scripts of
// node_script.h by their names, keep owner, record and releases, and fail as told. Works on virtual
// time, and outlives a driver that is "killed".
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rollout/node.h"
#include "ssh/shell.h"

namespace ccloud::rollout::testing {

struct FakeNode {
  std::string owner{};   ///< "5 run-1"
  std::string record{};  ///< JSON
  std::string current{};
  std::set<std::string> releases{};
  bool is_running = false;
  bool is_dead = false;
  bool has_other_key = false;
  bool is_full = false;
  std::set<std::string> fails{};                    ///< names of scripts that exit with 1
  std::string dies_at{};                            ///< name of a script
  std::set<std::string> bad{};                      ///< releases that are never healthy here
  std::set<std::string> bad_steps{};                ///< commands of steps that exit with 1
  std::string says{};                               ///< what a bad step prints
  std::vector<std::string> steps_run{};             ///< commands of steps, in order
  std::map<std::string, std::string> kept_steps{};  ///< by release
  std::vector<std::string> calls{};                 ///< names of scripts, in order
};

class FakeFleet final : public ssh::Shell {
 public:
  std::map<std::string, FakeNode> nodes;
  async::Duration latency = std::chrono::milliseconds(100);
  /// So many scripts are answered, then none any more: the driver might as well be dead.
  std::int64_t answers_left = -1;
  /// Called after each script that took effect.
  std::function<void(const std::string& node, const std::string& script)> after{};
  std::int64_t served = 0;
  std::string fingerprint = "f";  ///< that all nodes tell of what they run

  /// So many nodes in a place, running `release` (empty: none); their Node for the driver.
  std::vector<Node> add(const std::string& place, int count, const std::string& release);
  std::int64_t healthy(const std::string& place) const;

  Task<ssh::Output> run(Context ctx, ssh::Target target, ssh::Command command) override;
  Task<void> open(Context ctx, ssh::Target target) override;
  Task<std::unique_ptr<ssh::Connection>> connect(Context ctx, ssh::Target target, std::string host,
                                                 std::uint16_t port) override;
  Task<void> prove_login(Context ctx, ssh::Target target,
                         std::set<std::string> public_keys) override;
  void forget(const ssh::Target& target) override;

 private:
  Task<void> reach(Context ctx, std::string name);
  ssh::Output answer(FakeNode& node, const std::string& name, const std::string& script);
};

}  // namespace ccloud::rollout::testing
