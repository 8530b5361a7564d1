// Folders of cgroup2 file systems.
#include "sim/sandbox/cgroup.h"

#include <vector>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sys.h"

namespace ccloud::sim::sandbox {

namespace fs = std::filesystem;

Result<fs::path> open_cgroups(const fs::path& at) {
  if (::unshare(CLONE_NEWNS) != 0) return errno_error("make a mount namespace");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return errno_error("make mounts private");
  }
  ::mkdir(at.c_str(), 0700);
  if (::mount("cgroup2", at.c_str(), "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return errno_error("mount cgroup v2");
  }
  for (const auto& line : split(read_file("/proc/self/cgroup"), '\n')) {
    if (!line.starts_with("0::/")) continue;
    const fs::path own = at / line.substr(4);
    return fs::exists(own) ? own : at;
  }
  return make_error(ErrorCode::unavailable, "this kernel has no cgroup v2");
}

Result<void> make_cgroup(const fs::path& group) {
  if (::mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) {
    return errno_error("make cgroup " + group.string());
  }
  return {};
}

void remove_cgroup(const fs::path& group) {
  std::error_code ignored;
  std::vector<fs::path> children;
  for (const auto& entry : fs::directory_iterator(group, ignored)) {
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) children.push_back(entry.path());
  }
  for (const auto& child : children) remove_cgroup(child);
  ::rmdir(group.c_str());
}

}  // namespace ccloud::sim::sandbox
