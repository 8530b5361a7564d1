// INI as the vendor's tools read it: `#` and `;` start comments, indented lines belong to the key
// above them.
#include "providers/aws/profile.h"

#include "base/text.h"

namespace ccloud::aws {
namespace {

/// A comment after a value needs a blank before it: keys may contain '#'.
std::string_view without_comment(std::string_view value) {
  for (const auto mark : {" #", " ;", "\t#", "\t;"}) {
    value = value.substr(0, value.find(mark));
  }
  return trim(value);
}

}  // namespace

std::map<std::string, Section> parse_ini(std::string_view text) {
  std::map<std::string, Section> sections;
  std::string current;
  std::string outer;
  for (const auto& raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const auto close = line.find(']');
      if (close == std::string_view::npos) continue;
      current = trim(line.substr(1, close - 1));
      sections[current];
      outer.clear();
      continue;
    }
    const auto equal = line.find('=');
    if (equal == std::string_view::npos || current.empty()) continue;
    const std::string key = to_lower(trim(line.substr(0, equal)));
    const std::string value(without_comment(line.substr(equal + 1)));
    const bool is_nested = (raw.front() == ' ' || raw.front() == '\t') && !outer.empty();
    if (is_nested) {
      sections[current][outer + "." + key] = value;
    } else {
      sections[current][key] = value;
      outer = value.empty() ? key : std::string();
    }
  }
  return sections;
}

std::string Profile::get(const std::string& key) const {
  const auto found = config.find(key);
  if (found != config.end()) return found->second;
  const auto other = credentials.find(key);
  return other == credentials.end() ? std::string() : other->second;
}

Profile find_profile(const std::string& name, const std::map<std::string, Section>& config,
                     const std::map<std::string, Section>& credentials) {
  Profile profile;
  profile.name = name;
  auto found = config.find("profile " + name);
  if (found == config.end() && name == "default") found = config.find(name);
  if (found != config.end()) {
    profile.exists = true;
    profile.config = found->second;
  }
  const auto keys = credentials.find(name);
  if (keys != credentials.end()) {
    profile.exists = true;
    profile.credentials = keys->second;
  }
  return profile;
}

}  // namespace ccloud::aws
