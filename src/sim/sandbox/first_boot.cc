// The user data's stand-in for cloud-init: a `#!` script, or a `#cloud-config` in YAML (or JSON,
// which is YAML) with the handful of keys that provisioning needs. What it does not know it says.
#include <cstdlib>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/sandbox/node.h"

namespace ccloud::sim::sandbox {
namespace {

namespace fs = std::filesystem;

const fs::path log_file = "/var/log/cloud-init.log";
const fs::path output_file = "/var/log/cloud-init-output.log";

fs::path seed(std::string_view name) { return fs::path(seed_folder) / name; }

void note(const std::string& text) {
  (void)append_file(log_file, text + "\n");
  write_all(1, "cloud-init: " + text + "\n");
}

std::string text_of(const YAML::Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

std::vector<std::string> texts_of(const YAML::Node& node) {
  std::vector<std::string> out;
  if (node.IsDefined() && node.IsScalar()) out.push_back(node.Scalar());
  if (node.IsDefined() && node.IsSequence()) {
    for (const auto& item : node) out.push_back(text_of(item));
  }
  return out;
}

void add_listed_user(const NodePlan& plan, const YAML::Node& user) {
  if (user.IsScalar()) {
    if (user.Scalar() != "default") note("users: \"" + user.Scalar() + "\" has no description");
    return;
  }
  const std::string name = text_of(user["name"]);
  auto keys = texts_of(user["ssh_authorized_keys"]);
  for (auto& key : texts_of(user["ssh-authorized-keys"])) keys.push_back(std::move(key));
  const auto sudo = texts_of(user["sudo"]);
  const bool may_sudo = !sudo.empty() && sudo[0] != "false" && sudo[0] != "False";
  if (auto r = add_user("/", name, keys, may_sudo, plan.has_own_users); !r) {
    note("users: " + r.error().message);
  }
}

void own_file(const std::string& path, const std::string& owner) {
  const auto parts = split(owner, ':');
  const passwd* user = ::getpwnam(parts[0].c_str());
  const group* members = parts.size() > 1 ? ::getgrnam(parts[1].c_str()) : nullptr;
  if (user == nullptr || (parts.size() > 1 && members == nullptr)) {
    return note("write_files: no owner " + owner);
  }
  if (::chown(path.c_str(), user->pw_uid, members == nullptr ? user->pw_gid : members->gr_gid) !=
      0) {
    note("write_files: cannot give " + path + " to " + owner);
  }
}

void write_listed_file(const YAML::Node& file) {
  const std::string path = text_of(file["path"]);
  std::string content = text_of(file["content"]);
  const std::string encoding = text_of(file["encoding"]);
  if (path.empty() || path[0] != '/') return note("write_files: an entry without a path");
  if (encoding == "b64" || encoding == "base64") {
    content = decode_base64(content).value_or("");
  } else if (!encoding.empty() && encoding != "text/plain") {
    return note("write_files: encoding " + encoding + " is not carried out: " + path);
  }
  std::error_code ignored;
  fs::create_directories(fs::path(path).parent_path(), ignored);
  const std::string permissions = text_of(file["permissions"]);
  const auto mode = permissions.empty()
                        ? 0644U
                        : static_cast<mode_t>(std::strtoul(permissions.c_str(), nullptr, 8));
  const std::string append = text_of(file["append"]);
  const auto done =
      append == "true" ? append_file(path, content) : write_file(path, content, mode & 07777U);
  if (!done) return note("write_files: " + done.error().message);
  const std::string owner = text_of(file["owner"]);
  if (!owner.empty()) own_file(path, owner);
}

void set_hostname(const std::string& name) {
  if (name.empty() || name.size() > 63) return note("hostname: not one that a machine can have");
  (void)write_file("/etc/hostname", name + "\n");
  (void)write_file("/etc/hosts",
                   fmt::format("127.0.0.1 localhost\n127.0.1.1 {}\n::1 localhost\n", name));
  if (::sethostname(name.data(), name.size()) != 0) note("hostname: refused by the kernel");
}

/// One script of all runcmd entries: a list is a command with its arguments, a text is for sh.
void write_runcmd(const YAML::Node& commands) {
  std::string script = "#!/bin/sh\n";
  for (const auto& command : commands) {
    if (command.IsSequence()) {
      std::vector<std::string> words;
      for (const auto& word : command) words.push_back(shell_quote(text_of(word)));
      script += join(words, " ") + "\n";
    } else {
      script += text_of(command) + "\n";
    }
  }
  (void)write_file(seed("script"), script, 0700);
}

void apply(const NodePlan& plan, const std::string& key, const YAML::Node& value) {
  if (key == "ssh_authorized_keys") {
    auto r = add_user("/", plan.spec.user, texts_of(value), true, plan.has_own_users);
    if (!r) note("ssh_authorized_keys: " + r.error().message);
  } else if (key == "users" && value.IsSequence()) {
    for (const auto& user : value) add_listed_user(plan, user);
  } else if (key == "write_files" && value.IsSequence()) {
    for (const auto& file : value) write_listed_file(file);
  } else if (key == "runcmd" && value.IsSequence()) {
    write_runcmd(value);
  } else if (key == "hostname" || key == "fqdn") {
    set_hostname(text_of(value));
  } else {
    note("key \"" + key + "\" is not carried out by this simulated node");
  }
}

void apply_all(const NodePlan& plan, const std::string& text) {
  try {  // yaml-cpp throws for what is no YAML
    const YAML::Node config = YAML::Load(text);
    if (!config.IsMap()) return note("#cloud-config is not a mapping; nothing done");
    for (const auto& entry : config) apply(plan, entry.first.Scalar(), entry.second);
  } catch (const YAML::Exception& problem) {
    note(std::string("#cloud-config cannot be read: ") + problem.what());
  }
}

}  // namespace

void configure_from_user_data(const NodePlan& plan) {
  const std::string& data = plan.spec.user_data;
  if (data.starts_with("#!")) {
    (void)write_file(seed("script"), data, 0700);
  } else if (data.starts_with("#cloud-config")) {
    apply_all(plan, data);
  } else if (!trim(data).empty()) {
    note("user data is neither a #! script nor a #cloud-config; kept, not carried out");
  }
}

void run_user_data_commands() {
  const fs::path script = seed("script");
  if (::access(script.c_str(), X_OK) == 0) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      const int log = ::open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
      ::dup2(log, 1);
      ::dup2(log, 2);
      ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
      ::setenv("HOME", "/root", 1);
      if (::chdir("/") == 0) ::execl(script.c_str(), script.c_str(), nullptr);
      ::_exit(126);
    }
    int status = 0;
    if (pid > 0 && ::waitpid(pid, &status, 0) == pid) {
      write_all(1, read_file(output_file));
      note(fmt::format("the script ended with {}", WIFEXITED(status) ? WEXITSTATUS(status) : 255));
    }
  }
  (void)write_file(seed("boot-finished"), "");
  write_all(1, "cloud-init: finished\n");
}

}  // namespace ccloud::sim::sandbox
