// Plain search: messages are for people and change, so nothing depends on more than a phrase.
#include "cloud/said.h"

#include "base/text.h"

namespace ccloud::cloud {

std::string first_line(std::string_view message) {
  std::string line(trim(message.substr(0, message.find_first_of("\r\n"))));
  while (line.ends_with('.')) line.pop_back();
  return line;
}

std::string quoted_after(std::string_view message, std::string_view before) {
  const auto at = message.find(before);
  if (at == std::string_view::npos) return {};
  const auto rest = message.substr(at + before.size());
  const auto end = rest.find('\'');
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

}  // namespace ccloud::cloud
