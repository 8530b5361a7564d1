// Refilled when looked at.
#include "sim/limiter.h"

#include <algorithm>

namespace ccloud::sim {

bool Limiter::take(const std::vector<Bucket>& buckets, Time now, double speed) {
  bool is_enough = true;
  for (const auto& bucket : buckets) {
    const auto [entry, is_new] = levels_.try_emplace(bucket.key, Level{bucket.size, now});
    auto& level = entry->second;
    const auto passed = std::chrono::duration<double>(now - level.at).count();
    level.tokens = std::min(bucket.size, level.tokens + passed * bucket.per_second * speed);
    level.at = now;
    // A call that costs more than the bucket holds is let through when the bucket is full.
    is_enough = is_enough && level.tokens >= std::min(bucket.cost, bucket.size);
  }
  if (!is_enough) return false;
  for (const auto& bucket : buckets) levels_[bucket.key].tokens -= bucket.cost;
  return true;
}

}  // namespace ccloud::sim
