// Tokens may go below zero: each waiter reserves its own at once and sleeps until they would be
// there, which keeps the order without a queue.
#include "async/limiter.h"

#include <algorithm>

namespace ccloud::async {

Limiter::Limiter(Loop& loop, Rate rate)
    : loop_(&loop),
      documented_(rate),
      per_second_(rate.per_second),
      tokens_(rate.burst),
      last_(loop.now()) {}

void Limiter::refill() {
  const auto now = loop_->now();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  tokens_ = std::min(documented_.burst, tokens_ + seconds * per_second_);
}

Task<void> Limiter::acquire(Context ctx, double tokens) {
  refill();
  tokens_ -= tokens;
  if (tokens_ >= 0) co_return {};
  const std::chrono::duration<double> wait(-tokens_ / per_second_);
  auto slept = co_await ctx.sleep(std::chrono::duration_cast<Duration>(wait)).result();
  if (!slept) tokens_ += tokens;
  co_return slept;
}

void Limiter::throttled() {
  refill();
  per_second_ = std::max(documented_.per_second / 20, per_second_ / 2);
  tokens_ = std::min(tokens_, 0.0);
}

void Limiter::succeeded() {
  per_second_ = std::min(documented_.per_second, per_second_ + documented_.per_second / 50);
}

}  // namespace ccloud::async
