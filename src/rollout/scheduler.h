// Which nodes next? A pure function of the policy and of what is known of each node: no clock of
// its own, no I/O, nothing remembered between calls. The driver, the simulator and the property
// tests use the same one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/loop.h"
#include "rollout/policy.h"

namespace ccloud::rollout {

using async::TimePoint;

enum class Phase {
  waiting,    ///< not touched yet
  current,    ///< had the wanted release before this rollout
  skipped,    ///< down: cannot be reached, is stopped
  moving,     ///< in flight to the new release
  moved,      ///< has the new release
  failed,     ///< its move failed, or its health after it
  restoring,  ///< in flight back
  restored,   ///< has exactly what it had before
  stuck,      ///< could not be restored
};
std::string_view to_string(Phase phase);

struct NodeView {
  std::string name{};
  std::string place{};
  Phase phase = Phase::waiting;
  bool is_healthy = false;  ///< serves now; what is in flight never does
  bool has_failed = false;  ///< failed in this rollout, also if restored since
  bool has_origin = true;   ///< it had a release before: there is something to go back to
  TimePoint settled{};      ///< when it was moved (or failed)
};

enum class Ending {
  done,         ///< every node has the new release
  partly,       ///< some are left out or failed, within what is tolerated
  stopped,      ///< too many failed; nothing was put back
  rolled_back,  ///< too many failed; every touched node has what it had before
  incomplete,   ///< too many failed, and not every touched node could be restored
  interrupted,
};
std::string_view to_string(Ending ending);

struct Wishes {
  bool is_interrupted = false;  ///< start nothing new
  bool is_undo = false;         ///< back to what was, whatever happened
};

struct Next {
  std::vector<std::size_t> move;
  std::vector<std::size_t> restore;
  std::optional<TimePoint> wake;  ///< ask again then, if nothing happens before
  std::optional<Ending> ending;   ///< nothing is in flight and nothing more will be
  std::size_t wave = 0;           ///< the one that is worked on, from 0
  bool is_baking = false;
  bool is_back = false;  ///< on the way back
  std::string why;       ///< one sentence, where there is something to explain
};

/// `blocked_since`: when an earlier call first found no room under min_healthy (Next::why says so
/// and Next::wake is set); reset when nodes were started since.
Next next(const Policy& policy, const std::vector<NodeView>& nodes, TimePoint now,
          const Wishes& wishes, std::optional<TimePoint> blocked_since);

/// Which nodes would be moved next if all that is in flight or bakes went well: their release may
/// be shipped already, which changes nothing of what they serve. At most one batch of each place.
std::vector<std::size_t> ahead(const Policy& policy, std::vector<NodeView> nodes, TimePoint now);

}  // namespace ccloud::rollout
