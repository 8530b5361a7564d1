// Context: how long an operation may take and whether it is still wanted. Passed down explicitly;
// a child can only be stricter than its parent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/loop.h"

namespace ccloud::async {

/// Calls its function once when the context ends; forget() or destruction takes it back.
class CancelHook {
 public:
  CancelHook() = default;
  explicit CancelHook(std::function<void()> undo) : undo_(std::move(undo)) {}
  CancelHook(CancelHook&& other) noexcept : undo_(std::exchange(other.undo_, nullptr)) {}
  CancelHook& operator=(CancelHook&& other) noexcept {
    std::swap(undo_, other.undo_);
    return *this;
  }
  ~CancelHook() {
    if (undo_) undo_();
  }

 private:
  std::function<void()> undo_;
};

/// A cheap handle; copies share one state.
class Context {
 public:
  explicit Context(Loop& loop);

  Loop& loop() const;
  TimePoint now() const { return loop().now(); }
  WallTime wall_now() const { return loop().wall_now(); }

  /// A child that also ends, with timed_out, after `timeout`.
  Context with_timeout(Duration timeout) const;
  /// A child that can be cancelled without cancelling this one.
  Context child() const;

  void cancel(Error why) const;
  void cancel() const;
  /// Why it ended, if it has.
  std::optional<Error> ended() const;
  /// ended() as a Result, to be awaited at the top of loops.
  Result<void> check() const;
  /// The time that is left; nullopt without a deadline.
  std::optional<Duration> remaining() const;

  /// `fn(error)` runs once, when the context ends (at once, if it has ended already).
  [[nodiscard]] CancelHook on_end(std::function<void(const Error&)> fn) const;

  /// Waits; ends early with the context's error.
  Task<void> sleep(Duration duration) const;

 private:
  struct State;
  explicit Context(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace ccloud::async

namespace ccloud {
using async::Context;
}
