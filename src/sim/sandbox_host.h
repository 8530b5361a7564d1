// The World's machines as sandboxes: the adapter between Host and Sandboxes. It keeps the actions
// on one node in order; the Sandboxes object itself belongs to the caller, who pumps it.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "sim/sandbox/sandbox.h"
#include "sim/world.h"

namespace ccloud::sim {

class SandboxHost final : public Host {
 public:
  explicit SandboxHost(Sandboxes& sandboxes);

  void boot(const std::string& node_id, const Machine& machine, Booted done) override;
  void stop(const std::string& node_id) override;
  void reboot(const std::string& node_id, Booted done) override;
  void destroy(const std::string& node_id) override;
  void crash(const std::string& node_id) override;
  std::string console(const std::string& node_id) override;

  /// A node powered itself off (not: was crashed through crash()).
  std::function<void(const std::string& node_id)> on_powered_off;

 private:
  using Action = std::function<void()>;
  void enqueue(const std::string& node_id, Action action);
  void next(const std::string& node_id);
  Sandboxes::Booted answer(const std::string& node_id, Booted done);

  Sandboxes& sandboxes_;
  std::unordered_map<std::string, std::deque<Action>> queues_;  // the front one is under way
  std::unordered_set<std::string> known_;
  std::unordered_set<std::string> crashed_;
};

}  // namespace ccloud::sim
