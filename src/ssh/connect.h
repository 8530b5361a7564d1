// A TCP connection without blocking: the name is resolved on another thread, every address is
// tried.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "async/context.h"
#include "async/task.h"

namespace ccloud::ssh {

/// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

Task<Fd> connect_tcp(Context ctx, std::string host, std::uint16_t port);

}  // namespace ccloud::ssh
