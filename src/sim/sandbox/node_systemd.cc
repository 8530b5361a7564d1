// Nodes whose first process is the real systemd: a handful of units of our own, and everything
// masked that only makes sense on a machine with hardware.
#include <csignal>

#include <sys/stat.h>
#include <unistd.h>

#include "sim/sandbox/node.h"

namespace ccloud::sim::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* systemd_paths[] = {"/usr/lib/systemd/systemd", "/lib/systemd/systemd"};

constexpr const char* masked[] = {"systemd-udevd.service",
                                  "systemd-udev-trigger.service",
                                  "systemd-udev-settle.service",
                                  "systemd-udevd-control.socket",
                                  "systemd-udevd-kernel.socket",
                                  "systemd-logind.service",
                                  "systemd-networkd.service",
                                  "systemd-resolved.service",
                                  "systemd-timesyncd.service",
                                  "systemd-hwdb-update.service",
                                  "systemd-modules-load.service",
                                  "systemd-sysctl.service",
                                  "systemd-binfmt.service",
                                  "systemd-random-seed.service",
                                  "systemd-firstboot.service",
                                  "systemd-machine-id-commit.service",
                                  "systemd-remount-fs.service",
                                  "systemd-pcrphase.service",
                                  "systemd-pcrphase-sysinit.service",
                                  "systemd-boot-system-token.service",
                                  "systemd-update-done.service",
                                  "systemd-sysusers.service",
                                  "systemd-ask-password-wall.path",
                                  "systemd-ask-password-console.path",
                                  "systemd-repart.service",
                                  "systemd-pstore.service",
                                  "ldconfig.service",
                                  "getty.target",
                                  "getty-static.service",
                                  "console-getty.service",
                                  "systemd-tmpfiles-clean.timer",
                                  "sys-kernel-config.mount",
                                  "sys-kernel-debug.mount",
                                  "sys-kernel-tracing.mount",
                                  "sys-fs-fuse-connections.mount",
                                  "dev-hugepages.mount",
                                  "dev-mqueue.mount",
                                  "proc-sys-fs-binfmt_misc.automount",
                                  "kmod-static-nodes.service",
                                  "modprobe@.service",
                                  "systemd-tmpfiles-setup-dev.service",
                                  "systemd-initctl.socket"};

constexpr std::string_view agent_unit =
    "[Unit]\nDescription=The way to root in a simulated node\nDefaultDependencies=no\n"
    "After=systemd-tmpfiles-setup.service\nBefore=ssh.service\n"
    "[Service]\nExecStart=/run/ccloud/node __node-agent\nRestart=always\n"
    "KillMode=process\n"
    "[Install]\nWantedBy=multi-user.target\n";

constexpr std::string_view boot_unit =
    "[Unit]\nDescription=User data of the first boot\nAfter=ssh.service network.target\n"
    "ConditionPathExists=!/var/lib/cloud/instance/boot-finished\n"
    "[Service]\nType=oneshot\nRemainAfterExit=yes\nKillMode=process\n"
    "ExecStart=/run/ccloud/node __node-first-boot\n"
    "StandardOutput=append:/run/ccloud/console\n"
    "[Install]\nWantedBy=multi-user.target\n";

std::string ssh_unit(SshServer server) {
  const char* command = server == SshServer::dropbear
                            ? "/usr/sbin/dropbear -F -E -s -r /etc/ssh/dropbear_host_key -p 22"
                            : "/usr/sbin/sshd -D -e";
  return std::string("[Unit]\nDescription=SSH server\nAfter=network.target\n") +
         "[Service]\nExecStart=" + command +
         "\nKillMode=process\nRestart=on-failure\nRuntimeDirectory=sshd\n"
         "RuntimeDirectoryPreserve=yes\n[Install]\nWantedBy=multi-user.target\n";
}

Result<void> link(const fs::path& target, const fs::path& at) {
  std::error_code problem;
  fs::create_symlink(target, at, problem);
  if (problem && problem != std::errc::file_exists) {
    return make_error(ErrorCode::unavailable, at.string() + ": " + problem.message());
  }
  return {};
}

}  // namespace

Result<void> write_units(const NodePlan& plan) {
  const fs::path folder = plan.root() / "etc/systemd/system";
  const fs::path wanted = folder / "multi-user.target.wants";
  ::mkdir((plan.root() / "etc/systemd").c_str(), 0755);
  ::mkdir(folder.c_str(), 0755);
  ::mkdir(wanted.c_str(), 0755);
  const std::pair<const char*, std::string> units[] = {
      {"ccloud-agent.service", std::string(agent_unit)},
      {"ccloud-first-boot.service", std::string(boot_unit)},
      {"ssh.service", ssh_unit(plan.ssh)}};
  for (const auto& [name, text] : units) {
    if (auto r = write_file(folder / name, text); !r) return r;
    if (auto r = link(fs::path("..") / name, wanted / name); !r) return r;
  }
  for (const char* name : masked) {
    if (auto r = link("/dev/null", folder / name); !r) return r;
  }
  // As on the images of the clouds: what was logged before a restart can be read after it.
  ::mkdir((plan.root() / "var/log/journal").c_str(), 0755);
  const auto journal = write_file(plan.root() / "etc/systemd/journald.conf",
                                  "[Journal]\nStorage=persistent\nSystemMaxUse=64M\n");
  if (!journal) return journal;
  return link("/lib/systemd/system/multi-user.target", folder / "default.target");
}

void become_systemd() {
  const char* environment[] = {"container=ccloud", "TERM=dumb",
                               "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                               nullptr};
  for (const char* program : systemd_paths) {
    const char* arguments[] = {program, "--system", "--show-status=no", nullptr};
    ::execve(program, const_cast<char**>(arguments), const_cast<char**>(environment));
  }
  write_all(2, "cannot start systemd\n");
  ::_exit(1);
}

}  // namespace ccloud::sim::sandbox
