// A node's view of the file system: the host's programs read-only, everything else its own. All
// mounts live in the node's mount namespace and end with it.
#include <cerrno>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/hash.h"
#include "sim/sandbox/node.h"

namespace ccloud::sim::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* system_folders[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

Result<void> try_mount(const char* source, const fs::path& target, const char* type,
                       unsigned long flags, const char* data = nullptr) {
  if (::mount(source, target.c_str(), type, flags, data) == 0) return {};
  return errno_error("mount " + target.string());
}

/// A recursive bind; in a user namespace nothing else is allowed for a tree with mounts below.
Result<void> bind(const fs::path& source, const fs::path& target) {
  return try_mount(source.c_str(), target, nullptr, MS_BIND | MS_REC);
}

Result<void> make_read_only(const fs::path& target) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::syscall(SYS_mount_setattr, AT_FDCWD, target.c_str(), AT_RECURSIVE, &attributes,
                sizeof attributes) == 0) {
    return {};
  }
  // Kernels before 5.12: the flags that are locked in a user namespace must be repeated.
  struct statvfs now{};
  ::statvfs(target.c_str(), &now);
  const unsigned long kept = now.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME);
  return try_mount(nullptr, target, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kept);
}

Result<void> bind_read_only(const fs::path& source, const fs::path& target) {
  if (auto r = bind(source, target); !r) return r;
  return make_read_only(target);
}

/// Makes an empty file or folder like `source` to mount on.
void make_mount_point(const fs::path& source, const fs::path& target) {
  struct stat status{};
  if (::stat(source.c_str(), &status) != 0) return;
  if (S_ISDIR(status.st_mode)) {
    ::mkdir(target.c_str(), 0755);
  } else {
    const Fd file(::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  }
}

Result<void> mount_programs(const NodePlan& plan) {
  const fs::path root = plan.root();
  if (auto r = bind_read_only("/usr", root / "usr"); !r) return r;
  for (const char* folder : system_folders) {
    struct stat status{};
    if (::lstat(folder, &status) != 0) continue;
    const fs::path target = root / (folder + 1);
    if (S_ISLNK(status.st_mode)) {
      std::error_code ignored;
      fs::create_symlink(fs::read_symlink(folder, ignored), target, ignored);
    } else {
      ::mkdir(target.c_str(), 0755);
      if (auto r = bind_read_only(folder, target); !r) return r;
    }
  }
  if (auto r = bind(plan.folder / "local", root / "usr/local"); !r) return r;
  // The host's own sudo would ask the host's rules; the node has its own way to root.
  if (::access("/usr/bin/sudo", F_OK) == 0)
    return bind_read_only(plan.program, root / "usr/bin/sudo");
  return {};
}

Result<void> make_device(const fs::path& dev, const char* name, unsigned minor_number,
                         unsigned major_number = 1) {
  const fs::path target = dev / name;
  if (::mknod(target.c_str(), S_IFCHR | 0666, makedev(major_number, minor_number)) == 0) {
    ::chmod(target.c_str(), 0666);
    // A file system of a user namespace shows device files but does not open them.
    const Fd opened(::open(target.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
    if (opened || errno == ENXIO) return {};
    ::unlink(target.c_str());
  }
  make_mount_point("/dev/null", target);
  return bind(fs::path("/dev") / name, target);
}

Result<void> mount_devices(const NodePlan& plan) {
  const fs::path dev = plan.root() / "dev";
  if (auto r = try_mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755,size=1m"); !r) return r;
  struct Device {
    const char* name;
    unsigned major_number;
    unsigned minor_number;
  };
  for (const Device& device :
       {Device{"null", 1, 3}, Device{"zero", 1, 5}, Device{"full", 1, 7}, Device{"random", 1, 8},
        Device{"urandom", 1, 9}, Device{"tty", 5, 0}}) {
    if (auto r = make_device(dev, device.name, device.minor_number, device.major_number); !r) {
      return r;
    }
  }
  ::mkdir((dev / "pts").c_str(), 0755);
  ::mkdir((dev / "shm").c_str(), 0755);
  ::symlink("pts/ptmx", (dev / "ptmx").c_str());
  ::symlink("/proc/self/fd", (dev / "fd").c_str());
  ::symlink("/proc/self/fd/0", (dev / "stdin").c_str());
  ::symlink("/proc/self/fd/1", (dev / "stdout").c_str());
  ::symlink("/proc/self/fd/2", (dev / "stderr").c_str());
  const char* terminals =
      plan.has_own_users ? "newinstance,ptmxmode=0666,mode=620,gid=5" : "newinstance,ptmxmode=0666";
  if (auto r = try_mount("devpts", dev / "pts", "devpts", MS_NOSUID | MS_NOEXEC, terminals); !r) {
    return r;
  }
  return try_mount("tmpfs", dev / "shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

Result<void> mount_kernel(const NodePlan& plan) {
  const fs::path root = plan.root();
  constexpr unsigned long quiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  // Where the host's /proc is itself covered in parts, a fresh one is refused.
  if (!try_mount("proc", root / "proc", "proc", quiet)) {
    if (auto r = bind("/proc", root / "proc"); !r) return r;
  }
  if (!try_mount("sysfs", root / "sys", "sysfs", quiet | MS_RDONLY)) {
    if (auto r = bind_read_only("/sys", root / "sys"); !r) return r;
  }
  if (plan.mode == Mode::systemd) {
    if (auto r = try_mount("cgroup2", root / "sys/fs/cgroup", "cgroup2", quiet); !r) return r;
  }
  if (auto r = try_mount("tmpfs", root / "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"); !r) {
    return r;
  }
  ::mkdir((root / "run/lock").c_str(), 01777);
  ::chmod((root / "run/lock").c_str(), 01777);
  ::mkdir((root / "run/sshd").c_str(), 0755);
  ::mkdir((root / "run/ccloud").c_str(), 0755);
  ::mkdir((root / "run/ccloud/etc").c_str(), 0755);
  return {};
}

/// What would reach through to this machine can be read only: a node's root is the host's root.
/// The settings of the network are the node's own and stay writable.
Result<void> protect_host(const NodePlan& plan) {
  if (!plan.has_own_users) return {};  // there the kernel refuses by itself
  const fs::path proc = plan.root() / "proc";
  const Fd net(::open((proc / "sys/net").c_str(), O_PATH | O_CLOEXEC));
  for (const char* name : {"sys", "sysrq-trigger", "irq", "bus"}) {
    if (::access((proc / name).c_str(), F_OK) != 0) continue;
    if (auto r = bind_read_only(proc / name, proc / name); !r) return r;
  }
  if (!net) return {};
  return bind(fs::path("/proc/self/fd") / std::to_string(net.get()), proc / "sys/net");
}

/// Every start is a boot of its own, for the journal and for those who watch for a restart.
void mount_boot_id(const fs::path& root) {
  const fs::path own = root / "run/ccloud/boot_id";
  if (write_file(own, random_uuid() + "\n", 0444)) {
    (void)bind(own, root / "proc/sys/kernel/random/boot_id");
  }
}

/// After /run is there: what the host shares with every node.
Result<void> mount_shared(const NodePlan& plan) {
  const fs::path root = plan.root();
  for (const char* name : shared_etc) {
    const fs::path source = fs::path("/etc") / name;
    if (::access(source.c_str(), F_OK) != 0) continue;
    const fs::path target = root / shared_folder.substr(1) / name;
    make_mount_point(source, target);
    if (auto r = bind_read_only(source, target); !r) return r;
  }
  if (auto r = protect_host(plan); !r) return r;
  mount_boot_id(root);
  const fs::path console = root / console_in_node.substr(1);
  make_mount_point(plan.folder / "console.log", console);
  if (auto r = bind(plan.folder / "console.log", console); !r) return r;
  const fs::path program = root / program_in_node.substr(1);
  make_mount_point(plan.program, program);
  return bind_read_only(plan.program, program);
}

}  // namespace

Result<void> enter_root(const NodePlan& plan) {
  const fs::path root = plan.root();
  if (auto r = try_mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE); !r) return r;
  if (auto r = bind(root, root); !r) return r;
  if (auto r = mount_programs(plan); !r) return r;
  if (auto r = mount_devices(plan); !r) return r;
  if (auto r = mount_kernel(plan); !r) return r;
  if (auto r = mount_shared(plan); !r) return r;
  if (::chdir(root.c_str()) != 0) return errno_error("enter " + root.string());
  // The new root over the old one in the same place; then the old one is the upper of the two.
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return errno_error("pivot_root");
  if (::umount2(".", MNT_DETACH) != 0) return errno_error("leave the host's files");
  return ::chdir("/") == 0 ? Result<void>{} : errno_error("chdir");
}

}  // namespace ccloud::sim::sandbox
