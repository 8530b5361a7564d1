// Task<T>: a lazy coroutine that ends with a T or an Error.
//
//   Task<Instance> make(Context& ctx) {
//     auto image = co_await resolve(ctx);            // an error ends this coroutine with it
//     auto found = co_await find(ctx).result();      // the explicit catch: a Result<Found>
//     co_return co_await create(ctx, image);
//   }
//
// A task starts when it is awaited (or given to Loop::run or Group::spawn) and runs on one thread.
// The awaiting frame owns it. When an error ends a coroutine its locals are destroyed together with
// the task object, in the usual order.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/result.h"

namespace ccloud::async {

template <class T = void>
class Task;

namespace detail {

/// What a finished child has to know about who awaits it.
struct PromiseBase {
  std::coroutine_handle<> waiter;       ///< resumed when this coroutine ends
  PromiseBase* propagate_to = nullptr;  ///< set when the waiter wants errors to end it, too
  virtual void fail(Error error) = 0;   ///< ends the coroutine with an error, from outside
  virtual Error* error() = 0;           ///< the error it ended with, if it did
  virtual ~PromiseBase() = default;
};

/// Who runs next once `ended` has its result: its waiter, or, where the error passes through
/// waiters that do not catch, the first one up the chain that does.
inline std::coroutine_handle<> next_after(PromiseBase* ended) {
  while (ended->propagate_to != nullptr && ended->error() != nullptr) {
    PromiseBase* up = ended->propagate_to;
    up->fail(std::move(*ended->error()));
    ended = up;
  }
  return ended->waiter ? ended->waiter : std::coroutine_handle<>(std::noop_coroutine());
}

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    return next_after(&self.promise());
  }
  void await_resume() const noexcept {}
};

/// `co_await` on a plain Result: a value at once, or the end of the coroutine.
template <class T>
struct ResultAwaiter {
  Result<T> result;
  bool await_ready() const noexcept { return result.has_value(); }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) {
    PromiseBase* promise = &self.promise();
    promise->fail(std::move(result.error()));
    return next_after(promise);
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
};

template <class T>
struct PromiseCommon : PromiseBase {
  std::optional<Result<T>> outcome;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  void fail(Error error) override { outcome.emplace(std::move(error)); }
  Error* error() override {
    return outcome.has_value() && !outcome->has_value() ? &outcome->error() : nullptr;
  }

  template <class U>
  ResultAwaiter<U> await_transform(Result<U> result) {
    return {std::move(result)};
  }
  template <class Awaitable>
    requires requires(Awaitable&& a) { a.await_ready(); }
  Awaitable&& await_transform(Awaitable&& awaitable) {
    return std::forward<Awaitable>(awaitable);
  }
  template <class U>
  auto await_transform(Task<U>&& task) {
    return std::move(task).propagate(this);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  struct promise_type : detail::PromiseCommon<T> {
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    template <class U = T>
    void return_value(U&& value) {
      this->outcome.emplace(std::forward<U>(value));
    }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Awaited, yields Result<T>: the explicit catch.
  auto result() && { return ResultView{std::move(*this)}; }
  /// Awaited, yields T or ends `waiter`; chosen by a plain `co_await task`.
  auto propagate(detail::PromiseBase* waiter) && { return ValueView{std::move(*this), waiter}; }

  /// For owners outside coroutines (Loop::run): the handle stays owned by this task.
  Handle handle() const { return handle_; }
  Result<T> take() { return std::move(*handle_.promise().outcome); }

 private:
  explicit Task(Handle handle) : handle_(handle) {}

  struct ResultView {
    Task task;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) {
      task.handle_.promise().waiter = waiter;
      return task.handle_;
    }
    Result<T> await_resume() { return task.take(); }
  };

  struct ValueView {
    Task task;
    detail::PromiseBase* up;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) {
      task.handle_.promise().waiter = waiter;
      task.handle_.promise().propagate_to = up;
      return task.handle_;
    }
    T await_resume() { return *task.take(); }
  };

  Handle handle_;
};

template <>
struct Task<void>::promise_type : detail::PromiseCommon<void> {
  Task get_return_object();
  /// `co_return {};` or `co_return error;`: a void coroutine says how it ends.
  void return_value(Result<void> value) { outcome.emplace(std::move(value)); }
};

inline Task<void> Task<void>::promise_type::get_return_object() {
  return Task(Handle::from_promise(*this));
}
template <>
inline void Task<void>::ValueView::await_resume() {}

}  // namespace ccloud::async

namespace ccloud {
using async::Task;
}
