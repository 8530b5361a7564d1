// The one table of exit codes (contract, section 4), and the rules that lead to them.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"

namespace ccloud::deploy {

enum class Exit : int {
  done = 0,
  failed = 1,
  changes_pending = 2,
  partly = 3,
  rolled_back = 4,
  refused = 5,
  usage = 64,
  config_invalid = 65,
  unreachable = 69,
  locked = 75,
  credentials = 77,
  interrupted = 130,
};
inline int code(Exit exit) { return static_cast<int>(exit); }

/// Error::raw_code of a node, or of a service on it, that took too long or did not answer:
/// `timed_out` or `unavailable`, though its cloud was reached.
inline constexpr std::string_view slow_node = "slow_node";

/// Of a run in which nothing at all was done: all credentials -> 77, all unreachable -> 69, all
/// cancelled -> 130, a mix -> 3, else 1. No errors: done.
Exit exit_of(const std::vector<Error>& errors, bool has_done_something);

}  // namespace ccloud::deploy
