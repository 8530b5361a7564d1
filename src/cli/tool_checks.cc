#include "cli/tool_checks.h"

#include <filesystem>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sandbox.h"

namespace ccloud::cli {
namespace {

using deploy::Check;

/// As a shell would find it; empty when it is nowhere.
std::string find_program(const Program::Env& env, std::string_view name) {
  for (const auto& folder : split(env("PATH").value_or(""), ':')) {
    if (folder.empty()) continue;
    std::string path = fmt::format("{}/{}", folder, name);
    std::error_code ignored;
    if (access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path, ignored)) {
      return path;
    }
  }
  return {};
}

Check check_of(std::string subject, Check::State state, std::string message,
               std::string remedy = {}) {
  Check check;
  check.subject = std::move(subject);
  check.state = state;
  check.message = std::move(message);
  check.remedy = std::move(remedy);
  return check;
}

Check check_ssh(const Program::Env& env) {
  const std::string path = find_program(env, "ssh");
  if (!path.empty()) return check_of("tool ssh", Check::State::good, path);
  return check_of("tool ssh", Check::State::warning,
                  "not found: only `ccloud ssh` runs it, the other commands speak SSH themselves",
                  "install the package openssh-client");
}

bool can_connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool is_there =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return is_there;
}

Check check_agent(const Program::Env& env) {
  const std::string path = env("SSH_AUTH_SOCK").value_or("");
  if (path.empty()) {
    return check_of("tool ssh-agent", Check::State::skipped,
                    "none runs: private keys are read from their files");
  }
  if (can_connect(path)) return check_of("tool ssh-agent", Check::State::good, path);
  return check_of("tool ssh-agent", Check::State::warning,
                  fmt::format("SSH_AUTH_SOCK names {}, where no agent answers", path),
                  "start one (eval \"$(ssh-agent)\"), or unset SSH_AUTH_SOCK");
}

Check check_sandboxes() {
  const auto detected = sim::detect(sim::Boot::sandbox);
  const bool can_boot = detected.mode != sim::Mode::none;
  return check_of(
      "tool sim", can_boot ? Check::State::good : Check::State::skipped,
      can_boot ? fmt::format("simulated nodes can boot: {}", detected.reason) : detected.reason,
      can_boot ? "" : "without it `ccloud sim up` keeps nodes as records only");
}

}  // namespace

std::vector<Check> check_tools(const Program::Env& env) {
  return {check_ssh(env), check_agent(env), check_sandboxes()};
}

}  // namespace ccloud::cli
