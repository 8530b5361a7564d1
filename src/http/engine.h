// libcurl's multi interface on the loop: libcurl says which sockets and which time-out it waits
// for, Asio waits, libcurl does the rest. Handles are kept between transfers, and a connection
// stays known to Asio as long as it is open: registering it anew for each call would be half of the
// system calls that a small call makes.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <curl/curl.h>

#include "async/loop.h"

namespace ccloud::http {

/// Must outlive its transfers, and the loop the engine.
class Engine {
 public:
  /// `finish` is told of each transfer that has ended, with the CURLOPT_PRIVATE of its handle.
  using Finish = void (*)(void* owner, CURLcode code);

  Engine(async::Loop& loop, Finish finish);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// A handle with the options that all transfers share. Given back reset.
  CURL* take_handle();
  void give_back(CURL* easy);
  bool start(CURL* easy) { return curl_multi_add_handle(multi_, easy) == CURLM_OK; }
  void stop(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;
  struct Socket;

  static int watch(CURL* easy, curl_socket_t fd, int what, void* self, void* unused);
  static int set_timer(CURLM* multi, long milliseconds, void* self);
  static curl_socket_t open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int close(void* self, curl_socket_t fd);

  void on_watch(curl_socket_t fd, int what);
  void on_timer(long milliseconds);
  void forget(curl_socket_t fd);
  void arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket);
  void wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket, bool for_reading);
  void act(curl_socket_t fd, int events);

  async::Loop* loop_;
  Finish finish_;
  CURLM* multi_;
  async::TimerId timer_ = 0;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::set<curl_socket_t> ours_;  ///< opened by open(): we learn when they are closed
  std::vector<CURL*> idle_;
};

}  // namespace ccloud::http
