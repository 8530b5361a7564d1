#include "config/testing/marked.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace ccloud::config::testing {
namespace {

constexpr std::string_view opener = "\u00AB";
constexpr std::string_view closer = "\u00BB";
constexpr std::string_view arrow = "\u2192";

/// Parts that most cases share.
constexpr std::pair<std::string_view, std::string_view> macros[] = {
    {"$ssh", R"("ssh":{"keys":["keys/anna.pub"]},)"
             R"("network":{"allow":[{"tcp":22,"from":"203.0.113.0/24"}]})"},
    {"$img", R"("image":"debian-12","size":{"cpu":2,"memory":"4GiB"})"},
    {"$us", R"("provider":"aws","region":"us-east-1")"},
};

Case parse_case(const std::string& head, std::string body) {
  for (const auto& [macro, meaning] : macros) body = replace_all(body, macro, meaning);
  const auto words = split(head, ' ');
  Case out{.name = words[0],
           .environment = words.size() > 2 ? words[2] : "",
           .text = "",
           .expected = {}};
  while (true) {
    const auto open = body.find(opener);
    out.text += body.substr(0, open);
    if (open == std::string::npos) break;
    const auto close = body.find(closer, open);
    const auto mark = body.substr(open + opener.size(), close - open - opener.size());
    const auto at = mark.find(arrow);
    Expected expected{static_cast<std::uint32_t>(out.text.size()), mark.substr(0, at), {}};
    if (at != std::string::npos) expected.suggestion = mark.substr(at + arrow.size());
    out.expected.push_back(std::move(expected));
    body.erase(0, close + closer.size());
  }
  std::ranges::sort(out.expected);
  return out;
}

}  // namespace

std::vector<Case> cases_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<Case> out;
  for (std::size_t at = text.find("=== "); at != std::string::npos;) {
    const auto line_end = text.find('\n', at);
    const auto next = text.find("\n=== ", line_end);
    const auto end = next == std::string::npos ? text.size() : next + 1;
    out.push_back(parse_case(text.substr(at + 4, line_end - at - 4),
                             text.substr(line_end + 1, end - line_end - 1)));
    at = next == std::string::npos ? next : next + 1;
  }
  return out;
}

}  // namespace ccloud::config::testing
