// How long the simulated clouds take: pure data, with the presets of `--latency`.
#pragma once

#include <chrono>

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

}  // namespace ccloud::sim
