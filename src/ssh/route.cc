// What the config and the user's ssh_config together say about reaching a node. The config wins:
// it is what the whole team shares.
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "base/text.h"
#include "ssh/host_keys.h"
#include "ssh/pool.h"

namespace ccloud::ssh {

namespace {

std::filesystem::path home_folder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::filesystem::path() : std::filesystem::path(entry->pw_dir);
}

std::string local_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? "root" : entry->pw_name;
}

Result<std::vector<Hop>> jumps_of(const std::string& text, const SshConfig& config) {
  std::vector<Hop> hops;
  for (const auto& part : split(text, ',')) {
    const auto jump = parse_jump(trim(part));
    if (!jump) {
      return make_error(ErrorCode::invalid_argument, "ssh_config: bad ProxyJump " + text);
    }
    const auto extra = config.resolve({jump->host}, jump->user);
    hops.push_back({jump->user.empty() ? extra.user.value_or("") : jump->user,
                    extra.host_name.value_or(jump->host),
                    jump->port.value_or(extra.port.value_or(22))});
  }
  return hops;
}

std::string alias_of(const Target& target, const Route& route) {
  if (!target.instance_id.empty()) return HostKeys::alias(target.instance_id);
  // As OpenSSH writes it.
  return route.port == 22 ? HostKeys::alias(route.host)
                          : HostKeys::alias(fmt::format("[{}]:{}", route.host, route.port));
}

}  // namespace

std::filesystem::path default_host_keys() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const auto base = state != nullptr && *state == '/' ? std::filesystem::path(state)
                                                      : home_folder() / ".local/state";
  return base / "ccloud/known_hosts";
}

PoolOptions default_pool_options() {
  PoolOptions options;
  options.host_keys = default_host_keys();
  options.home = home_folder();
  return options;
}

namespace {

/// Last, as OpenSSH does: a node whose keys are about to change may still know only these.
void add_default_keys(Route& route, const std::filesystem::path& home) {
  if (home.empty()) return;
  for (const auto* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
    const auto file = (home / ".ssh" / name).string();
    std::error_code ignored;
    const bool is_named = std::ranges::find(route.identities, file) != route.identities.end();
    if (!is_named && std::filesystem::exists(file, ignored)) route.identities.push_back(file);
  }
}

}  // namespace

Result<Route> resolve_route(const Target& target, const SshConfig& config,
                            const PoolOptions& options) {
  std::vector<std::string> names{target.host};
  if (!target.name.empty() && target.name != target.host) names.insert(names.begin(), target.name);
  const auto by_any = config.resolve(names, target.user.value_or(""));
  Route route;
  // A HostName for the node's name is older than what the cloud just said; one for the address or
  // name that is to be reached is an alias and counts.
  route.host =
      config.resolve({target.host}, target.user.value_or("")).host_name.value_or(target.host);
  route.port = target.port.value_or(by_any.port.value_or(22));
  const auto fallback = options.default_user.empty() ? local_user() : options.default_user;
  route.user = target.user.value_or(by_any.user.value_or(fallback));
  route.identities = target.identities;
  if (!target.has_identity) {
    for (const auto& file : by_any.identity_files) {
      if (std::ranges::find(route.identities, file) == route.identities.end()) {
        route.identities.push_back(file);
      }
    }
  }
  const bool is_open = !target.has_identity && !by_any.identities_only;
  if (is_open || route.identities.empty()) add_default_keys(route, options.home);
  route.uses_agent = options.uses_agent && !target.has_identity && !by_any.identities_only &&
                     by_any.identity_agent != "none";
  if (by_any.identity_agent && by_any.identity_agent != "none" &&
      by_any.identity_agent != "SSH_AUTH_SOCK") {
    route.agent_socket = *by_any.identity_agent;
  }
  route.is_strict = by_any.is_strict;
  route.user_known_hosts = by_any.user_known_hosts.value_or("");
  route.host_key_alias = alias_of(target, route);
  if (target.bastion) {
    Hop hop = *target.bastion;
    const auto extra = config.resolve({hop.host}, hop.user);
    hop.host = extra.host_name.value_or(hop.host);
    if (hop.user.empty()) hop.user = extra.user.value_or(route.user);
    route.jumps.push_back(hop);
  } else if (by_any.proxy_command) {
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("{}: ssh_config has a ProxyCommand for it, which ccloud's own ssh "
                    "cannot use",
                    target.name),
        "use ProxyJump, or ssh.bastion in the config; `ccloud ssh` can use it");
  } else if (by_any.proxy_jump && to_lower(*by_any.proxy_jump) != "none") {
    auto hops = jumps_of(*by_any.proxy_jump, config);
    if (!hops.has_value()) return hops.error();
    for (auto& hop : *hops) {
      if (hop.user.empty()) hop.user = route.user;
    }
    route.jumps = std::move(*hops);
  }
  return route;
}

}  // namespace ccloud::ssh
