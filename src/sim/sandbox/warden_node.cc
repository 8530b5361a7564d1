// What the warden does to one node: its requests one after the other, its birth by clone(2), its
// signs of life, its end.
#include <cerrno>
#include <csignal>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/host_key.h"
#include "sim/sandbox/warden.h"

namespace ccloud::sim::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using Phase = Node::Phase;

/// A request is {verb, tag, id, ...}; boot goes on with the fields of NodeSpec.
enum Field : std::size_t {
  verb,
  tag,
  id,
  hostname,
  user,
  keys,
  user_data,
  image,
  private_ip,
  boot_script,
  more_users,
  all
};

NodeSpec spec_of(const Message& request) {
  return NodeSpec{.id = request[id],
                  .hostname = request[hostname],
                  .user = request[user],
                  .authorized_keys = split(request[keys], '\n'),
                  .user_data = request[user_data],
                  .image = request[image],
                  .private_ip = request[private_ip],
                  .boot_script = request[boot_script],
                  .more_users = split(request[more_users], '\n')};
}

/// A TCP connection that is under way; the caller looks later what became of it.
Fd start_connecting(std::uint32_t ip, std::uint16_t port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(ip);
  (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return socket;
}

/// Of root's on the whole machine, three for each systemd.
constexpr const char* inotify_limit = "/proc/sys/fs/inotify/max_user_instances";

std::string how_it_ended(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return fmt::format("ended with code {}", info.si_status);
  return fmt::format("was killed by signal {}", info.si_status);
}

}  // namespace

void Warden::take_request(Message request) {
  if (request.size() <= id) return;
  const auto found = nodes_.find(request[id]);
  if (request[verb] == "kill") {
    if (found != nodes_.end() && found->second.handle) {
      ::syscall(SYS_pidfd_send_signal, found->second.handle.get(), SIGKILL, nullptr, 0);
    }
    return;
  }
  if (request[verb] == "boot" && request.size() == all) {
    if (found != nodes_.end() && !forgotten_.contains(request[id])) {
      return reply({"error", request[tag], "already_exists", "there is a node " + request[id]});
    }
    if (found != nodes_.end()) nodes_.erase(found);
    forgotten_.erase(request[id]);
    Node& node = nodes_[request[id]];
    node.plan.spec = spec_of(request);
    node.plan.folder = options_.dir / "nodes" / folder_name(request[id]);
    node.requests.push_back(std::move(request));
    return begin_next(node);
  }
  if (found == nodes_.end() || forgotten_.contains(request[id])) {
    if (request[verb] == "destroy") return reply({"ok", request[tag]});
    return reply({"error", request[tag], "not_found", "there is no node " + request[id]});
  }
  found->second.requests.push_back(std::move(request));
  begin_next(found->second);
}

void Warden::begin_next(Node& node) {
  while (!node.is_busy && !node.requests.empty()) {
    node.is_busy = true;
    const std::string& what = node.requests.front()[verb];
    const bool is_on = node.phase == Phase::running;
    const bool is_ending = node.phase == Phase::unlinking || node.phase == Phase::going_down ||
                           node.phase == Phase::removing;
    if (is_ending) return;  // settle() or forget() will act
    if (what == "destroy") {
      is_on ? switch_off(node, true) : settle(node);
    } else if (what == "stop") {
      is_on ? switch_off(node, false) : finish(node, {});
    } else if (is_on && what == "restart") {
      switch_off(node, false);
    } else if (is_on) {
      finish(node, {});
    } else if (auto r = launch(node); !r) {
      finish(node, r);
    }
  }
}

/// The front request is done. A node whose boot failed leaves nothing behind.
void Warden::finish(Node& node, const Result<void>& outcome) {
  if (!node.is_busy || node.requests.empty()) return;
  const Message request = std::move(node.requests.front());
  node.requests.pop_front();
  node.is_busy = false;
  if (outcome) {
    reply({"ok", request[tag], format_ip(network_->ip_of(node.slot)),
           std::to_string(network_->ssh_port()), node.host_key, fingerprint_of(node.host_key)});
  } else {
    reply({"error", request[tag], std::string(to_string(outcome.error().code)),
           outcome.error().message});
  }
  if (!outcome && request[verb] == "boot") {
    node.requests.push_front({"destroy", "", request[id]});
    node.is_busy = true;
    remove_files(node);
  }
}

/// In a child, since some disks are slow in this.
void Warden::remove_files(Node& node) {
  auto pid = fork_child(SIGCHLD, node.handle);
  if (pid && *pid == 0) {
    remove_tree(node.plan.folder);
    ::_exit(0);
  }
  node.phase = Phase::removing;
  if (pid) return;
  remove_tree(node.plan.folder);
  forget(node);
}

/// Its files are gone: answers what was asked of it meanwhile.
void Warden::forget(Node& node) {
  node.phase = Phase::off;
  for (const auto& request : node.requests) {
    if (request[verb] == "destroy") {
      reply({"ok", request[tag]});
    } else {
      reply({"error", request[tag], "not_found", "there is no node " + node.plan.spec.id});
    }
  }
  node.requests.clear();
  network_->free_slot(node.slot);
  forgotten_.insert(node.plan.spec.id);
}

/// The node is wholly off: goes on with what the front request wanted.
void Warden::settle(Node& node) {
  node.phase = Phase::off;
  if (!node.plan.cgroup.empty()) remove_cgroup(node.plan.cgroup);
  if (!node.is_busy) return begin_next(node);
  const std::string what = node.requests.front()[verb];
  if (what == "destroy") {
    return remove_files(node);
  }
  if (what == "stop") {
    finish(node, {});
  } else if (!node.failure.empty()) {
    finish(node, make_error(ErrorCode::unavailable, std::exchange(node.failure, {})));
  } else if (auto r = launch(node); !r) {
    finish(node, r);
  }
  begin_next(node);
}

Result<void> Warden::launch(Node& node) {
  NodePlan& plan = node.plan;
  plan.is_first_boot = node.slot == 0;
  if (plan.is_first_boot) {
    auto slot = network_->take_slot();
    if (!slot) return slot.error();
    node.slot = *slot;
    plan.mode = options_.mode;
    plan.ssh = options_.ssh;
    plan.program = program_;
    plan.has_own_users = ::geteuid() == 0;
    plan.outer_uid = ::geteuid();
    plan.outer_gid = ::getegid();
    plan.ip = network_->ip_of(node.slot);
    plan.gateway = network_->gateway();
    plan.prefix = network_->prefix();
    plan.port = network_->ssh_port();
    for (const auto& folder : {plan.folder, plan.root()}) {
      if (::mkdir(folder.c_str(), 0755) != 0) return errno_error("make " + folder.string());
    }
  }
  if (options_.mode == Mode::systemd) {
    plan.cgroup = cgroups_ / plan.folder.filename();
    if (auto r = make_cgroup(plan.cgroup); !r) return r;
  }
  return clone_node(node);
}

/// As fork(2), with namespaces and a pidfd: no stack of its own, so the raw call. Its third
/// argument is the same on every architecture that we build for.
Result<pid_t> Warden::fork_child(unsigned long flags, Fd& handle) {
  int pidfd = -1;
  const auto pid =
      static_cast<pid_t>(::syscall(SYS_clone, flags | CLONE_PIDFD, nullptr, &pidfd, nullptr, 0));
  if (pid < 0) return errno_error("clone");
  if (pid > 0) handle.reset(pidfd);
  return pid;
}

Result<void> Warden::clone_node(Node& node) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return errno_error("make a socket pair");
  }
  node.channel.reset(ends[0]);
  const Fd theirs(ends[1]);
  unsigned long flags = SIGCHLD | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
  if (!node.plan.has_own_users) flags |= CLONE_NEWUSER;
  auto pid = fork_child(flags, node.handle);
  if (!pid) {
    node.channel.reset();
    return with_context(pid.error(), "make the node's namespaces");
  }
  if (*pid == 0) run_node(node.plan, theirs.get());
  node.pid = *pid;
  node.phase = Phase::coming_up;
  node.failure.clear();
  node.deadline = Clock::now() + (options_.mode == Mode::systemd ? 120s : 60s);
  return record_->add_process(*pid);
}

void Warden::switch_off(Node& node, bool at_once) {
  node.phase = Phase::going_down;
  if (at_once) {
    ::syscall(SYS_pidfd_send_signal, node.handle.get(), SIGKILL, nullptr, 0);
    node.deadline = Clock::now() + 10s;
  } else if (options_.mode == Mode::systemd) {
    const int power_off = SIGRTMIN + 4;  // systemd(1), "Signals"
    ::syscall(SYS_pidfd_send_signal, node.handle.get(), power_off, nullptr, 0);
    node.deadline = Clock::now() + std::max<std::chrono::milliseconds>(options_.stop_grace, 5s);
  } else {
    const std::string order = fmt::format("stop {}", options_.stop_grace.count());
    ::send(node.channel.get(), order.data(), order.size(), MSG_NOSIGNAL);
    node.deadline = Clock::now() + options_.stop_grace + 1s;
  }
}

void Warden::hear_node(Node& node) {
  char buffer[4096];
  const ssize_t count = ::recv(node.channel.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count <= 0) {
    if (count == 0) node.channel.reset();  // ended, or systemd took over
    return;
  }
  const std::string_view text(buffer, static_cast<std::size_t>(count));
  if (text == "net") {
    attach(node);
  } else if (text.starts_with("ready ")) {
    node.host_key = text.substr(6);
    if (options_.mode == Mode::systemd) {
      node.phase = Phase::probing;
      node.next_look = Clock::now() + 50ms;
      return;
    }
    node.phase = Phase::running;
    finish(node, {});
    begin_next(node);
  } else if (text.starts_with("fail ")) {
    node.failure = text.substr(5);
  }
}

void Warden::attach(Node& node) {
  auto link = network_->attach(node.slot, node.pid);
  if (!link) {
    node.failure = link.error().message;
    ::syscall(SYS_pidfd_send_signal, node.handle.get(), SIGKILL, nullptr, 0);
    return;
  }
  node.link = *link;
  ::send(node.channel.get(), "go", 2, MSG_NOSIGNAL);
}

/// What time alone brings about: deadlines, the kernel's removal of interfaces, systemd's SSH.
void Warden::look_at(Node& node, Time now) {
  if (node.phase == Phase::unlinking && now >= node.next_look) {
    if (now >= node.deadline) network_->detach(node.link);
    if (!network_->exists(node.link)) {
      node.link.clear();
      return settle(node);
    }
    node.next_look = now + 5ms;
  }
  if (node.phase == Phase::probing && now >= node.next_look) probe_ssh(node, now);
  const bool is_late = node.handle && node.phase != Phase::removing && now >= node.deadline;
  if (!is_late || node.phase == Phase::running) return;
  if (node.phase != Phase::going_down) node.failure = "the node did not come up in time";
  ::syscall(SYS_pidfd_send_signal, node.handle.get(), SIGKILL, nullptr, 0);
  node.deadline = now + 10s;
}

void Warden::probe_ssh(Node& node, Time now) {
  node.next_look = now + 50ms;
  if (node.probe) {
    char banner[4];
    const ssize_t count = ::recv(node.probe.get(), banner, sizeof banner, MSG_DONTWAIT);
    if (count == 4 && std::string_view(banner, 4) == "SSH-") {
      node.probe.reset();
      node.phase = Phase::running;
      finish(node, {});
      return begin_next(node);
    }
    if (count < 0 && errno == EAGAIN) return;
    node.probe.reset();
    return;
  }
  node.probe = start_connecting(node.plan.ip, node.plan.port);
}

void Warden::note_end(Node& node) {
  siginfo_t info{};
  if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(node.handle.get()), &info,
               WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0) {
    return;
  }
  if (node.channel) hear_node(node);  // its last words
  node.handle.reset();
  node.channel.reset();
  node.probe.reset();
  node.pid = 0;
  if (node.phase == Phase::removing) return forget(node);
  const bool was_coming_up = node.phase == Phase::coming_up || node.phase == Phase::probing;
  if (was_coming_up && node.failure.empty()) {
    node.failure = "the node's first process " + how_it_ended(info);
    if (options_.mode == Mode::systemd) {
      node.failure += "; with many nodes: raise the kernel's limit, which is " +
                      std::string(trim(read_file(inotify_limit))) +
                      ", with sysctl fs.inotify.max_user_instances=8192";
    }
  }
  if (node.phase == Phase::running) {
    reply({"died", node.plan.spec.id, "the node's first process " + how_it_ended(info)});
  }
  if (node.link.empty()) return settle(node);
  node.phase = Phase::unlinking;
  node.next_look = Clock::now();
  node.deadline = Clock::now() + 500ms;
}

}  // namespace ccloud::sim::sandbox
