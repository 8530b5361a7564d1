// Semaphore and Group.
#include "async/group.h"

#include <algorithm>

namespace ccloud::async {

Task<Semaphore::Permit> Semaphore::acquire(Context ctx) {
  co_await ctx.check();
  if (free_ > 0) {
    --free_;
    co_return Permit(this);
  }
  CancelHook hook;
  auto granted = co_await suspend<void>(*loop_, [&](Completion<void> completion) {
    waiting_.push_back(completion);
    hook = ctx.on_end([completion](const Error& why) { completion.complete(why); });
  });
  if (!granted) co_return granted.error();
  co_return Permit(this);
}

void Semaphore::release() {
  while (!waiting_.empty()) {
    const auto next = waiting_.front();
    waiting_.pop_front();
    if (next.is_complete()) continue;  // it was cancelled while it waited
    next.complete({});
    return;
  }
  ++free_;
}

Task<void> Group::run(Task<void> task) {
  static_cast<void>(co_await std::move(task).result());
  --running_;
  if (running_ == 0) {
    for (const auto& joiner : std::exchange(joiners_, {})) joiner.complete({});
  }
  co_return {};
}

void Group::spawn(Task<void> task) {
  if (tasks_.size() > 64 && tasks_.size() > 2 * running_) sweep();
  ++running_;
  tasks_.push_back(run(std::move(task)));
  // By index: the task may spawn more before it suspends first.
  const auto handle = tasks_.back().handle();
  handle.resume();
}

void Group::sweep() {
  std::erase_if(tasks_, [](const Task<void>& task) { return task.handle().done(); });
}

Task<void> Group::join() {
  while (running_ > 0) {
    auto joined = co_await suspend<void>(
        *loop_, [this](Completion<void> completion) { joiners_.push_back(completion); });
    if (!joined) co_return joined.error();
  }
  co_return {};
}

}  // namespace ccloud::async
