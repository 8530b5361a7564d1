// From the fork to a running node, in the order in which a machine comes up: address, files, root,
// host name, network, configuration, first process.
#include <cerrno>
#include <csignal>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/sandbox/host_key.h"
#include "sim/sandbox/netlink.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/user_namespace.h"

namespace ccloud::sim::sandbox {
namespace {

/// Our own descriptors only: 0 nothing, 1 and 2 the console, 3 the channel.
int settle_descriptors(const NodePlan& plan, int channel) {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int console = ::open((plan.folder / "console.log").c_str(),
                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int kept = ::fcntl(channel, F_DUPFD_CLOEXEC, 10);
  ::dup2(nothing, 0);
  ::dup2(console, 1);
  ::dup2(console, 2);
  ::dup3(kept, 3, O_CLOEXEC);
  ::syscall(SYS_close_range, 4U, ~0U, 0U);
  return 3;
}

void forget_signals() {
  for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// A node's root may do with the node what it likes, but not set this machine's clock, load
/// modules into its kernel or open its disks.
void drop_capabilities() {
  for (const int capability : {CAP_SYS_MODULE, CAP_SYS_TIME, CAP_SYS_RAWIO, CAP_MKNOD, CAP_SYSLOG,
                               CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_WAKE_ALARM}) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

bool tell(int channel, const std::string& message) {
  return ::send(channel, message.data(), message.size(), MSG_NOSIGNAL) >= 0;
}

Result<Fd> listen_at(std::uint32_t ip, std::uint16_t port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(ip);
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 256) != 0) {
    return errno_error(fmt::format("listen at {}:{}", format_ip(ip), port));
  }
  return socket;
}

/// Private networks lie on the same bridge, so that nodes reach each other's private addresses.
Result<void> configure_interface(const NodePlan& plan, Netlink& net) {
  const unsigned eth0 = ::if_nametoindex("eth0");
  if (auto r = net.add_address(eth0, plan.ip, plan.prefix); !r) return r;
  if (auto r = net.set_up(eth0); !r) return r;
  if (auto r = net.add_route(0, 0, eth0, plan.gateway); !r) return r;
  for (const auto& [network, prefix] :
       {std::pair{"10.0.0.0", 8U}, {"172.16.0.0", 12U}, {"192.168.0.0", 16U}}) {
    if (auto r = net.add_route(parse_ip(network), prefix, eth0, 0); !r) return r;
  }
  return {};
}

Result<void> configure_network(const NodePlan& plan) {
  auto net = Netlink::open();
  if (!net) return net.error();
  const unsigned lo = ::if_nametoindex("lo");
  if (auto r = net->set_up(lo); !r) return r;
  const bool has_interface = plan.mode != Mode::loopback;
  if (has_interface) {
    if (auto r = configure_interface(plan, *net); !r) return r;
  }
  const std::uint32_t private_ip = parse_ip(plan.spec.private_ip);
  if (private_ip == 0) return {};
  return net->add_address(has_interface ? ::if_nametoindex("eth0") : lo, private_ip, 32);
}

/// Without an interface SSH is accepted in the host's namespace and served in the node's, so
/// that services of different nodes may use the same ports all the same.
Result<Fd> enter_network(const NodePlan& plan, int channel) {
  Fd listener;
  if (plan.mode == Mode::loopback) {
    auto listening = listen_at(plan.ip, plan.port);
    if (!listening) return listening.error();
    listener = std::move(*listening);
  }
  if (::unshare(CLONE_NEWNET) != 0) return errno_error("make a network namespace");
  // Interfaces that move in make no IPv6 address of their own: 200 of them would flood the bridge.
  (void)write_file("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
  if (plan.mode != Mode::loopback) tell(channel, "net");
  return listener;
}

Result<void> await_interface(const NodePlan& plan, int channel) {
  if (plan.mode == Mode::loopback) return {};
  char answer[16];
  const ssize_t count = ::recv(channel, answer, sizeof answer, 0);
  if (count == 2) return {};
  return make_error(ErrorCode::cancelled, "the warden has given up on the node");
}

Result<void> enter_cgroup(const NodePlan& plan) {
  if (plan.mode != Mode::systemd) return {};
  if (auto r = write_file(plan.cgroup / "cgroup.procs", "0"); !r) return r;
  if (::unshare(CLONE_NEWCGROUP) != 0) return errno_error("make a cgroup namespace");
  return {};
}

void print_key(const std::string& hostname, const std::string& public_line) {
  const std::string text = fmt::format(
      "{0} booting\n-----BEGIN SSH HOST KEY FINGERPRINTS-----\n256 {1} root@{0} "
      "(ED25519)\n-----END SSH HOST KEY FINGERPRINTS-----\n"
      "-----BEGIN SSH HOST KEY KEYS-----\n{2} root@{0}\n"
      "-----END SSH HOST KEY KEYS-----\n",
      hostname, fingerprint_of(public_line), public_line);
  write_all(1, text);
}

Result<Fd> come_up(const NodePlan& plan, int channel, std::string& host_key) {
  if (!plan.has_own_users) {
    if (auto r = map_only_user(0, plan.outer_uid, plan.outer_gid); !r) return r.error();
  }
  auto listener = enter_network(plan, channel);
  if (!listener) return listener.error();
  auto key = prepare_files(plan);
  if (!key) return key.error();
  host_key = *key;
  if (auto r = enter_cgroup(plan); !r) return r.error();
  if (auto r = enter_root(plan); !r) return r.error();
  drop_capabilities();
  const std::string hostname(read_file("/etc/hostname"));
  const std::size_t length = hostname.find('\n');
  if (::sethostname(hostname.data(), std::min(length, hostname.size())) != 0) {
    return errno_error("set the host name");
  }
  if (auto r = await_interface(plan, channel); !r) return r.error();
  if (auto r = configure_network(plan); !r) return r.error();
  print_key(hostname.substr(0, length), host_key);
  if (plan.is_first_boot) configure_from_user_data(plan);
  if (plan.mode == Mode::network) return listen_at(INADDR_ANY, plan.port);
  return listener;
}

}  // namespace

void run_node(const NodePlan& plan, int warden_channel) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "ccloud-node");
  forget_signals();
  ::setsid();
  ::umask(022);
  const int channel = settle_descriptors(plan, warden_channel);
  std::string host_key;
  auto listener = come_up(plan, channel, host_key);
  if (!listener) {
    write_all(2, listener.error().message + "\n");
    tell(channel, "fail " + listener.error().message);
    ::_exit(1);
  }
  tell(channel, "ready " + host_key);
  if (plan.mode == Mode::systemd) become_systemd();
  run_agent(plan, listener->release(), channel);
}

}  // namespace ccloud::sim::sandbox
