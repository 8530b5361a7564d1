#include "rollout/local_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ccloud::rollout {

namespace {

constexpr std::size_t max_output = std::size_t{1} << 20;

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    int pair[2];
    if (::pipe2(pair, O_CLOEXEC) == 0) {
      read = pair[0];
      write = pair[1];
    }
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

/// Reads both pipes until they end or the time is over; true when they ended.
bool drain(Pipe& out, Pipe& err, LocalOutput& output, async::Duration limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::array<pollfd, 2> watched{{{out.read, POLLIN, 0}, {err.read, POLLIN, 0}}};
  std::array<std::string*, 2> into{&output.out, &output.err};
  std::array<char, 16384> block{};
  int open = 2;
  while (open > 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    if (::poll(watched.data(), watched.size(),
               static_cast<int>(std::min<std::int64_t>(left.count(), 1000))) < 0 &&
        errno != EINTR) {
      return false;
    }
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].fd < 0 || watched[i].revents == 0) continue;
      const auto count = ::read(watched[i].fd, block.data(), block.size());
      if (count <= 0) {
        watched[i].fd = -1;
        --open;
      } else if (into[i]->size() < max_output) {
        into[i]->append(block.data(), static_cast<std::size_t>(count));
      }
    }
  }
  return true;
}

}  // namespace

Result<LocalOutput> run_command_here(const std::string& command, const std::string& folder,
                                     async::Duration limit) {
  Pipe out, err;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err.write, 2);
  if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // A group of its own, so that the deadline ends all of it; SIGPIPE as a program expects it.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  std::string shell = "sh", flag = "-c", text = command;
  char* arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t child = 0;
  const int problem = ::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (problem != 0) {
    return make_error(ErrorCode::internal,
                      std::string("cannot run a command here: ") + std::strerror(problem));
  }
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  LocalOutput output;
  const bool ended = drain(out, err, output, limit);
  if (!ended) ::kill(-child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!ended) {
    return make_error(ErrorCode::timed_out, "the local command did not end in time: " + command);
  }
  output.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace ccloud::rollout
