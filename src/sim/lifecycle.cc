// Starting, finding and ending simulators.
#include "sim/lifecycle.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/context.h"
#include "base/text.h"
#include "http/client.h"
#include "sim/faults.h"
#include "sim/latency.h"
#include "sim/private_file.h"
#include "sim/server_args.h"
#include "sim/state_file.h"

namespace ccloud::sim {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

fs::path chosen(const fs::path& dir) { return dir.empty() ? default_dir() : fs::absolute(dir); }

Error system_error(std::string_view what) {
  return make_error(ErrorCode::internal, fmt::format("{}: {}", what, std::strerror(errno)));
}

/// What belongs to a simulator in its directory, and nothing else.
void remove_files(const fs::path& dir) {
  std::error_code ignored;
  for (const auto* name : {"clients", "nodes"}) fs::remove_all(dir / name, ignored);
  for (const auto* name : {"server.json", "lock", "server.log"}) fs::remove(dir / name, ignored);
  fs::remove(dir, ignored);  // only when nothing else is in it
}

/// Removes what a simulator that did not end by itself left behind: its nodes' network and groups.
void clean_up_after(const StateFile& file, const fs::path& program) {
  const auto& dir = file.state.dir;
  for (const auto mode : {Mode::loopback, Mode::network, Mode::systemd}) {
    if (to_string(mode) != file.state.mode) continue;
    Options options;
    options.program = program;
    auto left = Sandboxes::open(dir / "nodes", mode, options);
    if (left) (*left)->shutdown_all();
  }
  remove_files(dir);
}

Result<ServerArgs> server_args(const UpOptions& options, const fs::path& dir) {
  ServerArgs args;
  args.dir = dir;
  args.latency = options.latency;
  args.speed = options.speed;
  args.has_real_limits = options.has_real_limits;
  args.seed = options.seed;
  if (options.speed <= 0) return make_error(ErrorCode::invalid_argument, "--speed must be over 0");
  if (auto latency = parse_latency(options.latency); !latency) return latency.error();
  if (!options.faults_file.empty()) {
    args.faults_file = fs::absolute(options.faults_file);
    const auto text = read_file(args.faults_file);
    if (!text) return make_error(ErrorCode::invalid_argument, text.error().message);
    if (auto rules = Faults::parse(*text); !rules) return rules.error();
  }
  if (options.latency != "none" && options.latency != "typical") {
    args.latency = fs::absolute(options.latency);
  }
  const auto wanted = options.boot.value_or(Boot::sandbox);
  const auto detected = detect(wanted);
  args.mode = detected.mode;
  args.reason = detected.reason;
  if (options.boot && wanted != Boot::none && detected.mode == Mode::none) {
    return make_error(ErrorCode::unavailable,
                      "nodes cannot be booted as asked here: " + detected.reason,
                      "leave --boot out, or use --boot none");
  }
  return args;
}

/// Runs the server in a session of its own; its output goes to DIR/server.log.
Result<int> spawn_server(const ServerArgs& args, const fs::path& program) {
  const auto words = args.to_argv();
  std::string name = "ccloud";
  std::vector<char*> argv = {name.data()};
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const auto log = (args.dir / "server.log").string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  pid_t pid = 0;
  errno = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (errno != 0) return system_error("cannot start the simulator");
  return static_cast<int>(pid);
}

/// "ready" from the server's pipe, or why not.
Result<void> wait_until_ready(int fd, milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::string said;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0)
      return make_error(ErrorCode::timed_out, "the simulator did not get ready in time");
    char buffer[4096];
    const auto size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    said.append(buffer, static_cast<std::size_t>(size));
  }
  if (said == "ready") return {};
  return make_error(ErrorCode::internal,
                    "the simulator did not start" + (said.empty() ? std::string() : ": " + said));
}

/// Ends it: asked first, then by force. Nothing is sent to a pid that is no longer its.
Result<void> end_process(const StateFile& file) {
  const auto wait_gone = [&](milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (is_alive(file)) {
      if (std::chrono::steady_clock::now() > until) return false;
      ::waitpid(file.state.pid, nullptr, WNOHANG);  // when it is our own child
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  };
  for (const auto& [signal, limit] :
       {std::pair{SIGTERM, milliseconds(15'000)}, std::pair{SIGKILL, milliseconds(3'000)}}) {
    if (!is_alive(file)) return {};
    if (::kill(file.state.pid, signal) != 0 && errno != ESRCH) {
      return system_error("cannot end the simulator");
    }
    if (wait_gone(limit)) return {};
  }
  return make_error(ErrorCode::internal,
                    fmt::format("the simulator (process {}) does not end", file.state.pid));
}

Task<std::string> post(Context ctx, http::Client& client, std::string url) {
  http::Request request;
  request.method = "POST";
  request.url = std::move(url);
  const auto response = co_await client.send(ctx, std::move(request), {});
  if (response.status != 200) {
    co_return make_error(ErrorCode::internal, "the simulator refused: " + response.body);
  }
  co_return response.body;
}

Error none_runs(const fs::path& dir) {
  return make_error(ErrorCode::unavailable, "no simulator is running in " + dir.string(),
                    "start one: ccloud sim up");
}

}  // namespace

fs::path default_dir() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return fs::path(state) / "ccloud" / "sim";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/tmp") / ".local" / "state" / "ccloud" / "sim";
}

Result<SimState> up(const UpOptions& options) {
  const auto dir = chosen(options.dir);
  auto args = server_args(options, dir);
  if (!args) return args.error();
  if (auto existing = read_state(dir)) {
    if (is_alive(*existing)) {
      auto state = std::move(existing->state);
      if (state.options != args->words()) {
        return make_error(ErrorCode::conflict,
                          fmt::format("a simulator with other options is running in {} ({})",
                                      dir.string(), state.options),
                          "ccloud sim down, or another --dir");
      }
      state.is_running = state.was_running = true;
      return state;
    }
    clean_up_after(*existing, options.program);
  }
  std::error_code problem;
  fs::create_directories(dir, problem);
  if (problem) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("cannot make {}: {}", dir.string(), problem.message()));
  }
  int ends[2];
  if (::pipe2(ends, 0) != 0) return system_error("pipe");
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  args->ready_fd = ends[1];
  auto pid = spawn_server(*args, options.program);
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return pid.error();
  }
  auto ready = wait_until_ready(ends[0], milliseconds(30'000));
  ::close(ends[0]);
  auto started = read_state(dir);
  if (!ready || !started) {
    ::kill(*pid, SIGTERM);
    ::waitpid(*pid, nullptr, 0);
    return ready ? make_error(ErrorCode::internal, "the simulator left no state") : ready.error();
  }
  started->state.is_running = true;
  return std::move(started->state);
}

Result<bool> down(const fs::path& wanted, const fs::path& program) {
  const auto dir = chosen(wanted);
  const auto existing = read_state(dir);
  if (!existing) return false;
  const bool was_alive = is_alive(*existing);
  if (was_alive) {
    if (auto ended = end_process(*existing); !ended) return ended.error();
  }
  // One that ended by itself has removed its state with everything else.
  const bool ended_well = was_alive && !read_state(dir);
  ended_well ? remove_files(dir) : clean_up_after(*existing, program);
  return was_alive;
}

Result<void> reset(const fs::path& wanted) {
  const auto dir = chosen(wanted);
  const auto existing = read_state(dir);
  if (!existing || !is_alive(*existing)) return none_runs(dir);
  async::Loop loop;
  http::ClientOptions options;
  options.loopback_only = true;
  const auto client = http::make_client(loop, std::move(options));
  auto done = loop.run(post(Context(loop), *client, existing->state.url + "/_sim/reset"));
  if (!done) return done.error();
  return {};
}

Result<SimState> status(const fs::path& wanted) {
  const auto dir = chosen(wanted);
  const auto existing = read_state(dir);
  if (!existing || !is_alive(*existing)) {
    SimState state;
    state.dir = dir;
    return state;
  }
  auto state = existing->state;
  state.is_running = true;
  return state;
}

Result<std::vector<Variable>> environment(const fs::path& wanted) {
  auto state = sim::status(wanted);
  if (!state) return state.error();
  if (!state->is_running) return none_runs(state->dir);
  return state->environment;
}

std::string render_environment(const std::vector<Variable>& variables) {
  std::string text;
  for (const auto& [name, value] : variables) {
    text += fmt::format("export {}='{}'\n", name, replace_all(value, "'", "'\\''"));
  }
  return text;
}

}  // namespace ccloud::sim
