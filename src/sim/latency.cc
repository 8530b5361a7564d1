// The presets of `--latency`.
#include "sim/latency.h"

namespace ccloud::sim {

Latency Latency::typical() {
  using std::chrono::milliseconds;
  return {
      .read = {milliseconds(80), milliseconds(400)},
      .write = {milliseconds(150), milliseconds(900)},
      .boot = {milliseconds(10'000), milliseconds(60'000)},
      .stop = {milliseconds(8'000), milliseconds(40'000)},
      .terminate = {milliseconds(8'000), milliseconds(45'000)},
      .lag = {milliseconds(200), milliseconds(4'000)},
  };
}

}  // namespace ccloud::sim
