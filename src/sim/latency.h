// How long the simulated clouds take: pure data, with the presets of `--latency`.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace ccloud::sim {

struct Latency {
  /// Drawn between the two, short ones more often.
  struct Range {
    std::chrono::milliseconds low{0};
    std::chrono::milliseconds high{0};
  };
  Range read;       ///< an API call that reads
  Range write;      ///< one that changes something
  Range boot;       ///< pending to running
  Range stop;       ///< stopping to stopped
  Range terminate;  ///< terminating to terminated
  Range lag;        ///< until reads see what was created

  /// The shape of the real clouds.
  static Latency typical();
};

/// "none", "typical", or a file: {"read": [0.08, 0.4], "boot": [10, 60], ...}, in seconds, with the
/// names of Latency's members; what is left out takes no time.
Result<Latency> parse_latency(const std::string& text);

}  // namespace ccloud::sim
