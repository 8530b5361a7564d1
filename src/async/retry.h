// Retrying what failed for a passing reason: full jitter, the server's Retry-After as a floor, and
// never a call that could take effect twice.
#pragma once

#include <functional>

#include "async/context.h"

namespace ccloud::async {

enum class Idempotency {
  idempotent,      ///< a repeat does no harm: reads, deletes, creates guarded by a token or name
  not_idempotent,  ///< retried only when the error proves that nothing happened
};

struct RetryPolicy {
  int max_attempts = 8;
  Duration transient_base = std::chrono::milliseconds(200);
  Duration throttle_base = std::chrono::seconds(1);
  Duration cap = std::chrono::seconds(30);
};

/// How long to wait before attempt `attempt` + 1 (attempts count from 1); `random` in [0, 1).
/// Never less than the error's retry_after.
Duration backoff(const RetryPolicy& policy, int attempt, const Error& error, double random);

/// Whether `error` of a call with that idempotency may be tried again at all.
bool may_retry(const Error& error, Idempotency idempotency);

/// A random number in [0, 1); tests may seed it.
double random_unit();

/// Runs `attempt` until it succeeds, fails for good, or the policy or the context ends.
template <class T>
Task<T> retry(Context ctx, RetryPolicy policy, Idempotency idempotency,
              std::function<Task<T>()> attempt) {
  for (int count = 1;; ++count) {
    auto outcome = co_await attempt().result();
    if (outcome.has_value() || count >= policy.max_attempts ||
        !may_retry(outcome.error(), idempotency)) {
      co_return outcome;
    }
    const auto wait = backoff(policy, count, outcome.error(), random_unit());
    const auto left = ctx.remaining();
    if (left.has_value() && *left <= wait) co_return outcome;
    co_await ctx.sleep(wait);
  }
}

}  // namespace ccloud::async
