// Token buckets by name, for --limits real.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "sim/front.h"

namespace ccloud::sim {

class Limiter {
 public:
  /// Takes from all buckets, or from none and says false. `speed` refills them faster.
  bool take(const std::vector<Bucket>& buckets, Time now, double speed);

 private:
  struct Level {
    double tokens = 0;
    Time at{};
  };
  std::unordered_map<std::string, Level> levels_;
};

}  // namespace ccloud::sim
