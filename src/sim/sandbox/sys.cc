// System calls with their errors as values.
#include "sim/sandbox/sys.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::sandbox {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Error errno_error(std::string_view what) {
  const int code = errno;
  return make_error(ErrorCode::unavailable, std::string(what) + ": " + std::strerror(code));
}

Result<void> write_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file) return errno_error("write " + path.string());
  if (!write_all(file.get(), content)) return errno_error("write " + path.string());
  // The umask may have taken bits away.
  if (::fchmod(file.get(), mode) != 0) return errno_error("chmod " + path.string());
  return {};
}

Result<void> append_file(const std::filesystem::path& path, std::string_view content) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file || !write_all(file.get(), content)) return errno_error("append to " + path.string());
  return {};
}

std::string read_file(const std::filesystem::path& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content;
  if (!file) return content;
  char buffer[16384];
  ssize_t count = 0;
  while ((count = ::read(file.get(), buffer, sizeof buffer)) > 0) {
    content.append(buffer, static_cast<std::size_t>(count));
  }
  return content;
}

namespace {

void remove_entry(int folder, const char* name);

void remove_children(int folder) {
  DIR* listing = ::fdopendir(folder);
  if (listing == nullptr) {
    ::close(folder);
    return;
  }
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") remove_entry(::dirfd(listing), entry->d_name);
  }
  ::closedir(listing);
}

void remove_entry(int folder, const char* name) {
  if (::unlinkat(folder, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int child = ::openat(folder, name, flags);
  if (child < 0 && errno == EACCES && ::fchmodat(folder, name, 0700, 0) == 0) {
    child = ::openat(folder, name, flags);
  }
  if (child >= 0) {
    ::fchmod(child, 0700);
    remove_children(child);
  }
  ::unlinkat(folder, name, AT_REMOVEDIR);
}

}  // namespace

void remove_tree(const std::filesystem::path& path) { remove_entry(AT_FDCWD, path.c_str()); }

void remove_children_in_parallel(const std::filesystem::path& folder) {
  constexpr std::size_t workers = 16;
  std::error_code ignored;
  std::vector<std::filesystem::path> children;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    children.push_back(entry.path());
  }
  std::vector<pid_t> pids;
  for (std::size_t worker = 0; worker < std::min(workers, children.size()); ++worker) {
    const pid_t pid = ::fork();
    if (pid < 0) break;
    if (pid == 0) {
      for (std::size_t at = worker; at < children.size(); at += workers) remove_tree(children[at]);
      ::_exit(0);
    }
    pids.push_back(pid);
  }
  for (const pid_t pid : pids) ::waitpid(pid, nullptr, 0);
  for (const auto& child : children) remove_tree(child);  // what a missing worker left
}

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::uint64_t start_time(pid_t pid) {
  // The second field is the program's name in parentheses and may hold blanks; count after it.
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  const auto fields = split(std::string_view(stat).substr(name_end + 2), ' ');
  constexpr std::size_t start_field = 19;  // field 22 of proc(5), the third being the first here
  if (fields.size() <= start_field || fields[0] == "Z") return 0;
  return static_cast<std::uint64_t>(parse_int(fields[start_field]).value_or(0));
}

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

void kill_exactly(pid_t pid, std::uint64_t started) {
  const Fd handle = open_pidfd(pid);
  if (!handle || started == 0 || start_time(pid) != started) return;
  ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
}

std::string folder_name(std::string_view id) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (!id.empty() && id.size() <= 64 && std::ranges::all_of(id, is_plain)) return std::string(id);
  return "x" + sha256_hex(id).substr(0, 40);
}

}  // namespace ccloud::sim::sandbox
