// A server for the client's tests: one thread, plain sockets, a scripted answer per request. It
// shares no code with the client, on purpose.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ccloud::http::testing {

/// What `answer` may return instead of bytes.
inline const std::string reset_connection = "RESET";
inline const std::string say_nothing = "SILENCE";

class TinyServer {
 public:
  /// `answer` gets the whole request and returns the whole response.
  explicit TinyServer(std::function<std::string(const std::string&)> answer)
      : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 16);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;
  ~TinyServer() {
    is_over_ = true;
    shutdown(listener_, SHUT_RDWR);
    {
      const std::scoped_lock lock(mutex_);
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    thread_.join();
    for (auto& worker : workers_) worker.join();
    close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

  static std::string response(const std::string& status, const std::string& body,
                              const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  void serve() {
    while (!is_over_) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      const std::scoped_lock lock(mutex_);
      open_.push_back(fd);
      workers_.emplace_back([this, fd] { talk(fd); });
    }
  }

  void talk(int fd) {
    for (std::string request = read_request(fd); !request.empty(); request = read_request(fd)) {
      {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(request);
      }
      const std::string out = answer_(request);
      if (out == say_nothing) continue;
      if (out == reset_connection) {
        const linger hard{.l_onoff = 1, .l_linger = 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        break;
      }
      if (send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) break;
    }
    const std::scoped_lock lock(mutex_);
    std::erase(open_, fd);
    close(fd);
  }

  static std::string read_request(int fd) {
    std::string text;
    std::size_t want = std::string::npos;
    while (text.size() < want) {
      char buffer[4096];
      const auto got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) return {};
      text.append(buffer, static_cast<std::size_t>(got));
      const auto end = text.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const auto length = text.find("Content-Length: ");
      want = end + 4 + (length < end ? std::stoul(text.substr(length + 16)) : 0);
    }
    return text;
  }

  std::function<std::string(const std::string&)> answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::string> requests_;
  std::vector<std::thread> workers_;
  std::thread thread_;
};

}  // namespace ccloud::http::testing
