// The simulator's end: starts the warden, sends requests, hands out replies. Holds no truth about
// nodes but what the warden said.
#include "sim/sandbox/sandbox.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sys.h"
#include "sim/sandbox/wire.h"

extern char** environ;

namespace ccloud::sim {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using sandbox::Decoder;
using sandbox::errno_error;
using sandbox::Fd;
using sandbox::Message;
using Clock = std::chrono::steady_clock;

struct Sandboxes::State {
  fs::path dir;
  Mode mode = Mode::none;
  Fd control;
  Fd lock;
  pid_t warden = 0;
  Decoder incoming;
  std::map<std::string, NodeState> nodes;
  struct Call {
    std::string id;
    NodeState then = NodeState::unknown;  ///< unknown: the node is forgotten
    Booted done;
  };
  std::map<std::string, Call> calls;  ///< by tag
  std::uint64_t last_tag = 0;
  Died died;

  void send(const Message& message);
  void request(const std::string& verb, const std::string& id, NodeState meanwhile, NodeState then,
               Booted done, const std::vector<std::string>& more = {});
  void hear(const Message& message);
  void hear_answer(const Message& message);
  void lose_warden();
  bool read_some();
  fs::path folder_of(const std::string& id) const {
    return dir / "nodes" / sandbox::folder_name(id);
  }
};

namespace {

Result<Fd> lock_folder(const fs::path& dir) {
  std::error_code problem;
  fs::create_directories(dir, problem);
  if (problem) return make_error(ErrorCode::unavailable, dir.string() + ": " + problem.message());
  ::chmod(dir.c_str(), 0700);
  Fd lock(::open((dir / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return errno_error("open " + (dir / "lock").string());
  // The warden of a predecessor that was just killed may still be ending its nodes.
  const auto deadline = Clock::now() + 6s;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    const auto words = split(sandbox::read_file(dir / "lock"), ' ');
    const auto holder = static_cast<pid_t>(parse_int(words[0]).value_or(0));
    const bool is_alive =
        words.size() > 1 && std::to_string(sandbox::start_time(holder)) == words[1];
    if (is_alive || Clock::now() > deadline) {
      return make_error(ErrorCode::conflict, "another simulator uses " + dir.string(),
                        "end it with: ccloud sim down --dir " + dir.string());
    }
    ::usleep(10'000);
  }
  const std::string mark =
      std::to_string(::getpid()) + " " + std::to_string(sandbox::start_time(::getpid()));
  if (auto r = sandbox::write_file(dir / "lock", mark, 0600); !r) return r.error();
  return lock;
}

SshServer choose_server(SshServer wanted) {
  if (wanted != SshServer::automatic) return wanted;
  return ::access("/usr/sbin/sshd", X_OK) == 0 ? SshServer::openssh : SshServer::dropbear;
}

Result<pid_t> spawn_warden(const fs::path& dir, Mode mode, const Options& options, int control,
                           int lock) {
  const bool is_dropbear = choose_server(options.ssh) == SshServer::dropbear;
  const char* server = is_dropbear ? "/usr/sbin/dropbear" : "/usr/sbin/sshd";
  if (::access(server, X_OK) != 0) {
    return make_error(ErrorCode::unavailable, std::string("there is no ") + server,
                      "install the package openssh-server (or dropbear-bin)");
  }
  std::string words[] = {"ccloud",
                         "__node-warden",
                         dir.string(),
                         std::string(to_string(mode)),
                         is_dropbear ? "dropbear" : "openssh",
                         std::to_string(options.stop_grace.count())};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  // Over spare numbers, so that neither overwrites the other before it is copied.
  const Fd spare_control(::fcntl(control, F_DUPFD_CLOEXEC, 10));
  const Fd spare_lock(::fcntl(lock, F_DUPFD_CLOEXEC, 10));
  ::posix_spawn_file_actions_adddup2(&actions, spare_control.get(), 3);
  ::posix_spawn_file_actions_adddup2(&actions, spare_lock.get(), 4);
  pid_t pid = 0;
  const int problem = ::posix_spawn(&pid, options.program.c_str(), &actions, &attributes,
                                    arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (problem == 0) return pid;
  errno = problem;
  return errno_error("start " + options.program.string());
}

Result<Address> address_from(const Message& message) {
  Address address;
  if (message.size() < 6) return address;
  address.ip = message[2];
  address.port = static_cast<std::uint16_t>(parse_int(message[3]).value_or(0));
  address.host_key = message[4];
  address.fingerprint = message[5];
  return address;
}

bool is_readable(int fd, std::chrono::milliseconds limit) {
  pollfd watched = {fd, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

Sandboxes::Booted without_address(Sandboxes::Done done) {
  return [done = std::move(done)](Result<Address> result) mutable {
    if (!done) return;
    result ? done({}) : done(result.error());
  };
}

}  // namespace

Result<std::unique_ptr<Sandboxes>> Sandboxes::open(fs::path dir, Mode mode, Options options) {
  if (mode == Mode::none) {
    return make_error(ErrorCode::invalid_argument, "without a boot mode there are no sandboxes");
  }
  dir = fs::absolute(dir);
  auto lock = lock_folder(dir);
  if (!lock) return lock.error();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return errno_error("make a socket pair");
  }
  auto state = std::make_unique<State>();
  state->control.reset(ends[0]);
  Fd theirs(ends[1]);
  auto warden = spawn_warden(dir, mode, options, theirs.get(), lock->get());
  theirs.reset();
  if (!warden) return warden.error();
  state->dir = std::move(dir);
  state->mode = mode;
  state->lock = std::move(*lock);
  state->warden = *warden;
  std::unique_ptr<Sandboxes> sandboxes(new Sandboxes(std::move(state)));
  auto& self = *sandboxes->state_;
  const auto deadline = Clock::now() + 10s;
  std::optional<Message> greeting;
  while (!(greeting = self.incoming.next()) && Clock::now() < deadline) {
    if (is_readable(self.control.get(), 100ms) && !self.read_some()) break;
  }
  if (greeting && (*greeting)[0] == "hello") return sandboxes;
  const bool said_why = greeting && greeting->size() > 2;
  return make_error(ErrorCode::unavailable,
                    said_why ? (*greeting)[1] : "the sandboxes' warden did not start",
                    said_why ? (*greeting)[2] : "");
}

Sandboxes::Sandboxes(std::unique_ptr<State> state) : state_(std::move(state)) {}

Sandboxes::~Sandboxes() { shutdown_all(); }

/// Blocks only while the warden has 200 KiB still to read, which takes it milliseconds.
void Sandboxes::State::send(const Message& message) {
  const std::string bytes = sandbox::encode(message);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t count = ::send(control.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      // Whoever watches fd() may have made it non-blocking: a request cut short would be the end
      // of all that follow.
      pollfd full{control.get(), POLLOUT, 0};
      ::poll(&full, 1, 1000);
      continue;
    }
    if (count <= 0) return;  // read_some() will notice
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Sandboxes::State::request(const std::string& verb, const std::string& id, NodeState meanwhile,
                               NodeState then, Booted done, const std::vector<std::string>& more) {
  if (!control) {
    if (done) done(make_error(ErrorCode::unavailable, "the sandboxes' warden has ended"));
    return;
  }
  const std::string tag = std::to_string(++last_tag);
  calls[tag] = {.id = id, .then = then, .done = std::move(done)};
  nodes[id] = meanwhile;
  Message message = {verb, tag, id};
  message.insert(message.end(), more.begin(), more.end());
  send(message);
}

bool Sandboxes::State::read_some() {
  char buffer[65536];
  while (true) {
    const ssize_t count = ::recv(control.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    incoming.feed(std::string_view(buffer, static_cast<std::size_t>(count)));
  }
}

void Sandboxes::State::hear(const Message& message) {
  if (message.size() < 2) return;
  if (message[0] == "died" && message.size() > 2) {
    nodes[message[1]] = NodeState::stopped;
    if (died) died(message[1], message[2]);
  } else if (message[0] == "ok" || message[0] == "error") {
    hear_answer(message);
  }
}

void Sandboxes::State::hear_answer(const Message& message) {
  const auto found = calls.find(message[1]);
  if (found == calls.end()) return;
  Call call = std::move(found->second);
  calls.erase(found);
  const bool is_last =
      std::ranges::none_of(calls, [&](const auto& entry) { return entry.second.id == call.id; });
  if (message[0] == "ok") {
    if (is_last) nodes[call.id] = call.then;
    if (is_last && call.then == NodeState::unknown) nodes.erase(call.id);
    if (call.done) call.done(address_from(message));
    return;
  }
  const std::string code = message.size() > 2 ? message[2] : "";
  if (is_last && code != "already_exists") nodes[call.id] = NodeState::failed;
  if (code == "not_found") nodes.erase(call.id);
  const auto known = parse_error_code(code).value_or(ErrorCode::internal);
  if (call.done) call.done(make_error(known, message.size() > 3 ? message[3] : "failed"));
}

/// The warden ended, and with it all nodes: they are told of as any node that dies.
void Sandboxes::State::lose_warden() {
  control.reset();
  ::waitpid(std::exchange(warden, 0), nullptr, 0);
  auto lost = std::exchange(calls, {});
  for (auto& [tag, call] : lost) {
    if (call.done) call.done(make_error(ErrorCode::unavailable, "the sandboxes' warden has ended"));
  }
  for (auto& [id, node] : nodes) {
    const bool was_on = node == NodeState::running;
    node = NodeState::stopped;
    if (was_on && died) died(id, "the sandboxes' warden has ended");
  }
}

void Sandboxes::boot(NodeSpec spec, Booted done) {
  state_->request("boot", spec.id, NodeState::booting, NodeState::running, std::move(done),
                  {spec.hostname, spec.user, join(spec.authorized_keys, "\n"), spec.user_data,
                   spec.image, spec.private_ip, spec.boot_script, join(spec.more_users, "\n")});
}

void Sandboxes::stop(const std::string& id, Done done) {
  state_->request("stop", id, NodeState::stopping, NodeState::stopped,
                  without_address(std::move(done)));
}

void Sandboxes::start(const std::string& id, Booted done) {
  state_->request("start", id, NodeState::booting, NodeState::running, std::move(done));
}

void Sandboxes::restart(const std::string& id, Booted done) {
  state_->request("restart", id, NodeState::booting, NodeState::running, std::move(done));
}

void Sandboxes::destroy(const std::string& id, Done done) {
  state_->request("destroy", id, NodeState::stopping, NodeState::unknown,
                  without_address(std::move(done)));
}

void Sandboxes::kill_hard(const std::string& id) { state_->send({"kill", "", id}); }

void Sandboxes::on_died(Died died) { state_->died = std::move(died); }

NodeState Sandboxes::state(const std::string& id) const {
  const auto found = state_->nodes.find(id);
  return found == state_->nodes.end() ? NodeState::unknown : found->second;
}

std::string Sandboxes::console(const std::string& id) const {
  constexpr std::size_t shown = 64 * 1024;
  std::string text = sandbox::read_file(state_->folder_of(id) / "console.log");
  if (text.size() > shown) text.erase(0, text.size() - shown);
  return text;
}

fs::path Sandboxes::root_of(const std::string& id) const { return state_->folder_of(id) / "root"; }

Mode Sandboxes::mode() const { return state_->mode; }

int Sandboxes::fd() const { return state_->control.get(); }

void Sandboxes::pump() {
  if (!state_->control) return;
  const bool is_alive = state_->read_some();
  while (auto message = state_->incoming.next()) state_->hear(*message);
  if (!is_alive && state_->control) state_->lose_warden();
}

bool Sandboxes::wait(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!state_->calls.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= 0ms) return false;
    if (!state_->control || is_readable(state_->control.get(), std::min(left, 1000ms))) pump();
  }
  return true;
}

void Sandboxes::shutdown_all() {
  if (state_->warden == 0) return;
  state_->calls.clear();
  state_->send({"shutdown"});
  ::shutdown(state_->control.get(), SHUT_WR);
  // Its end is also the end of the stream; only a slow disk with many nodes takes it seconds.
  const auto deadline = Clock::now() + 60s;
  while (Clock::now() < deadline && is_readable(state_->control.get(), 1000ms)) {
    if (!state_->read_some()) break;
  }
  if (Clock::now() >= deadline) ::kill(state_->warden, SIGKILL);
  ::waitpid(std::exchange(state_->warden, 0), nullptr, 0);
  state_->control.reset();
  state_->nodes.clear();
  std::error_code ignored;
  fs::remove(state_->dir / "lock", ignored);
  state_->lock.reset();
}

}  // namespace ccloud::sim
