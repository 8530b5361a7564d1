// Channels of a session: a command, or a connection from the node to a port.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "ssh/session.h"
#include "ssh/shell.h"

struct ssh_channel_struct;
struct ssh_channel_callbacks_struct;

namespace ccloud::ssh {

/// Owns a libssh channel and takes what comes in on it. Ends before its session.
class Channel {
 public:
  explicit Channel(std::shared_ptr<Session> session);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Task<void> open_command(Context ctx, std::string line);
  Task<void> open_connection(Context ctx, std::string host, std::uint16_t port);

  /// Queues as much of `data` as the window and the socket take now; how much that was.
  Result<std::size_t> write_some(std::string_view data);
  /// Queues all of it, waiting where it must.
  Task<void> write(Context ctx, std::string data);
  void send_eof();
  void send_signal(const char* name);

  std::function<void(std::string_view, bool is_stderr)> on_data;
  bool has_eof = false;
  bool is_closed = false;
  std::optional<int> exit;
  std::string signal;

  Session& session() const { return *session_; }

 private:
  void take_callbacks();

  std::shared_ptr<Session> session_;
  ssh_channel_struct* raw_;
  std::unique_ptr<ssh_channel_callbacks_struct> callbacks_;
};

/// Runs a command to its end.
Task<Output> run_command(Context ctx, std::shared_ptr<Session> session, Command command);

Task<std::unique_ptr<Connection>> open_forward(Context ctx, std::shared_ptr<Session> session,
                                               std::string host, std::uint16_t port);

/// A connection of `session` to host:port, as a descriptor that another session can speak over.
/// `keep` owns the pump.
struct Carried {
  Fd fd;
  std::shared_ptr<void> keep;
};
Task<Carried> carry(Context ctx, std::shared_ptr<Session> session, std::string host,
                    std::uint16_t port);

}  // namespace ccloud::ssh
