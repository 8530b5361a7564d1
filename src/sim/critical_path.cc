// One pass in served order: what a write needs was served before it.
#include "sim/critical_path.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace ccloud::sim {
namespace {

/// A bucket's level at the time of the last call that took from it.
class Levels {
 public:
  explicit Levels(double speed) : speed_(speed) {}

  /// The first moment from `start` on at which all of them hold enough; takes it then.
  Duration take(const std::vector<Bucket>& buckets, Duration start) {
    auto at = start;
    for (const auto& bucket : buckets) at = std::max(at, enough_at(bucket, start));
    for (const auto& bucket : buckets) {
      auto& level = levels_.at(bucket.key);
      level.tokens = tokens_at(level, bucket, at) - bucket.cost;
      level.at = std::max(level.at, at);
    }
    return at;
  }

 private:
  struct Level {
    double tokens = 0;
    Duration at{};
  };

  double tokens_at(const Level& level, const Bucket& bucket, Duration when) const {
    const auto passed = std::chrono::duration<double>(std::max(when - level.at, Duration(0)));
    return std::min(bucket.size, level.tokens + passed.count() * bucket.per_second * speed_);
  }

  Duration enough_at(const Bucket& bucket, Duration start) {
    const auto& level = levels_.try_emplace(bucket.key, Level{bucket.size, start}).first->second;
    const auto from = std::max(start, level.at);
    // What costs more than the bucket holds goes through when it is full.
    const double missing = std::min(bucket.cost, bucket.size) - tokens_at(level, bucket, from);
    if (missing <= 0) return from;
    const double seconds = missing / (bucket.per_second * speed_);
    return from + Duration(static_cast<Duration::rep>(std::ceil(seconds * 1000)));
  }

  double speed_;
  std::map<std::string, Level> levels_;
};

struct Timed {
  Duration start{};
  Duration answered{};
  std::optional<std::size_t> after;  ///< the write that it waited for last
};

}  // namespace

CriticalPath critical_path(const std::vector<ServedWrite>& writes, Duration look, Duration glance,
                           double speed) {
  CriticalPath path{.length = look, .steps = {}};
  std::vector<Timed> timed;
  timed.reserve(writes.size());
  Levels levels(speed);
  std::optional<std::size_t> last;
  for (const auto& write : writes) {
    Timed one{.start = look, .answered = {}, .after = std::nullopt};
    for (const auto needed : write.needs) {
      if (needed.write >= timed.size()) continue;
      const auto& maker = timed[needed.write];
      const auto known = std::max(maker.answered, maker.start + needed.unseen);
      if (known <= one.start) continue;
      one.start = known;
      one.after = needed.write;
    }
    one.start = levels.take(write.buckets, one.start);
    one.answered = one.start + write.latency;
    // A cloud begins to boot when the call arrives, not when it is answered.
    const bool boots = write.longest_boot > Duration(0);
    const auto done =
        boots ? std::max(one.answered, one.start + write.longest_boot) + glance : one.answered;
    if (done > path.length) {
      path.length = done;
      last = timed.size();
    }
    timed.push_back(one);
  }
  for (auto at = last; at; at = timed[*at].after) {
    const auto took = at == last ? path.length - timed[*at].start : writes[*at].latency;
    path.steps.push_back({writes[*at].region, writes[*at].action, timed[*at].start, took});
  }
  std::ranges::reverse(path.steps);
  return path;
}

}  // namespace ccloud::sim
