// Tokens and credentials that run out: fetched when first needed, by one at a time, again before
// they expire, and again when the cloud says that they have.
#pragma once

#include <functional>
#include <optional>

#include "async/group.h"

namespace ccloud::cloud {

template <class T>
class Renewing {
 public:
  struct Fetched {
    T value;
    std::optional<async::WallTime> expires{};  ///< nullopt: never
  };
  using Fetch = std::function<Task<Fetched>(Context)>;
  struct Current {
    T value;
    std::uint64_t generation = 0;
  };

  /// Renewed `early` before it expires. `fetch` must stay callable as long as this.
  Renewing(async::Loop& loop, async::Duration early, Fetch fetch)
      : early_(early), fetch_(std::move(fetch)), turn_(loop, 1) {}

  /// The value, fetched when there is none. Whoever waits while another's fetch fails gets the
  /// same error instead of trying in turn.
  Task<Current> get(Context ctx) {
    if (is_fresh(ctx)) co_return Current{held_->value, generation_};
    const auto failures = failures_;
    const auto turn = co_await turn_.acquire(ctx);
    if (is_fresh(ctx)) co_return Current{held_->value, generation_};
    if (failures_ != failures && last_failure_.has_value()) co_return *last_failure_;
    auto fetched = co_await fetch_(ctx).result();
    if (!fetched.has_value()) {
      if (fetched.error().code != ErrorCode::cancelled) {
        ++failures_;
        last_failure_ = fetched.error();
      }
      // A value that has not quite expired is better than none.
      if (held_.has_value() && !is_expired(ctx)) co_return Current{held_->value, generation_};
      co_return fetched.error();
    }
    held_ = std::move(*fetched);
    ++generation_;
    co_return Current{held_->value, generation_};
  }

  /// Forgets the value, if it is still that generation.
  void drop(std::uint64_t generation) {
    if (generation == generation_) held_.reset();
  }

 private:
  bool is_fresh(const Context& ctx) const {
    return held_.has_value() &&
           (!held_->expires.has_value() || ctx.wall_now() + early_ < *held_->expires);
  }
  bool is_expired(const Context& ctx) const {
    return held_->expires.has_value() && ctx.wall_now() >= *held_->expires;
  }

  async::Duration early_;
  Fetch fetch_;
  async::Semaphore turn_;
  std::optional<Fetched> held_;
  std::uint64_t generation_ = 0;
  std::uint64_t failures_ = 0;
  std::optional<Error> last_failure_;
};

}  // namespace ccloud::cloud
