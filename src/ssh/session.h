// One SSH session on the loop: libssh is asked again whenever its descriptor is ready. Handshake
// and host key here, login in auth.cc, channels in channel.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/completion.h"
#include "async/context.h"
#include "ssh/agent.h"
#include "ssh/connect.h"
#include "ssh/fd_watch.h"
#include "ssh/host_keys.h"

struct ssh_session_struct;
struct ssh_event_struct;
struct ssh_key_struct;
struct ssh_counter_struct;

namespace ccloud::ssh {

/// A private key, read once and used by many sessions.
using PrivateKey = std::shared_ptr<ssh_key_struct>;

struct Login {
  std::string node{};  ///< for messages
  std::string host{};  ///< likewise, and for the user's own known_hosts
  std::uint16_t port = 22;
  std::string user{};
  std::vector<PrivateKey> keys{};
  std::vector<std::string> problems{};  ///< why other keys could not be used
  bool uses_agent = true;
  std::string agent_socket{};          ///< empty: $SSH_AUTH_SOCK
  std::set<std::string> agent_keys{};  ///< "type base64": of the agent's only these; empty: any
  std::string host_key_alias{};
  bool is_strict = false;          ///< only hosts that the user's own known_hosts has
  std::string user_known_hosts{};  ///< empty: libssh's default
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(async::Loop& loop, HostKeys& host_keys);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Key exchange, host key, login, over a connected descriptor.
  Task<void> open(Context ctx, Fd fd, const Login& login);

  /// Calls `step` now and whenever something has happened, until it says SSH_OK (0) or fails.
  Task<void> attempt(Context ctx, std::string what, std::function<int()> step);
  /// Until something has happened on this session.
  Task<void> wait(Context ctx);
  /// Tells all waiters to look again.
  void wake();
  /// Calls libssh; what came in meanwhile may be what others wait for, so they are told.
  int call(const std::function<int()>& step);

  bool is_alive() const;
  Error last_error(const std::string& what) const;
  async::Loop& loop() const { return *loop_; }
  ssh_session_struct* raw() const { return raw_; }
  /// Packets that came in so far.
  std::uint64_t packets_heard() const;
  /// Asks the other side for an answer, whatever it is; never waits for it.
  void ask_for_life();
  /// The other side is taken for gone: not alive from now on, and all waiters are told.
  void give_up();
  /// True while bytes wait to be taken by the kernel.
  bool is_write_pending() const;

  /// How long it may be silent while a command runs before it is asked for a sign of life.
  async::Duration pulse = std::chrono::seconds(10);

  /// What the session goes through, and must not end before it (a bastion's channel).
  std::shared_ptr<void> carrier;

 private:
  Task<void> log_in(Context ctx, const Login& login);
  Task<bool> try_agent(Context ctx, const Login& login);
  Task<bool> try_key(Context ctx, const PrivateKey& key);
  void configure(const Login& login);
  Result<void> check_host_key(const Login& login);
  void watch();
  void pump();

  async::Loop* loop_;
  HostKeys* host_keys_;
  ssh_session_struct* raw_;
  ssh_event_struct* event_ = nullptr;
  std::unique_ptr<ssh_counter_struct> packets_;
  bool is_silent_ = false;
  Fd watched_;
  std::unique_ptr<FdWatch> watch_;
  std::unique_ptr<AgentFilter> agent_;
  std::vector<async::Completion<void>> waiting_;
};

/// Reads a private key file; a message when that is not possible.
Result<PrivateKey> load_key(const std::string& file);

}  // namespace ccloud::ssh
