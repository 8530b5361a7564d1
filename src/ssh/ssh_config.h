// The user's ssh_config, as far as ccloud honours it (README.md). Reads text; opens no connection
// and runs nothing: `Match exec` never matches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ccloud::ssh {

struct HostOptions {
  std::optional<std::string> host_name;
  std::optional<std::uint16_t> port;
  std::optional<std::string> user;
  std::vector<std::string> identity_files;  ///< `~` and tokens expanded
  bool identities_only = false;
  std::optional<std::string> identity_agent;  ///< a socket; "none" for no agent
  std::optional<std::string> proxy_jump;      ///< [user@]host[:port][,...]; "none" for none
  std::optional<std::string> proxy_command;
  bool is_strict = false;  ///< StrictHostKeyChecking yes: an unknown host is refused
  std::optional<std::string> user_known_hosts;
};

class SshConfig {
 public:
  SshConfig() = default;
  /// The user's file and the system's, both optional. `home` for `~` and relative includes.
  static SshConfig load(const std::filesystem::path& home,
                        const std::filesystem::path& system = "/etc/ssh/ssh_config");
  static SshConfig parse(std::string_view text, const std::filesystem::path& home);

  /// What holds for a host that the user may call by any of these names.
  HostOptions resolve(const std::vector<std::string>& names, const std::string& user = {}) const;

 private:
  struct Line {
    std::string key;  // lower case
    std::vector<std::string> words;
  };
  void read(std::string_view text, const std::filesystem::path& folder, int depth);
  void include(const std::string& pattern, const std::filesystem::path& folder, int depth);
  std::string expand(std::string text, const std::string& host, const HostOptions& options) const;

  std::filesystem::path home_;
  std::vector<Line> lines_;
};

/// "[user@]host[:port]", also with an IPv6 address in brackets.
struct JumpHost {
  std::string user;
  std::string host;
  std::optional<std::uint16_t> port;
};
std::optional<JumpHost> parse_jump(std::string_view text);

}  // namespace ccloud::ssh
