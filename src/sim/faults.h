// Faults as data: what goes wrong, where, how often. Rules come from a JSON file or over
// POST /_sim/faults (the format is in README.md); chance comes from the simulator's seed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/front.h"

namespace ccloud::sim {

enum class FaultKind {
  throttle,
  error,        ///< 500
  unavailable,  ///< 503
  reset,        ///< connection reset before anything happens
  timeout,      ///< no answer
  lost_reply,   ///< carried out, then the connection is reset
  stale,        ///< a read that shows the world of some seconds ago
  capacity,
  quota,
  empty_page,
  expired,
  slow,       ///< the answer takes longer
  slow_boot,  ///< machines: the boot takes longer
  fail_boot,  ///< machines: the boot fails
};
std::optional<FaultKind> parse_fault_kind(std::string_view name);
std::string_view to_string(FaultKind kind);

struct FaultRule {
  FaultKind kind = FaultKind::error;
  std::string cloud = "*";  ///< with * and ?
  std::string region = "*";
  std::string action = "*";  ///< as CallInfo names it; for boots: the machine's type
  std::string zone = "*";    ///< capacity: the zone that is sold out
  double probability = 1;
  int after = 0;             ///< the first so many that match go untouched
  std::optional<int> count;  ///< at most so many times
  Duration by{0};            ///< slow, slow_boot, stale: by how much
  std::optional<std::chrono::seconds> retry_after;
  int matched = 0;
  int used = 0;
};

class Faults {
 public:
  /// {"rules": [ {"fault": "throttle", "action": "Run*", "probability": 0.1}, ... ]}
  static Result<std::vector<FaultRule>> parse(std::string_view json);

  void add(std::vector<FaultRule> rules);
  void clear() { rules_.clear(); }
  /// The first rule that strikes this call (no boot rules).
  const FaultRule* strike(const CallInfo& info, std::string_view cloud, World& world);
  /// The first boot rule that strikes this machine.
  const FaultRule* strike_boot(const Machine& machine, World& world);
  const std::vector<FaultRule>& rules() const { return rules_; }

 private:
  bool strikes(FaultRule& rule, std::string_view cloud, std::string_view region,
               std::string_view action, World& world);
  std::vector<FaultRule> rules_;
};

}  // namespace ccloud::sim
