#include "ssh/ssh_config.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include "base/text.h"

namespace ccloud::ssh {

namespace {

constexpr std::size_t max_file = std::size_t{1} << 20;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(max_file, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return text;
}

/// Words, with double quotes; `key=value` and `key value` are the same.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool is_quoted = false, has_word = false;
  for (const char c : line) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || (c == '=' && words.empty());
    if (c == '"') {
      is_quoted = !is_quoted;
      has_word = true;
    } else if (is_blank && !is_quoted) {
      if (has_word) words.push_back(std::exchange(word, {}));
      has_word = false;
    } else if (c == '#' && !is_quoted && !has_word) {
      break;
    } else {
      // "key = value": the sign by itself is no word.
      if (c == '=' && !has_word && words.size() == 1) continue;
      word += c;
      has_word = true;
    }
  }
  if (has_word) words.push_back(word);
  return words;
}

bool matches_any(const std::vector<std::string>& patterns, const std::vector<std::string>& names) {
  bool any = false;
  for (const auto& written : patterns) {
    for (const auto& pattern : split(written, ',')) {
      const bool is_negated = pattern.starts_with('!');
      const auto bare = std::string_view(pattern).substr(is_negated ? 1 : 0);
      for (const auto& name : names) {
        if (!glob_match(to_lower(bare), to_lower(name))) continue;
        if (is_negated) return false;
        any = true;
      }
    }
  }
  return any;
}

/// What is not understood (exec, localnetwork, ...) does not match: nothing is loosened by it.
bool match_line(const std::vector<std::string>& words, const std::vector<std::string>& names,
                const std::string& user) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto kind = to_lower(words[i]);
    if (kind == "all") continue;
    if (i + 1 >= words.size()) return false;
    const std::vector<std::string> argument{words[++i]};
    if (kind == "host" || kind == "originalhost") {
      if (!matches_any(argument, names)) return false;
    } else if (kind == "user") {
      if (!matches_any(argument, {user})) return false;
    } else {
      return false;
    }
  }
  return !words.empty();
}

template <class T>
void first_wins(std::optional<T>& slot, T value) {
  if (!slot.has_value()) slot = std::move(value);
}

std::string local_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? "" : entry->pw_name;
}

}  // namespace

SshConfig SshConfig::load(const std::filesystem::path& home, const std::filesystem::path& system) {
  SshConfig config;
  config.home_ = home;
  if (!home.empty()) config.read(read_text(home / ".ssh/config"), home / ".ssh", 0);
  // A Host or Match block of the user's file does not reach into the system's.
  config.lines_.push_back({"host", {"*"}});
  if (!system.empty()) config.read(read_text(system), system.parent_path(), 0);
  return config;
}

SshConfig SshConfig::parse(std::string_view text, const std::filesystem::path& home) {
  SshConfig config;
  config.home_ = home;
  config.read(text, home / ".ssh", 0);
  return config;
}

void SshConfig::read(std::string_view text, const std::filesystem::path& folder, int depth) {
  if (depth > 16) return;
  std::istringstream in{std::string(text)};
  std::string raw;
  while (std::getline(in, raw)) {
    auto words = words_of(raw);
    if (words.empty()) continue;
    Line line{to_lower(words.front()), {words.begin() + 1, words.end()}};
    if (line.key == "include") {
      for (const auto& pattern : line.words) include(pattern, folder, depth);
    } else {
      lines_.push_back(std::move(line));
    }
  }
}

void SshConfig::include(const std::string& pattern, const std::filesystem::path& folder,
                        int depth) {
  const auto path = expand(pattern, "", {});
  const auto full = path.starts_with('/') ? path : (folder / path).string();
  // What an included file opens with Host ends with the file.
  Line around{"host", {"*"}};
  for (const auto& line : lines_) {
    if (line.key == "host" || line.key == "match") around = line;
  }
  glob_t found{};
  if (::glob(full.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      read(read_text(found.gl_pathv[i]), folder, depth + 1);
      lines_.push_back(around);
    }
  }
  ::globfree(&found);
}

std::string SshConfig::expand(std::string text, const std::string& host,
                              const HostOptions& options) const {
  if (text.starts_with("~/")) text = home_.string() + text.substr(1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case '%':
        out += '%';
        break;
      case 'd':
        out += home_.string();
        break;
      case 'h':
        out += host;
        break;
      case 'n':
        out += host;
        break;
      case 'p':
        out += std::to_string(options.port.value_or(22));
        break;
      case 'r':
        out += options.user.value_or("");
        break;
      case 'u':
        out += local_user();
        break;
      default:
        out += {'%', text[i]};
    }
  }
  return out;
}

HostOptions SshConfig::resolve(const std::vector<std::string>& names,
                               const std::string& user) const {
  HostOptions found;
  std::optional<std::string> strict, only;
  bool is_active = true;
  for (const auto& [key, words] : lines_) {
    if (key == "host") {
      is_active = matches_any(words, names);
      continue;
    }
    if (key == "match") {
      is_active = match_line(words, names, found.user.value_or(user));
      continue;
    }
    if (!is_active || words.empty()) continue;
    const auto& value = words.front();
    if (key == "hostname") {
      first_wins(found.host_name, value);
    } else if (key == "port") {
      const auto number = parse_int(value);
      if (number && *number > 0 && *number < 65536) {
        first_wins(found.port, static_cast<std::uint16_t>(*number));
      }
    } else if (key == "user") {
      first_wins(found.user, value);
    } else if (key == "identityfile") {
      found.identity_files.push_back(value);
    } else if (key == "identitiesonly") {
      first_wins(only, to_lower(value));
    } else if (key == "identityagent") {
      first_wins(found.identity_agent, value);
    } else if (key == "proxyjump") {
      if (!found.proxy_command) first_wins(found.proxy_jump, value);
    } else if (key == "proxycommand") {
      if (!found.proxy_jump) first_wins(found.proxy_command, join(words, " "));
    } else if (key == "stricthostkeychecking") {
      first_wins(strict, to_lower(value));
    } else if (key == "userknownhostsfile") {
      first_wins(found.user_known_hosts, value);
    }
  }
  const auto& name = names.empty() ? std::string() : names.front();
  if (found.host_name) found.host_name = expand(*found.host_name, name, found);
  const auto host = found.host_name.value_or(name);
  for (auto& file : found.identity_files) file = expand(file, host, found);
  if (found.identity_agent) found.identity_agent = expand(*found.identity_agent, host, found);
  if (found.user_known_hosts) found.user_known_hosts = expand(*found.user_known_hosts, host, found);
  found.identities_only = only == "yes";
  found.is_strict = strict == "yes";
  if (found.proxy_command && to_lower(*found.proxy_command) == "none") found.proxy_command.reset();
  return found;
}

std::optional<JumpHost> parse_jump(std::string_view text) {
  if (text.starts_with("ssh://")) text.remove_prefix(6);
  JumpHost jump;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    jump.user = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  auto port = std::string_view();
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    jump.host = text.substr(1, end - 1);
    if (end + 1 < text.size() && text[end + 1] == ':') port = text.substr(end + 2);
  } else {
    const auto colon = text.find(':');
    jump.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  if (!port.empty()) {
    const auto number = parse_int(port);
    if (!number || *number < 1 || *number > 65535) return std::nullopt;
    jump.port = static_cast<std::uint16_t>(*number);
  }
  if (jump.host.empty()) return std::nullopt;
  return jump;
}

}  // namespace ccloud::ssh
