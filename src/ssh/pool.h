// The real Shell: sessions made when first needed and reused within a run, a window of handshakes
// so that a thousand nodes do not all shake hands at once.
#pragma once

#include <filesystem>
#include <memory>
#include <set>

#include "ssh/shell.h"
#include "ssh/ssh_config.h"

namespace ccloud::ssh {

struct PoolOptions {
  std::filesystem::path host_keys{};  ///< the file of remembered host keys
  std::filesystem::path home{};       ///< for `~` and ~/.ssh/config
  bool reads_ssh_config = true;
  bool uses_agent = true;
  std::size_t handshakes = 48;  ///< at the same time
  std::size_t channels = 8;     ///< at the same time on one session; sshd allows 10
  async::Duration connect_timeout = std::chrono::seconds(15);  ///< TCP to login, per node
  async::Duration pulse = std::chrono::seconds(10);  ///< silence of a command: see pulse.h
  std::string default_user{};                        ///< empty: the local user
};

/// $XDG_STATE_HOME/ccloud/known_hosts, else under ~/.local/state.
std::filesystem::path default_host_keys();
/// All of the environment's.
PoolOptions default_pool_options();

/// How a target is reached after ssh_config had its say; what `ccloud ssh` hands to ssh.
struct Route {
  std::string host{};
  std::uint16_t port = 22;
  std::string user{};
  std::vector<std::string> identities{};
  std::set<std::string> only_keys{};  ///< "type base64": of all keys only these; empty: any
  std::string host_key_alias{};
  bool uses_agent = true;
  std::string agent_socket{};
  bool is_strict = false;
  std::string user_known_hosts{};
  std::vector<Hop> jumps{};  ///< in order, the first is reached from here
};
Result<Route> resolve_route(const Target& target, const SshConfig& config,
                            const PoolOptions& options);

std::unique_ptr<Shell> make_pool(async::Loop& loop, PoolOptions options);

}  // namespace ccloud::ssh
