// The pure parts of retrying.
#include "async/retry.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace ccloud::async {

Duration backoff(const RetryPolicy& policy, int attempt, const Error& error, double random) {
  const Duration base =
      error.code == ErrorCode::rate_limited ? policy.throttle_base : policy.transient_base;
  const double ceiling = std::min(static_cast<double>(policy.cap.count()),
                                  static_cast<double>(base.count()) * std::pow(2.0, attempt - 1));
  const Duration jittered{static_cast<Duration::rep>(ceiling * random)};
  if (!error.retry_after.has_value()) return jittered;
  return std::max<Duration>(jittered, *error.retry_after);
}

bool may_retry(const Error& error, Idempotency idempotency) {
  if (!error.retryable) return false;
  return idempotency == Idempotency::idempotent || !error.ambiguous;
}

double random_unit() {
  static std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

}  // namespace ccloud::async
