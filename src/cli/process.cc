#include "cli/process.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/completion.h"
#include "base/text.h"

namespace ccloud::cli {
namespace {

constexpr std::size_t output_limit = std::size_t{1} << 20;

struct Child {
  pid_t pid = -1;
  int out = -1;
  int err = -1;
  std::string out_text;
  std::string err_text;
  int status = 0;
};

Result<void> spawn(const std::vector<std::string>& argv, Child& child) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    return make_error(ErrorCode::internal, fmt::format("pipe: {}", std::strerror(errno)));
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);  // so that it can be ended with all it has started
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> raw;
  for (const std::string& arg : argv) raw.push_back(const_cast<char*>(arg.c_str()));
  raw.push_back(nullptr);
  const int problem =
      posix_spawnp(&child.pid, raw.front(), &files, &attributes, raw.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  close(out[1]);
  close(err[1]);
  child.out = out[0];
  child.err = err[0];
  if (problem == 0) return {};
  child.pid = -1;
  return make_error(ErrorCode::not_found,
                    fmt::format("cannot run {}: {}", argv.front(), std::strerror(problem)));
}

/// Reads both pipes to their ends, then reaps. Blocks; ends early only because somebody kills it.
void collect(Child& child) {
  std::array<pollfd, 2> watched = {pollfd{child.out, POLLIN, 0}, pollfd{child.err, POLLIN, 0}};
  std::array<std::string*, 2> into = {&child.out_text, &child.err_text};
  int open = 2;
  std::array<char, 16384> buffer{};
  while (open > 0) {
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) break;
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].fd < 0 || watched[i].revents == 0) continue;
      const ssize_t count = read(watched[i].fd, buffer.data(), buffer.size());
      if (count > 0 && into[i]->size() < output_limit) {
        into[i]->append(buffer.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || (count < 0 && errno != EINTR)) {
        watched[i].fd = -1;
        --open;
      }
    }
  }
  while (waitpid(child.pid, &child.status, 0) < 0 && errno == EINTR) {
  }
}

std::string last_line(std::string_view text) {
  text = trim(text);
  const auto at = text.rfind('\n');
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1)).substr(0, 300);
}

}  // namespace

Task<std::string> run_command(Context ctx, std::vector<std::string> argv) {
  auto child = std::make_shared<Child>();
  auto started = spawn(argv, *child);
  if (!started) {
    if (child->out >= 0) {
      close(child->out);
      close(child->err);
    }
    co_return started.error();
  }
  const pid_t pid = child->pid;
  auto is_over = std::make_shared<std::atomic<bool>>(false);
  const auto hook = ctx.on_end([pid, is_over](const Error&) {
    if (!is_over->load()) kill(-pid, SIGKILL);
  });
  async::Loop& loop = ctx.loop();
  auto waited = co_await async::suspend<void>(loop, [&](async::Completion<void> done) {
    loop.run_blocking(
        [child, is_over] {
          collect(*child);
          *is_over = true;
        },
        [done] { done.complete({}); });
  });
  close(child->out);
  close(child->err);
  if (auto ended = ctx.ended()) co_return *ended;
  if (WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0) {
    co_return std::move(child->out_text);
  }
  const std::string said = last_line(child->err_text);
  co_return make_error(ErrorCode::unauthenticated,
                       fmt::format("{} failed{}{}", argv.front(), said.empty() ? "" : ": ", said),
                       "run it by hand to see what it needs");
}

Result<std::string> read_file(const std::string& path, const std::string& home) {
  const std::string full = path.starts_with("~/") ? home + path.substr(1) : path;
  const int file = open(full.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts{};
  if (file < 0 || fstat(file, &facts) != 0 || S_ISDIR(facts.st_mode)) {
    const int why = file < 0 ? errno : EISDIR;
    if (file >= 0) close(file);
    const auto code = why == ENOENT || why == ENOTDIR ? ErrorCode::not_found
                      : why == EACCES                 ? ErrorCode::permission_denied
                                                      : ErrorCode::internal;
    return make_error(code, fmt::format("cannot read {}: {}", path, std::strerror(why)));
  }
  std::string text;
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  while ((count = read(file, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(file);
  return text;
}

namespace {

/// The file that a path means, through however many links; one that dangles gives its target.
std::string behind_links(const std::string& given) {
  namespace fs = std::filesystem;
  std::error_code problem;
  const auto whole = fs::canonical(given, problem);
  if (!problem) return whole.string();
  const auto target = fs::read_symlink(given, problem);
  return problem ? given : (fs::path(given).parent_path() / target).string();
}

}  // namespace

Result<void> write_file(const std::string& given, std::string_view text) {
  struct stat old{};
  const bool is_there = stat(given.c_str(), &old) == 0;
  // A device or a pipe is written to, never replaced; through a link its file is.
  const bool is_replaced = !is_there || S_ISREG(old.st_mode);
  const std::string path = behind_links(given);
  const std::string fresh = is_replaced ? fmt::format("{}.new-{}", path, getpid()) : path;
  const auto failed = [&](int why) {
    if (is_replaced) unlink(fresh.c_str());
    return make_error(ErrorCode::permission_denied,
                      fmt::format("cannot write {}: {}", given, std::strerror(why)));
  };
  // Renaming over it would not ask for this.
  if (is_there && access(given.c_str(), W_OK) != 0) return failed(errno);
  const int how = is_replaced ? O_CREAT | O_EXCL : O_NOCTTY;
  const int file = open(fresh.c_str(), O_WRONLY | O_CLOEXEC | how, 0666);
  if (file < 0) return failed(errno);
  if (is_there && is_replaced) fchmod(file, old.st_mode & 07777);
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0) {
      const int why = errno;
      close(file);
      return failed(why);
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (close(file) != 0) return failed(errno);
  if (is_replaced && rename(fresh.c_str(), path.c_str()) != 0) return failed(errno);
  return {};
}

}  // namespace ccloud::cli
