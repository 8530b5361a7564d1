// libcurl's multi interface on the loop: libcurl says which sockets and which time-out it waits
// for, Asio waits, libcurl does the rest. Handles are kept between transfers, and a connection
// stays known to Asio as long as it is open: registering it anew for each call would be half of the
// system calls that a small call makes.
#pragma once

#include <memory>

#include "async/loop.h"

namespace ccloud::http {

/// Must outlive its transfers, and the loop the engine. A handle is a CURL*, a code a CURLcode.
class Engine {
 public:
  /// `finish` is told of each transfer that has ended, with the CURLOPT_PRIVATE of its handle.
  using Finish = void (*)(void* owner, int code);

  Engine(async::Loop& loop, Finish finish);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// A handle with the options that all transfers share. Given back reset.
  void* take_handle();
  void give_back(void* easy);
  bool start(void* easy);
  void stop(void* easy);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccloud::http
