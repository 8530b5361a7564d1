// What the rest of the program knows of SSH: run a command on a node, connect to a port as the node
// sees it, prove a login. An interface, so that rollouts are tested against a fake on virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "async/context.h"
#include "async/task.h"

namespace ccloud::ssh {

struct Hop {
  std::string user{};  ///< empty: the node's user
  std::string host{};
  std::uint16_t port = 22;
};

/// Where a node is and how to log in. What is not set comes from ssh_config, then from defaults.
struct Target {
  std::string name{};         ///< the node's name, for messages and for ssh_config's Host patterns
  std::string instance_id{};  ///< what its host key is remembered by; empty: by host and port
  std::string host{};         ///< an address, or a name to be resolved
  std::optional<std::uint16_t> port{};
  std::optional<std::string> user{};
  /// Private key files to try. The agent comes first unless `has_identity`.
  std::vector<std::string> identities{};
  bool has_identity = false;
  std::optional<Hop> bastion{};
};

struct Command {
  std::string line{};   ///< for the login shell of the user on the node
  std::string input{};  ///< its standard input
  /// More input after that: the next piece, nothing at the end.
  std::function<std::optional<std::string>()> source{};
  /// Where output goes as it comes; without one it is kept in Output, up to `capture` bytes each.
  std::function<void(std::string_view)> on_out{};
  std::function<void(std::string_view)> on_err{};
  std::size_t capture = std::size_t{1} << 20;
  std::optional<async::Duration> timeout{};  ///< for the login and the command together
  bool is_last = false;  ///< nothing more is asked of this node: its session need not be kept
};

struct Output {
  int exit = 0;          ///< 128 + n when a signal ended it
  std::string signal{};  ///< its name ("KILL"), or empty
  std::string out{};
  std::string err{};
  bool is_cut = false;  ///< more was printed than kept
};

/// A byte stream to a port, opened from the node.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Task<void> write(Context ctx, std::string data) = 0;
  /// What came next; empty at the end of the stream.
  virtual Task<std::string> read(Context ctx) = 0;
};

class Shell {
 public:
  virtual ~Shell() = default;

  /// A command that ran is a value, whatever its exit code; an Error means that it may not have
  /// run (`ambiguous`: the connection was lost while it ran).
  virtual Task<Output> run(Context ctx, Target target, Command command) = 0;

  /// Makes sure that there is a session to the node, so that what follows costs no login.
  virtual Task<void> open(Context ctx, Target target) = 0;

  /// To `host`:`port` as seen from the node.
  virtual Task<std::unique_ptr<Connection>> connect(Context ctx, Target target, std::string host,
                                                    std::uint16_t port) = 0;

  /// A login of its own with one of these keys ("type base64") and no other, closed again: the
  /// proof that it works. The private half is a file or in the agent; `not_found` when it is
  /// neither.
  virtual Task<void> prove_login(Context ctx, Target target, std::set<std::string> public_keys) = 0;

  /// Drops what is kept open to this node, so that the next use logs in anew.
  virtual void forget(const Target& target) = 0;
};

/// `run`, where any exit code but 0 is an error with the last line the command printed.
Task<std::string> run_checked(Context ctx, Shell& shell, Target target, Command command);

}  // namespace ccloud::ssh
