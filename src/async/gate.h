// A door that opens once: any number of coroutines wait before it.
#pragma once

#include <utility>
#include <vector>

#include "async/completion.h"
#include "async/context.h"

namespace ccloud::async {

class Gate {
 public:
  explicit Gate(Loop& loop) : loop_(&loop) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  bool is_open() const { return is_open_; }
  void open() {
    is_open_ = true;
    for (auto& waiter : std::exchange(waiting_, {})) waiter.complete({});
  }
  Task<void> wait() {
    if (is_open_) co_return {};
    co_return co_await suspend<void>(
        *loop_, [this](Completion<void> waiter) { waiting_.push_back(waiter); });
  }

 private:
  Loop* loop_;
  bool is_open_ = false;
  std::vector<Completion<void>> waiting_;
};

}  // namespace ccloud::async
