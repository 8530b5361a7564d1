// One running simulator: the World, its fronts, their servers and its sandboxes on one loop. Knows
// nothing of processes and directories' life cycle; that is lifecycle.h.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop.h"
#include "sim/front.h"
#include "sim/hub.h"
#include "sim/sandbox/sandbox.h"

namespace ccloud::sim {

struct SimulatorOptions {
  WorldOptions world;
  Mode mode = Mode::none;
  std::vector<FaultRule> faults;
  std::filesystem::path directory;                   ///< for client files and sandboxes; must exist
  std::filesystem::path program = "/proc/self/exe";  ///< handles is_node_main()
};

class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> make(async::Loop& loop, SimulatorOptions options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  Hub& hub();
  std::string url() const;  ///< of /_sim/
  /// Every variable that points a client here, CCLOUD_SIM_URL first.
  const std::vector<Variable>& environment() const;

 private:
  struct State;
  explicit Simulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ccloud::sim
