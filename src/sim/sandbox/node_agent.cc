// The first process of a node without systemd: one SSH server process per connection (so a node
// that nobody talks to costs nothing), sudo requests, orphans, power-off.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/sudo.h"

namespace ccloud::sim::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

Fd open_sudo_socket() {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  sudo_socket.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(address.sun_path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(address.sun_path, 0666) != 0 || ::listen(socket.get(), 64) != 0) {
    write_all(2, errno_error("open the sudo socket").message + "\n");
    return {};
  }
  return socket;
}

/// A child with default signals, in a session of its own.
pid_t fork_session() {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  return 0;
}

[[noreturn]] void serve_ssh(const NodePlan& plan, int connection) {
  const int log = ::open("/var/log/auth.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  ::dup2(connection, 0);
  ::dup2(connection, 1);
  if (log >= 0) ::dup2(log, 2);
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  if (!plan.has_own_users) {
    if (auto r = become_only_user(); !r) {
      write_all(2, r.error().message + "\n");
      ::_exit(1);
    }
  }
  const char* environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                               nullptr};
  const char* openssh[] = {"/usr/sbin/sshd", "-i", "-e", nullptr};
  // Its log goes to syslog, that is nowhere: with -i it takes no other.
  const char* dropbear[] = {"/usr/sbin/dropbear",         "-i",   "-s", "-r",
                            "/etc/ssh/dropbear_host_key", nullptr};
  const char** arguments = plan.ssh == SshServer::dropbear ? dropbear : openssh;
  ::execve(arguments[0], const_cast<char**>(arguments), const_cast<char**>(environment));
  ::_exit(127);
}

/// What a machine runs when it comes up: the user data once, /etc/rc.local every time.
void start_boot_jobs(const NodePlan& plan) {
  if (fork_session() != 0) return;
  if (plan.is_first_boot) run_user_data_commands();
  if (::access("/etc/rc.local", X_OK) == 0) {
    ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    ::execl("/etc/rc.local", "/etc/rc.local", "start", nullptr);
  }
  ::_exit(0);
}

void reap() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

/// Everything gets a SIGTERM and `grace` to end; what is left ends with us, the first process.
[[noreturn]] void power_off(std::chrono::milliseconds grace) {
  ::kill(-1, SIGTERM);
  ::kill(-1, SIGCONT);
  const auto deadline = Clock::now() + grace;
  while (Clock::now() < deadline) {
    const pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid < 0) break;
    if (pid == 0) ::usleep(2000);
  }
  ::_exit(0);
}

void heed_warden(int channel) {
  char order[64];
  const ssize_t count = ::recv(channel, order, sizeof order, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) ::_exit(1);
  const auto words = split(std::string_view(order, static_cast<std::size_t>(count)), ' ');
  if (words[0] != "stop" || words.size() < 2) return;
  power_off(std::chrono::milliseconds(parse_int(words[1]).value_or(0)));
}

void accept_from(int listener, const std::function<void(int)>& serve) {
  for (int round = 0; round < 64; ++round) {
    const Fd connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    if (fork_session() == 0) {
      serve(connection.get());
      ::_exit(0);
    }
  }
}

Fd watch_children() {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  return Fd(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

[[noreturn]] void serve_for_ever(const NodePlan& plan, int ssh_listener, int channel, Fd children,
                                 Fd sudo) {
  while (true) {
    std::array<pollfd, 4> watched = {{{channel, POLLIN, 0},
                                      {children.get(), POLLIN, 0},
                                      {ssh_listener, POLLIN, 0},
                                      {sudo.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[0].revents != 0) heed_warden(channel);
    if (watched[1].revents != 0) {
      signalfd_siginfo info[16];
      while (::read(children.get(), info, sizeof info) > 0) {
      }
      reap();
    }
    if (watched[2].revents != 0) {
      accept_from(ssh_listener, [&](int connection) { serve_ssh(plan, connection); });
    }
    if (watched[3].revents != 0) {
      accept_from(sudo.get(), [&](int connection) { serve_sudo(connection, plan.has_own_users); });
    }
  }
}

}  // namespace

void run_agent(const NodePlan& plan, int ssh_listener, int channel) {
  Fd children = watch_children();
  Fd sudo = open_sudo_socket();
  start_boot_jobs(plan);
  serve_for_ever(plan, ssh_listener, channel, std::move(children), std::move(sudo));
}

int agent_main() {
  NodePlan plan;
  Fd children = watch_children();
  Fd sudo = open_sudo_socket();
  if (!sudo) return 1;
  serve_for_ever(plan, -1, -1, std::move(children), std::move(sudo));
}

}  // namespace ccloud::sim::sandbox
