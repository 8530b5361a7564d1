// Many tasks at once: all of them with all their results, or a stream of them with a bound.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "async/completion.h"
#include "async/context.h"

namespace ccloud::async {

/// Lets at most `limit` holders through at a time, in order of arrival.
class Semaphore {
 public:
  Semaphore(Loop& loop, std::size_t limit) : loop_(&loop), free_(limit) {}

  /// Returned by acquire(); gives the place back when destroyed.
  class Permit {
   public:
    Permit() = default;
    explicit Permit(Semaphore* owner) : owner_(owner) {}
    Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(owner_, other.owner_);
      return *this;
    }
    ~Permit() {
      if (owner_ != nullptr) owner_->release();
    }

   private:
    Semaphore* owner_ = nullptr;
  };

  /// The semaphore must outlive the permit.
  Task<Permit> acquire(Context ctx);

 private:
  void release();
  Loop* loop_;
  std::size_t free_;
  std::deque<Completion<void>> waiting_;
};

/// Tasks that are started now and awaited together. The group must be joined before it is
/// destroyed, or its unfinished tasks are destroyed with it.
class Group {
 public:
  explicit Group(Loop& loop) : loop_(&loop) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// Starts the task at once. Its error is dropped: catch it inside.
  void spawn(Task<void> task);
  std::size_t running() const { return running_; }
  /// Ends when nothing runs any more, also what was spawned meanwhile.
  Task<void> join();

 private:
  Task<void> run(Task<void> task);
  void sweep();
  Loop* loop_;
  std::size_t running_ = 0;
  std::vector<Task<void>> tasks_;
  std::vector<Completion<void>> joiners_;
};

namespace detail {
template <class T>
Task<void> store(Task<T> task, std::shared_ptr<std::vector<std::optional<Result<T>>>> into,
                 std::size_t at) {
  auto result = co_await std::move(task).result();
  (*into)[at].emplace(std::move(result));
  co_return {};
}
}  // namespace detail

/// Runs all at the same time; every result is kept, in order. Never fails itself.
template <class T>
Task<std::vector<Result<T>>> when_all(Loop& loop, std::vector<Task<T>> tasks) {
  auto slots = std::make_shared<std::vector<std::optional<Result<T>>>>(tasks.size());
  Group group(loop);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn(detail::store<T>(std::move(tasks[i]), slots, i));
  }
  co_await group.join();
  std::vector<Result<T>> results;
  results.reserve(slots->size());
  for (auto& slot : *slots) results.push_back(std::move(*slot));
  co_return results;
}

}  // namespace ccloud::async
