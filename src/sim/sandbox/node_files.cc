// The files of a fresh node: accounts, /etc, keys, the SSH server's configuration. A deliberately
// small /etc of its own: the host's would bring its secrets and its services.
#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/sandbox/host_key.h"
#include "sim/sandbox/netlink.h"
#include "sim/sandbox/node.h"

namespace ccloud::sim::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view system_users =
    "root:x:0:0:root:/root:/bin/bash\n"
    "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
    "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
    "sys:x:3:3:sys:/dev:/usr/sbin/nologin\n"
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
    "messagebus:x:100:102::/nonexistent:/usr/sbin/nologin\n"
    "sshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n"
    "systemd-network:x:998:998:systemd Network Management:/:/usr/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

constexpr std::string_view system_groups =
    "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\n{tty}disk:x:6:\nlp:x:7:\nkmem:x:15:\n"
    "dialout:x:20:\ncdrom:x:24:\ntape:x:26:\nsudo:x:27:\naudio:x:29:\nwww-data:x:33:\n"
    "shadow:x:42:\nutmp:x:43:\nvideo:x:44:\nstaff:x:50:\nusers:x:100:\nmessagebus:x:102:\n"
    "input:x:103:\nsgx:x:104:\nkvm:x:105:\nrender:x:106:\nsystemd-network:x:998:\n"
    "systemd-journal:x:999:\nnogroup:x:65534:\n";

constexpr std::string_view profile =
    "if [ \"$(id -u)\" -eq 0 ]; then\n"
    "  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
    "else\n"
    "  PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games\n"
    "fi\n"
    "export PATH\n";

constexpr std::string_view sshd_config =
    "HostKey /etc/ssh/ssh_host_ed25519_key\n"
    "PermitRootLogin prohibit-password\n"
    "PasswordAuthentication no\n"
    "KbdInteractiveAuthentication no\n"
    "UsePAM no\n"
    "UseDNS no\n"
    "PrintMotd no\n"
    "PrintLastLog no\n"
    "PidFile none\n"
    "MaxStartups 200\n"
    "MaxSessions 100\n"
    "AcceptEnv LANG LC_*\n"
    "Subsystem sftp internal-sftp\n";

/// The names of a host name that the kernel and a prompt can take.
std::string plain_hostname(const std::string& wanted) {
  std::string name = wanted.substr(0, 63);
  std::ranges::replace_if(
      name,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '.');
      },
      '-');
  return name.empty() ? "node" : name;
}

struct Writer {
  fs::path root;
  Result<void> outcome;

  void folder(const char* path, mode_t mode = 0755) {
    if (!outcome) return;
    const fs::path full = root / path;
    if (::mkdir(full.c_str(), mode) != 0 && errno != EEXIST) outcome = errno_error(full.string());
    if (mode != 0755) ::chmod(full.c_str(), mode);
  }
  void file(const char* path, std::string_view content, mode_t mode = 0644) {
    if (outcome) outcome = write_file(root / path, content, mode);
  }
  void link(const char* path, const char* target) {
    if (outcome && ::symlink(target, (root / path).c_str()) != 0 && errno != EEXIST) {
      outcome = errno_error((root / path).string());
    }
  }
};

void make_folders(Writer& out) {
  // As few as possible: on some disks a folder costs more than ten files.
  for (const char* path :
       {"usr", "dev", "proc", "sys", "run", "etc", "etc/ssh", "etc/sudoers.d", "home", "opt", "srv",
        "mnt", "var", "var/cache", "var/lib", "var/lib/cloud", "var/log", "var/spool"}) {
    out.folder(path);
  }
  out.folder("root", 0700);
  out.folder("tmp", 01777);
  out.folder("var/tmp", 01777);
  out.link("var/run", "/run");
  out.link("var/lock", "/run/lock");
  out.link("var/lib/cloud/instance", ".");
  out.link("etc/mtab", "/proc/self/mounts");
  for (const char* name : shared_etc) {
    const std::string path = std::string("etc/") + name;
    if (::access(("/" + path).c_str(), F_OK) != 0) continue;
    out.link(path.c_str(), (std::string(shared_folder) + name).c_str());
  }
}

void write_etc(Writer& out, const NodePlan& plan) {
  const std::string host = plain_hostname(plan.spec.hostname);
  // In a user namespace the group of terminals has no number; without its name none is wanted.
  out.file("etc/passwd", system_users);
  out.file("etc/group",
           replace_all(system_groups, "{tty}", plan.has_own_users ? "tty:x:5:\n" : ""));
  std::string shadow;
  for (const auto& line : split(system_users, '\n')) {
    if (!line.empty()) shadow += split(line, ':')[0] + ":*:19000:0:99999:7:::\n";
  }
  out.file("etc/shadow", shadow, 0640);
  out.file("etc/hostname", host + "\n");
  out.file("etc/hosts", fmt::format("127.0.0.1 localhost\n127.0.1.1 {0}\n::1 localhost\n", host));
  out.file("etc/machine-id", sha256_hex("machine " + plan.spec.id).substr(0, 32) + "\n");
  out.file("etc/resolv.conf", "");
  out.file("etc/fstab", "");
  out.file("etc/environment", "");
  out.file("etc/profile", profile);
  out.file("etc/shells", "/bin/sh\n/bin/bash\n/usr/bin/bash\n");
  out.file("etc/nsswitch.conf",
           "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"
           "protocols: files\nservices: files\n");
  out.file("etc/os-release", fmt::format("{}IMAGE_ID=\"{}\"\n", read_file("/usr/lib/os-release"),
                                         plain_hostname(plan.spec.image)));
  for (const char* name : {"/etc/protocols", "/etc/services", "/etc/login.defs", "/etc/timezone",
                           "/etc/debian_version", "/etc/adduser.conf"}) {
    const std::string content = read_file(name);
    if (!content.empty()) out.file(name + 1, content);
  }
}

void write_ssh(Writer& out, const NodePlan& plan, const HostKey& key) {
  std::string config(sshd_config);
  if (!plan.has_own_users) config += "StrictModes no\n";
  out.file("etc/ssh/sshd_config", config);
  out.file("etc/ssh/ssh_host_ed25519_key", key.openssh, 0600);
  out.file("etc/ssh/ssh_host_ed25519_key.pub", key.public_line + " root@node\n");
  if (plan.ssh == SshServer::dropbear) out.file("etc/ssh/dropbear_host_key", key.dropbear, 0600);
}

std::string without_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

uid_t free_uid(const std::string& passwd) {
  uid_t next = first_user;
  for (const auto& line : split(passwd, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    const auto uid = static_cast<uid_t>(parse_int(fields[2]).value_or(0));
    if (uid >= next && uid < 60000) next = uid + 1;
  }
  return next;
}

}  // namespace

Result<void> add_user(const fs::path& root, const std::string& name,
                      const std::vector<std::string>& keys, bool may_sudo, bool can_chown) {
  const auto is_odd = [](char c) { return c == ':' || c == '/' || c == ',' || c <= ' '; };
  if (name.empty() || name.size() > 32 || name[0] == '-' || std::ranges::any_of(name, is_odd)) {
    return make_error(ErrorCode::invalid_argument, "no user can be called \"" + name + "\"");
  }
  const fs::path etc = root / "etc";
  const std::string passwd = read_file(etc / "passwd");
  const bool is_known = ("\n" + passwd).find("\n" + name + ":") != std::string::npos;
  const bool is_root = name == "root";
  uid_t uid = is_root ? 0 : first_user;
  if (!is_known) {
    uid = free_uid(passwd);
    const bool has_bash = fs::exists("/bin/bash");
    const auto added = [&](const char* file, const std::string& line) {
      return append_file(etc / file, line);
    };
    if (auto r = added("passwd", fmt::format("{0}:x:{1}:{1}::/home/{0}:{2}\n", name, uid,
                                             has_bash ? "/bin/bash" : "/bin/sh"));
        !r) {
      return r;
    }
    if (auto r = added("group", fmt::format("{}:x:{}:\n", name, uid)); !r) return r;
    if (auto r = added("shadow", name + ":*:19000:0:99999:7:::\n"); !r) return r;
  } else if (!is_root) {
    for (const auto& line : split(passwd, '\n')) {
      const auto fields = split(line, ':');
      if (fields.size() > 2 && fields[0] == name) {
        uid = static_cast<uid_t>(parse_int(fields[2]).value_or(first_user));
      }
    }
  }
  if (may_sudo && !is_root) {
    const auto file = etc / "sudoers.d" / ("90-" + name);
    if (auto r = write_file(file, name + " ALL=(ALL) NOPASSWD:ALL\n", 0440); !r) return r;
  }
  const fs::path home = is_root ? root / "root" : root / "home" / name;
  const fs::path ssh = home / ".ssh";
  ::mkdir(home.c_str(), 0755);
  ::mkdir(ssh.c_str(), 0700);
  std::string lines = without_newline(read_file(ssh / "authorized_keys"));
  for (const auto& key : keys) {
    const std::string line(trim(key));
    if (!line.empty() && lines.find(line) == std::string::npos) {
      lines += (lines.empty() ? "" : "\n") + line;
    }
  }
  if (auto r = write_file(ssh / "authorized_keys", lines.empty() ? "" : lines + "\n", 0600); !r) {
    return r;
  }
  if (can_chown && !is_root) {
    for (const auto& path : {home, ssh, ssh / "authorized_keys"}) {
      if (::lchown(path.c_str(), uid, uid) != 0) return errno_error("chown " + path.string());
    }
  }
  return {};
}

namespace {

Result<void> add_users(const NodePlan& plan) {
  const auto& spec = plan.spec;
  auto added = add_user(plan.root(), spec.user, spec.authorized_keys, true, plan.has_own_users);
  for (const auto& line : spec.more_users) {
    const auto colon = line.find(':');
    if (!added || colon == std::string::npos) continue;
    added = add_user(plan.root(), line.substr(0, colon), {line.substr(colon + 1)}, true,
                     plan.has_own_users);
  }
  return added;
}

}  // namespace

Result<std::string> prepare_files(const NodePlan& plan) {
  const fs::path key_file = plan.root() / "etc/ssh/ssh_host_ed25519_key.pub";
  if (!plan.is_first_boot) {
    const auto fields = split(trim(read_file(key_file)), ' ');
    if (fields.size() < 2) {
      return make_error(ErrorCode::unavailable, "the node's host key is gone: " + plan.spec.id);
    }
    return fields[0] + " " + fields[1];
  }
  auto key = make_host_key();
  if (!key) return key.error();
  Writer out{.root = plan.root(), .outcome = {}};
  make_folders(out);
  write_etc(out, plan);
  write_ssh(out, plan, *key);
  out.file("var/lib/cloud/instance/user-data.txt", plan.spec.user_data, 0600);
  if (!plan.spec.boot_script.empty()) out.file("etc/rc.local", plan.spec.boot_script, 0755);
  Writer local{.root = plan.folder / "local", .outcome = {}};
  local.folder("");
  local.folder("bin");
  local.link("bin/sudo", program_in_node.data());
  if (!out.outcome) return out.outcome.error();
  if (!local.outcome) return local.outcome.error();
  if (auto r = add_users(plan); !r) return r.error();
  if (plan.mode == Mode::systemd) {
    if (auto r = write_units(plan); !r) return r.error();
  }
  return key->public_line;
}

}  // namespace ccloud::sim::sandbox
