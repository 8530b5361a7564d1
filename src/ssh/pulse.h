// Whether a session's other side is still there while a command runs: a machine that hangs, or a
// network that swallows packets, closes no connection.
#pragma once

#include <memory>
#include <optional>

#include "async/loop.h"
#include "ssh/session.h"

namespace ccloud::ssh {

/// While it lives, a node from which nothing came for Session::pulse is asked for a sign of life;
/// after `limit` times that without any the session ends (Session::give_up), which its waiters see.
class Pulse {
 public:
  static constexpr int limit = 3;

  explicit Pulse(std::shared_ptr<Session> session);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

 private:
  void arm();
  void beat();

  std::shared_ptr<Session> session_;
  std::optional<async::TimerId> timer_;
  std::uint64_t heard_;
  int silent_ = 0;
};

}  // namespace ccloud::ssh
