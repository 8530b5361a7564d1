// A token bucket that learns: it starts with what the cloud documents, slows down when the cloud
// throttles and recovers while it does not. Waiters go in order of arrival.
#pragma once

#include "async/group.h"

namespace ccloud::async {

struct Rate {
  double burst = 100;      ///< tokens in a full bucket
  double per_second = 20;  ///< tokens that flow in
};

class Limiter {
 public:
  Limiter(Loop& loop, Rate rate);
  /// Waits for `tokens`; ends early with the context.
  Task<void> acquire(Context ctx, double tokens = 1);
  /// The cloud said "too fast": halve the rate (never below a twentieth) and empty the bucket.
  void throttled();
  /// An answer without throttling: the rate creeps back to the documented one.
  void succeeded();

 private:
  void refill();
  Loop* loop_;
  Rate documented_;
  double per_second_;
  double tokens_;
  TimePoint last_;
};

}  // namespace ccloud::async
