// What happens on the node's side of the fork: its files, its mounts, its first process. All of
// it runs in a child of the warden; failures travel back as one line of text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"
#include "sim/sandbox/sandbox.h"
#include "sim/sandbox/sys.h"

namespace ccloud::sim::sandbox {

/// All that a node needs to come up. Lives in the warden, read by the forked child.
struct NodePlan {
  NodeSpec spec;
  Mode mode = Mode::none;
  SshServer ssh = SshServer::openssh;  ///< never automatic here
  bool is_first_boot = true;           ///< nothing of its files is there yet
  bool has_own_users = true;           ///< false in a user namespace, where there is one user only
  std::filesystem::path folder;        ///< everything of the node
  std::filesystem::path program;       ///< our own program, bound into the node
  std::filesystem::path cgroup;        ///< systemd: the node's cgroup, on the warden's mount
  uid_t outer_uid = 0;                 ///< who we are outside, when it has no users of its own
  gid_t outer_gid = 0;
  std::uint32_t ip = 0;
  std::uint32_t gateway = 0;
  unsigned prefix = 22;
  std::uint16_t port = 22;

  std::filesystem::path root() const { return folder / "root"; }
};

inline constexpr std::string_view program_in_node = "/run/ccloud/node";
inline constexpr std::string_view console_in_node = "/run/ccloud/console";
inline constexpr std::string_view sudo_socket = "/run/ccloud/sudo";
/// What programs under /usr expect to find in /etc and what no node ever changes: the host's, by
/// links from the node's /etc into a folder of mounts.
inline constexpr const char* shared_etc[] = {
    "alternatives", "ssl", "ld.so.cache", "pam.d", "security", "python3", "perl", "mime.types"};
inline constexpr std::string_view shared_folder = "/run/ccloud/etc/";
inline constexpr std::string_view seed_folder = "/var/lib/cloud/instance";
inline constexpr uid_t first_user = 1000;

/// node_files.cc: the writable part of the root, once in a node's life. Gives the host key's
/// public line, also when the files are already there.
Result<std::string> prepare_files(const NodePlan& plan);
/// Adds a user with a home; an existing one only gets the keys. `sudo` lets it become root.
Result<void> add_user(const std::filesystem::path& root, const std::string& name,
                      const std::vector<std::string>& keys, bool may_sudo, bool can_chown);

/// node_mounts.cc: builds the root from the host's read-only folders and the node's own, and
/// makes it the root of the calling process, which must be in a mount namespace of its own.
Result<void> enter_root(const NodePlan& plan);

/// node_init.cc: the child's whole life. `channel` is a SOCK_SEQPACKET to the warden.
[[noreturn]] void run_node(const NodePlan& plan, int channel);

/// node_agent.cc: accepts SSH connections (unless `ssh_listener` is -1) and sudo requests, reaps
/// what is orphaned, until the warden says stop or goes away.
[[noreturn]] void run_agent(const NodePlan& plan, int ssh_listener, int channel);
/// `__node-agent` under systemd: sudo requests only.
int agent_main();

/// first_boot.cc: the user data. `configure` is what must be there before the first login (users,
/// keys, files, host name); `run_commands` is the script or runcmd, with its output in the log.
void configure_from_user_data(const NodePlan& plan);
void run_user_data_commands();

/// node_systemd.cc: the units that a node needs, and the change into systemd.
Result<void> write_units(const NodePlan& plan);
[[noreturn]] void become_systemd();

/// In a user namespace: the login user, from which there is no way back to the node's root.
Result<void> become_only_user();

}  // namespace ccloud::sim::sandbox
