// The event loop: one thread, timers, and the way back onto it from other threads. Time is the
// loop's own, so that tests can drive it: with a virtual clock a ten-minute wait takes no time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "async/task.h"

namespace ccloud::async {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::system_clock::time_point;
using TimerId = std::uint64_t;

enum class ClockKind {
  real,
  virtual_time,  ///< when nothing is ready, time jumps to the next timer
};

class Loop {
 public:
  explicit Loop(ClockKind clock = ClockKind::real);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  TimePoint now() const;
  /// The calendar's time; under a virtual clock it starts at 2026-01-01T00:00:00Z.
  WallTime wall_now() const;

  /// Runs `fn` in a later turn of the loop. The only member that other threads may call.
  void post(std::function<void()> fn);
  TimerId at(TimePoint when, std::function<void()> fn);
  void cancel(TimerId timer);

  /// Runs the loop until the task has ended; nothing else may be running it.
  template <class T>
  Result<T> run(Task<T> task) {
    bool is_done = false;
    auto outer = mark_done(std::move(task), &is_done);
    start(outer.handle());
    run_until(&is_done);
    return outer.take();
  }

  /// Starts a task that the loop owns until it ends; its error is dropped, so give it none. What
  /// has not ended when the loop is destroyed is destroyed with it.
  void spawn(Task<void> task);

  /// Runs `fn` on a small pool of threads and calls `done` on the loop: for what blocks (name
  /// look-ups, disks, SQLite).
  void run_blocking(std::function<void()> fn, std::function<void()> done);

  /// The boost::asio::io_context behind it, for the few files that speak Asio.
  void* native();

 private:
  template <class T>
  static Task<T> mark_done(Task<T> task, bool* is_done) {
    auto result = co_await std::move(task).result();
    *is_done = true;
    co_return result;
  }
  void start(std::coroutine_handle<> handle);
  void run_until(const bool* is_done);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccloud::async
