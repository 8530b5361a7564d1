// The lock of one project on this machine: an flock on a small file that also says who holds it.
// It is the kernel's, so it ends with the process however that ends.
#pragma once

#include <optional>
#include <string>

#include "journal/journal.h"

namespace ccloud::journal {

class ProjectLock {
 public:
  /// `conflict` with raw_code "locked" when another process holds it.
  static Result<ProjectLock> take(const std::string& path, const LockHolder& holder);
  ProjectLock(ProjectLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  ProjectLock& operator=(ProjectLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~ProjectLock();

  /// Who holds the lock now, if anyone does.
  static std::optional<LockHolder> look(const std::string& path);

 private:
  explicit ProjectLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace ccloud::journal
