// The files ~/.aws/config and ~/.aws/credentials: INI text to settings. Reads no file itself.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ccloud::aws {

/// Keys in lower case; of a nested block the keys are "outer.inner".
using Section = std::map<std::string, std::string>;

/// Section names as written: "default", "profile prod", "sso-session corp".
std::map<std::string, Section> parse_ini(std::string_view text);

/// What both files say of one profile, kept apart where it matters who said it.
struct Profile {
  std::string name;
  bool exists = false;
  Section credentials;  ///< of the credentials file
  Section config;       ///< of the config file

  /// The config file's value, else the credentials file's; "" when neither has it.
  std::string get(const std::string& key) const;
};

Profile find_profile(const std::string& name, const std::map<std::string, Section>& config,
                     const std::map<std::string, Section>& credentials);

}  // namespace ccloud::aws
