// What this machine can do. Tried, not guessed: a short-lived child makes the namespaces and a
// bridge inside them, so nothing of the trial is ever seen outside.
#include <functional>

#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/netlink.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/sandbox.h"
#include "sim/sandbox/user_namespace.h"

namespace ccloud::sim {
namespace {

using sandbox::errno_error;
using sandbox::Netlink;

/// Runs `trial` in a child; what it returns as an error comes back as its message.
std::string try_in_child(const std::function<Result<void>()>& trial) {
  int ends[2];
  if (::pipe(ends) != 0) return errno_error("make a pipe").message;
  const sandbox::Fd read_end(ends[0]);
  sandbox::Fd write_end(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return errno_error("fork").message;
  if (pid == 0) {
    const auto outcome = trial();
    if (!outcome) sandbox::write_all(write_end.get(), outcome.error().message);
    ::_exit(outcome ? 0 : 1);
  }
  write_end.reset();
  std::string message;
  char buffer[512];
  ssize_t count = 0;
  while ((count = ::read(read_end.get(), buffer, sizeof buffer)) > 0) {
    message.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return message.empty() ? "the trial ended oddly" : message;
}

Result<void> try_namespaces() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  if (uid != 0) flags |= CLONE_NEWUSER;
  if (::unshare(flags) != 0) return errno_error("namespaces are refused");
  if (uid != 0) {
    if (auto r = sandbox::map_only_user(0, uid, gid); !r) return r;
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr) != 0) {
    return errno_error("mounting is refused");
  }
  return {};
}

/// After try_namespaces(): a bridge and a cable, both in the trial's own network namespace.
Result<void> try_bridge() {
  auto net = Netlink::open();
  if (!net) return net.error();
  if (auto r = net->add_bridge("trial"); !r) return r;
  return net->add_veth("trial0", ::if_nametoindex("trial"), ::getpid(), {2, 0, 0, 0, 0, 1});
}

Result<void> try_network() {
  if (::geteuid() != 0) return make_error(ErrorCode::permission_denied, "needs root");
  if (auto r = try_namespaces(); !r) return r;
  return try_bridge();
}

Result<void> try_systemd() {
  if (::access("/usr/lib/systemd/systemd", X_OK) != 0 &&
      ::access("/lib/systemd/systemd", X_OK) != 0) {
    return make_error(ErrorCode::unavailable, "systemd is not installed (package systemd)");
  }
  if (auto r = try_network(); !r) return r;
  auto group = sandbox::open_cgroups("/tmp/trial");
  if (!group) return group.error();
  const auto trial = *group / ("ccloud-trial-" + std::to_string(::getpid()));
  auto made = sandbox::make_cgroup(trial);
  sandbox::remove_cgroup(trial);
  return made;
}

}  // namespace

Detected detect(Boot wanted) {
  if (wanted == Boot::none) return {Mode::none, "nodes are records only, as asked for"};
  if (::access("/usr/sbin/sshd", X_OK) != 0 && ::access("/usr/sbin/dropbear", X_OK) != 0) {
    return {Mode::none, "nodes need an SSH server: install the package openssh-server"};
  }
  if (wanted == Boot::systemd) {
    const std::string why = try_in_child(try_systemd);
    if (why.empty()) return {Mode::systemd, "root, namespaces, a bridge and cgroup v2 are there"};
    return {Mode::none, "systemd cannot be a node's first process here: " + why};
  }
  const std::string why_no_network = try_in_child(try_network);
  if (why_no_network.empty()) {
    return {Mode::network, "root, namespaces and a bridge are there"};
  }
  const std::string why_nothing = try_in_child(try_namespaces);
  if (why_nothing.empty()) {
    return {Mode::loopback,
            "nodes share the loopback address range: own networks: " + why_no_network};
  }
  return {Mode::none, "nodes cannot boot here: " + why_nothing +
                          "; run as root, or allow user namespaces "
                          "(sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)"};
}

}  // namespace ccloud::sim
