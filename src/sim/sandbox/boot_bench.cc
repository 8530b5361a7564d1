// How long 1, 50 and 200 nodes take to come up, to the first byte of each one's SSH server, and
// what it costs. `sandbox_bench [--boot sandbox|systemd] [--ssh openssh|dropbear] [COUNT...]`
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sandbox.h"

namespace ccloud::sim {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Of everything that the last sandboxes ran, which is ended by now.
double cpu_milliseconds() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

int connect_to(const Address& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(address.port);
  ::inet_pton(AF_INET, address.ip.c_str(), &target.sin_addr);
  (void)::connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target);
  return fd;
}

/// Waits for the first byte of every server.
std::size_t count_banners(const std::vector<Address>& nodes) {
  std::vector<pollfd> watched;
  for (const auto& node : nodes) watched.push_back({connect_to(node), POLLIN, 0});
  std::size_t seen = 0;
  const auto deadline = Clock::now() + 60s;
  while (seen < nodes.size() && Clock::now() < deadline) {
    if (::poll(watched.data(), watched.size(), 1000) <= 0) continue;
    for (auto& entry : watched) {
      if (entry.revents == 0) continue;
      char banner[4];
      if (::read(entry.fd, banner, sizeof banner) == 4) ++seen;
      ::close(entry.fd);
      entry.fd = -1;
    }
  }
  return seen;
}

int measure(Mode mode, const Options& options, std::size_t count) {
  std::string dir = "/tmp/ccloud-bench-XXXXXX";
  if (::mkdtemp(dir.data()) == nullptr) return 1;
  auto opened = Sandboxes::open(dir, mode, options);
  if (!opened) {
    fmt::print("{}\n", opened.error().message);
    return 1;
  }
  auto& boxes = **opened;
  std::vector<Address> nodes;
  int failures = 0;
  const double cpu_before = cpu_milliseconds();
  const auto start = Clock::now();
  for (std::size_t number = 0; number < count; ++number) {
    NodeSpec spec;
    spec.id = fmt::format("i-{}", number);
    spec.hostname = fmt::format("web-{}", number);
    boxes.boot(std::move(spec), [&](Result<Address> result) {
      if (result) {
        nodes.push_back(*result);
      } else if (failures++ == 0) {
        fmt::print("{}\n", result.error().message);
      }
    });
  }
  boxes.wait(600s);
  const double ready = milliseconds_since(start);
  const std::size_t banners = count_banners(nodes);
  const double reached = milliseconds_since(start);
  const auto end_start = Clock::now();
  boxes.shutdown_all();
  std::error_code ignored;
  fs::remove_all(dir, ignored);
  const double ended = milliseconds_since(end_start);
  fmt::print(
      "{:>5} nodes: ready {:6.0f} ms, SSH banner of {} {:6.0f} ms, ended {:6.0f} ms; CPU {:.1f} ms "
      "a node\n",
      count, ready, banners, reached, ended,
      (cpu_milliseconds() - cpu_before) / static_cast<double>(count));
  return banners == count ? 0 : 1;
}

int bench(int argc, char** argv) {
  Boot boot = Boot::sandbox;
  Options options;
  std::vector<std::size_t> counts;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    const std::string_view value = at + 1 < argc ? argv[at + 1] : "";
    if (word == "--boot" && ++at < argc) {
      boot = value == "systemd" ? Boot::systemd : Boot::sandbox;
    } else if (word == "--ssh" && ++at < argc) {
      options.ssh = value == "dropbear" ? SshServer::dropbear : SshServer::openssh;
    } else {
      counts.push_back(static_cast<std::size_t>(parse_int(word).value_or(1)));
    }
  }
  if (counts.empty()) counts = {1, 50, 200};
  const auto can = detect(boot);
  fmt::print("mode {}: {}\n", to_string(can.mode), can.reason);
  if (can.mode == Mode::none) return 1;
  int worst = 0;
  for (const std::size_t count : counts) worst = std::max(worst, measure(can.mode, options, count));
  return worst;
}

}  // namespace
}  // namespace ccloud::sim

int main(int argc, char** argv) {
  if (ccloud::sim::is_node_main(argc, argv)) return ccloud::sim::node_main(argc, argv);
  return ccloud::sim::bench(argc, argv);
}
