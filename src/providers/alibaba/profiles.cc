// Keys as the command line writes them into its file; modes in any case and with or without
// underscores, which the two files spell differently.
#include "providers/alibaba/profiles.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"

namespace ccloud::alibaba {
namespace {

struct Row {
  std::string_view name;
  Mode mode;
};

constexpr std::array modes = {
    Row{"", Mode::keys},
    Row{"ak", Mode::keys},
    Row{"accesskey", Mode::keys},
    Row{"ststoken", Mode::keys},
    Row{"sts", Mode::keys},
    Row{"cloudsso", Mode::cached},
    Row{"oauth", Mode::cached},
    Row{"ramrolearn", Mode::role},
    Row{"chainableramrolearn", Mode::chained_role},
    Row{"oidc", Mode::oidc_role},
    Row{"oidcrolearn", Mode::oidc_role},
    Row{"ecsramrole", Mode::machine},
    Row{"external", Mode::command},
    Row{"credentialsuri", Mode::uri},
};

}  // namespace

Mode mode_of(const Profile& profile) {
  const auto name = replace_all(to_lower(profile.mode), "_", "");
  const auto row = std::ranges::find(modes, name, &Row::name);
  return row == modes.end() ? Mode::not_supported : row->mode;
}

Profile read_profile(json::Value one) {
  return {.mode = one.get("mode").string_or("AK"),
          .id = one.get("access_key_id").string_or(),
          .secret = one.get("access_key_secret").string_or(),
          .token = one.get("sts_token").string_or(),
          .role_arn = one.get("ram_role_arn").string_or(),
          .session_name = one.get("ram_session_name").string_or(),
          .external_id = one.get("external_id").string_or(),
          .source_profile = one.get("source_profile").string_or(),
          .ram_role = one.get("ram_role_name").string_or(),
          .oidc_provider_arn = one.get("oidc_provider_arn").string_or(),
          .oidc_token_file = one.get("oidc_token_file").string_or(),
          .command = one.get("process_command").string_or(),
          .uri = one.get("credentials_uri").string_or(),
          .role_seconds = one.get("expired_seconds").int_or(0),
          .expires = one.get("sts_expiration").int_or(0),
          .region = one.get("region_id").string_or()};
}

std::optional<Profile> profile_from_json(std::string_view text, std::string_view name) {
  const auto document = json::parse(text);
  if (!document) return std::nullopt;
  const auto root = document->root();
  const std::string wanted =
      name.empty() ? root.get("current").string_or("default") : std::string(name);
  for (const auto& one : root.get("profiles").items()) {
    if (one.get("name").string_or() == wanted) return read_profile(one);
  }
  return std::nullopt;
}

std::optional<Profile> profile_from_ini(std::string_view text, std::string_view name) {
  const std::string wanted = name.empty() ? "default" : std::string(name);
  std::map<std::string, std::string> keys;
  bool is_inside = false;
  bool is_there = false;
  for (const auto& line : split(text, '\n')) {
    const auto clean = trim(line);
    if (clean.empty() || clean.front() == '#' || clean.front() == ';') continue;
    if (clean.front() == '[') {
      is_inside = trim(clean.substr(1, clean.find(']') - 1)) == wanted;
      is_there |= is_inside;
      continue;
    }
    const auto equal = clean.find('=');
    if (is_inside && equal != std::string_view::npos) {
      keys[std::string(trim(clean.substr(0, equal)))] = trim(clean.substr(equal + 1));
    }
  }
  if (!is_there) return std::nullopt;
  return Profile{.mode = keys["type"],
                 .id = keys["access_key_id"],
                 .secret = keys["access_key_secret"],
                 .token = keys["security_token"],
                 .role_arn = keys["role_arn"],
                 .session_name = keys["role_session_name"],
                 .external_id = keys["external_id"],
                 .source_profile = {},
                 .ram_role = keys["role_name"],
                 .oidc_provider_arn = keys["oidc_provider_arn"],
                 .oidc_token_file = keys["oidc_token_file_path"],
                 .command = {},
                 .uri = {},
                 .role_seconds = 0,
                 .expires = 0,
                 .region = {}};
}

}  // namespace ccloud::alibaba
