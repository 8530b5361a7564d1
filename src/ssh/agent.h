// The user's ssh-agent, seen by libssh as one that has only some of its keys: libssh itself tries
// all of them, and then nobody knows which one opened the door.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "ssh/connect.h"

namespace ccloud::ssh {

/// The one that is named, else the environment's; empty when there is none.
std::string agent_socket_of(const std::string& named);

/// The public keys ("type base64") of the agent behind the socket; empty when there is no agent.
/// Waits at most some seconds for its answer.
std::set<std::string> agent_keys(const std::string& socket);

/// A connection to the agent that shows only `keys`. A thread of its own passes messages on, since
/// libssh waits for an agent's answer on the thread that asks.
class AgentFilter {
 public:
  static Result<std::unique_ptr<AgentFilter>> start(const std::string& socket,
                                                    std::set<std::string> keys);
  ~AgentFilter();
  AgentFilter(const AgentFilter&) = delete;
  AgentFilter& operator=(const AgentFilter&) = delete;

  /// The end for libssh, which closes it. Once.
  int take_end() { return theirs_.release(); }

 private:
  AgentFilter(Fd agent, Fd ours, Fd theirs, std::set<std::string> keys);
  Fd agent_;
  Fd ours_;
  Fd theirs_;
  std::thread thread_;
};

}  // namespace ccloud::ssh
