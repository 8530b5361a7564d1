// Profiles of the vendor's command line (~/.aliyun/config.json) and of its libraries
// (~/.alibabacloud/credentials), as data. No network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/reader.h"

namespace ccloud::alibaba {

/// How a profile comes to its keys.
enum class Mode {
  keys,          ///< AK, StsToken: they stand in it
  cached,        ///< CloudSSO, OAuth: likewise, put there by a log-in and good for a while
  role,          ///< RamRoleArn: a role by the profile's own keys
  chained_role,  ///< ChainableRamRoleArn: a role by another profile's keys
  oidc_role,     ///< OIDC: a role by a token in a file
  machine,       ///< EcsRamRole: the role of the machine
  command,       ///< External: a command prints a profile
  uri,           ///< CredentialsURI
  not_supported,
};

struct Profile {
  std::string mode;  ///< as written
  std::string id, secret, token;
  std::string role_arn, session_name, external_id, source_profile;
  std::string ram_role;  ///< of the machine
  std::string oidc_provider_arn, oidc_token_file;
  std::string command, uri;
  std::int64_t role_seconds = 0;  ///< 0: the cloud's own hour
  std::int64_t expires = 0;       ///< cached keys: seconds since 1970
  std::string region;
};

Mode mode_of(const Profile& profile);

/// nullopt when the file has no such profile; `name` empty: its current one.
std::optional<Profile> profile_from_json(std::string_view text, std::string_view name);
std::optional<Profile> profile_from_ini(std::string_view text, std::string_view name);
/// One object of the file's `profiles`; also what an External command prints.
Profile read_profile(json::Value one);

}  // namespace ccloud::alibaba
