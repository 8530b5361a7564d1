#include "cli/openssh.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ssh/host_keys.h"

namespace ccloud::cli {
namespace {

/// The file of host keys that ccloud's commands share, then the user's own.
std::string known_hosts(const ssh::PoolOptions& options) {
  const auto file = std::filesystem::absolute(options.host_keys).string();
  return fmt::format("\"{}\" ~/.ssh/known_hosts", file);
}

std::string strictness(bool is_strict) { return is_strict ? "yes" : "accept-new"; }

/// An ssh of its own to the bastion, since -J would know neither our host keys nor the identities.
std::string proxy_command(const ssh::Target& target, const ssh::PoolOptions& options,
                          bool is_strict) {
  const ssh::Hop& hop = *target.bastion;
  const auto alias =
      ssh::HostKeys::alias(hop.port == 22 ? hop.host : fmt::format("[{}]:{}", hop.host, hop.port));
  std::vector<std::string> words{"ssh", "-p", std::to_string(hop.port)};
  const auto user = hop.user.empty() ? target.user.value_or("") : hop.user;
  if (!user.empty()) words.insert(words.end(), {"-l", user});
  for (const auto& file : target.identities) words.insert(words.end(), {"-i", file});
  if (target.has_identity) words.insert(words.end(), {"-o", "IdentitiesOnly=yes"});
  for (const auto& option : {"HostKeyAlias=" + alias, "UserKnownHostsFile=" + known_hosts(options),
                             "StrictHostKeyChecking=" + strictness(is_strict)}) {
    words.insert(words.end(), {"-o", option});
  }
  std::string line;
  for (const auto& word : words) line += shell_quote(replace_all(word, "%", "%%")) + " ";
  return line + "-W '[%h]:%p' " + shell_quote(hop.host);
}

}  // namespace

bool asks_strictly(const ssh::Target& target, const ssh::SshConfig& config,
                   const ssh::PoolOptions& options) {
  const auto route = ssh::resolve_route(target, config, options);
  return route && route->is_strict;
}

std::vector<SshOption> openssh_options(const ssh::Target& target, const ssh::PoolOptions& options,
                                       bool is_strict) {
  std::vector<SshOption> all{{"HostKeyAlias", ssh::HostKeys::alias(target.instance_id)},
                             {"UserKnownHostsFile", known_hosts(options)},
                             {"StrictHostKeyChecking", strictness(is_strict)}};
  if (target.bastion) {
    all.push_back({"ProxyCommand", proxy_command(target, options, is_strict)});
  }
  return all;
}

}  // namespace ccloud::cli
