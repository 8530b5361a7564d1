// Tells when a descriptor can be read or written, on the loop. Does not own the descriptor.
#pragma once

#include <functional>
#include <memory>

#include "async/loop.h"

namespace ccloud::ssh {

class FdWatch {
 public:
  FdWatch(async::Loop& loop, int fd);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  /// `fn` runs once, in a later turn, when the descriptor is ready; at most one each at a time (a
  /// second call while one is pending does nothing). Not called after destruction.
  void on_readable(std::function<void()> fn);
  void on_writable(std::function<void()> fn);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ccloud::ssh
