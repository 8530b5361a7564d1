// Small helpers over system calls for the sandboxes. Errors carry errno's words; nothing here
// knows what a node is.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/result.h"

namespace ccloud::sim::sandbox {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// `unavailable` with "{what}: {strerror(errno)}".
Error errno_error(std::string_view what);

/// Creates or replaces; the folder must exist.
Result<void> write_file(const std::filesystem::path& path, std::string_view content,
                        mode_t mode = 0644);
Result<void> append_file(const std::filesystem::path& path, std::string_view content);
/// Empty when it cannot be read.
std::string read_file(const std::filesystem::path& path);
/// Removes a tree, also folders without permissions; never follows links.
void remove_tree(const std::filesystem::path& path);
/// Empties a folder with several processes: some disks take milliseconds for each folder, one
/// after the other, but not side by side.
void remove_children_in_parallel(const std::filesystem::path& folder);
/// Writes everything or fails; for blocking sockets, pipes and files.
bool write_all(int fd, std::string_view data);

/// The kernel's start time of a process, which with the pid names it for ever; 0 when it is gone.
std::uint64_t start_time(pid_t pid);
/// SIGKILL for exactly that process, never for a later one with the same pid.
void kill_exactly(pid_t pid, std::uint64_t started);
Fd open_pidfd(pid_t pid);

/// A name for a folder: the id itself when it is plain, else a digest of it.
std::string folder_name(std::string_view id);

}  // namespace ccloud::sim::sandbox
