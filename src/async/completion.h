// The one bridge from callbacks to coroutines: `co_await suspend<T>(loop, start)` hands `start` a
// Completion; whoever completes it first resumes the coroutine, in a later turn of the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "async/loop.h"

namespace ccloud::async {

/// A one-shot promise; copies share it. Completing it again does nothing.
template <class T>
class Completion {
 public:
  void complete(Result<T> result) const {
    if (state_->outcome.has_value()) return;
    state_->outcome.emplace(std::move(result));
    state_->loop->post([state = state_] {
      if (state->waiter) std::exchange(state->waiter, {}).resume();
    });
  }
  bool is_complete() const { return state_->outcome.has_value(); }

  struct State {
    Loop* loop = nullptr;
    std::coroutine_handle<> waiter;
    std::optional<Result<T>> outcome;
  };
  explicit Completion(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

/// Awaited, yields Result<T>. `start` runs when it is awaited. If the awaiting frame is destroyed
/// first, a later completion is ignored.
template <class T>
class Suspend {
 public:
  Suspend(Loop& loop, std::function<void(Completion<T>)> start)
      : state_(std::make_shared<typename Completion<T>::State>()), start_(std::move(start)) {
    state_->loop = &loop;
  }
  Suspend(Suspend&&) noexcept = default;
  Suspend& operator=(Suspend&&) noexcept = default;
  ~Suspend() {
    if (state_) state_->waiter = {};
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    state_->waiter = waiter;
    start_(Completion<T>(state_));
  }
  Result<T> await_resume() { return std::move(*state_->outcome); }

 private:
  std::shared_ptr<typename Completion<T>::State> state_;
  std::function<void(Completion<T>)> start_;
};

template <class T>
Suspend<T> suspend(Loop& loop, std::function<void(Completion<T>)> start) {
  return Suspend<T>(loop, std::move(start));
}

}  // namespace ccloud::async
