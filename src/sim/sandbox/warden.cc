// The warden's conversation with the simulator: requests in, replies out, and the end of it all.
// What is done to a single node is in warden_node.cc.
#include "sim/sandbox/warden.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/sandbox/cgroup.h"

namespace ccloud::sim::sandbox {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A name of our program inside the folder, which stays the same program when the original is
/// built anew while nodes run.
Result<fs::path> keep_program(const fs::path& dir) {
  const fs::path kept = dir / "program";
  ::unlink(kept.c_str());
  if (::linkat(AT_FDCWD, "/proc/self/exe", AT_FDCWD, kept.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return kept;
  }
  std::error_code problem;
  fs::copy_file("/proc/self/exe", kept, problem);
  if (problem) return make_error(ErrorCode::unavailable, "copy the program: " + problem.message());
  return kept;
}

void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Warden::Warden(WardenOptions options, int control)
    : options_(std::move(options)), control_(control) {}

Result<void> Warden::open_up() {
  fs::path group;
  if (options_.mode == Mode::systemd) {
    auto own = open_cgroups(options_.dir / "cgroup");
    if (!own) return own.error();
    group = *own / ("ccloud-sim-" + hex(random_bytes(4)));
  }
  record_ = std::make_unique<Record>(options_.dir);
  record_->clean_up(options_.dir / "cgroup");
  remove_children_in_parallel(options_.dir / "nodes");
  ::mkdir((options_.dir / "nodes").c_str(), 0700);
  if (auto r = record_->add_process(::getpid()); !r) return r;
  if (!group.empty()) {
    const auto name = fs::relative(group, options_.dir / "cgroup").string();
    if (auto r = record_->add("cgroup " + name); !r) return r;
    if (auto r = make_cgroup(group); !r) return r;
    cgroups_ = group;
  }
  auto program = keep_program(options_.dir);
  if (!program) return program.error();
  program_ = *program;
  auto network = Network::open(options_.mode, options_.dir.string(), *record_);
  if (!network) return network.error();
  network_ = std::move(*network);
  return {};
}

int Warden::run() {
  allow_many_files();
  if (auto r = open_up(); !r) {
    reply({"fatal", r.error().message, r.error().remedy});
    flush_replies();
    if (network_) network_->close();
    return 1;
  }
  reply({"hello"});
  while (!is_ending_) turn();
  close_down(removes_files_);
  reply({"bye"});
  ::fcntl(control_.get(), F_SETFL, 0);
  flush_replies();
  return 0;
}

/// One round: wait for whatever happens first, then look at everything that happened.
void Warden::turn() {
  std::vector<pollfd> watched;
  std::vector<Node*> owners;
  const auto watch = [&](int fd, short events, Node* owner) {
    watched.push_back({fd, events, 0});
    owners.push_back(owner);
  };
  const short wanted = outgoing_.empty() ? POLLIN : POLLIN | POLLOUT;
  watch(control_.get(), wanted, nullptr);
  for (auto& [id, node] : nodes_) {
    if (node.handle) watch(node.handle.get(), POLLIN, &node);
    if (node.channel) watch(node.channel.get(), POLLIN, &node);
    if (node.probe) watch(node.probe.get(), POLLIN, &node);
  }
  const int timeout = time_to_next_deadline(Clock::now());
  if (::poll(watched.data(), watched.size(), timeout) < 0 && errno != EINTR) is_ending_ = true;
  // Nodes first: what they say may answer a request, and no node is forgotten before all are done.
  const auto now = Clock::now();
  for (std::size_t at = 1; at < watched.size(); ++at) {
    if (watched[at].revents == 0) continue;
    Node& node = *owners[at];
    if (watched[at].fd == node.channel.get()) hear_node(node);
    if (watched[at].fd == node.probe.get()) node.next_look = now;
    if (watched[at].fd == node.handle.get()) note_end(node);
  }
  for (auto& [id, node] : nodes_) look_at(node, now);
  if ((watched[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) hear_simulator();
  for (const auto& id : forgotten_) nodes_.erase(id);
  forgotten_.clear();
  flush_replies();
}

int Warden::time_to_next_deadline(Time now) const {
  auto next = now + std::chrono::hours(1);
  for (const auto& [id, node] : nodes_) {
    using enum Node::Phase;
    if (node.phase == off || node.phase == running || node.phase == removing) continue;
    next = std::min(next, node.deadline);
    if (node.phase == unlinking || node.phase == probing) next = std::min(next, node.next_look);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

void Warden::hear_simulator() {
  char buffer[65536];
  while (true) {
    const ssize_t count = ::recv(control_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (count <= 0) {  // it is gone, perhaps killed: nothing of ours may outlive it
      is_ending_ = true;
      break;
    }
    incoming_.feed(std::string_view(buffer, static_cast<std::size_t>(count)));
  }
  while (auto request = incoming_.next()) {
    if ((*request)[0] == "shutdown") {
      is_ending_ = true;
      removes_files_ = true;
      return;
    }
    take_request(std::move(*request));
  }
}

void Warden::reply(const Message& message) { outgoing_ += encode(message); }

void Warden::flush_replies() {
  while (!outgoing_.empty()) {
    const ssize_t count = ::send(control_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    outgoing_.erase(0, static_cast<std::size_t>(count));
  }
}

void Warden::close_down(bool removes_files) {
  for (auto& [id, node] : nodes_) {
    node.requests.clear();
    node.is_busy = false;
    if (node.handle && node.phase != Node::Phase::removing) switch_off(node, true);
  }
  const auto deadline = Clock::now() + std::chrono::seconds(5);
  const auto is_left = [](const auto& entry) { return entry.second.phase != Node::Phase::off; };
  while (std::ranges::any_of(nodes_, is_left) && Clock::now() < deadline) {
    for (auto& [id, node] : nodes_) {
      if (node.handle) {
        pollfd ended = {node.handle.get(), POLLIN, 0};
        if (::poll(&ended, 1, 0) > 0) note_end(node);
      }
      if (node.phase == Node::Phase::unlinking) look_at(node, Clock::now());
    }
    ::usleep(2000);
  }
  network_->close();
  if (!cgroups_.empty()) {
    remove_cgroup(cgroups_);
    ::umount2((options_.dir / "cgroup").c_str(), MNT_DETACH);
    ::rmdir((options_.dir / "cgroup").c_str());
  }
  record_->remove();
  ::unlink(program_.c_str());
  if (!removes_files) return;
  remove_children_in_parallel(options_.dir / "nodes");
  remove_tree(options_.dir / "nodes");
}

int warden_main(int argc, char** argv) {
  if (argc < 6) return 64;
  // Ctrl-C is for the simulator to hear; a broken pipe shows as an error where it happens.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  ::fcntl(4, F_SETFD, FD_CLOEXEC);
  ::fcntl(3, F_SETFL, O_NONBLOCK);
  const std::string_view mode = argv[3];
  WardenOptions options{.dir = argv[2]};
  for (const Mode known : {Mode::loopback, Mode::network, Mode::systemd}) {
    if (mode == to_string(known)) options.mode = known;
  }
  options.ssh = std::string_view(argv[4]) == "dropbear" ? SshServer::dropbear : SshServer::openssh;
  options.stop_grace = std::chrono::milliseconds(parse_int(argv[5]).value_or(500));
  return Warden(std::move(options), 3).run();
}

}  // namespace ccloud::sim::sandbox
