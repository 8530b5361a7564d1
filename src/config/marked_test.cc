// Configs that hold what is expected of them: before each value that must be complained about
// stands «code» or «code→suggestion» (testdata/marked). Everything else must pass in silence.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "config/testing/load_text.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

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

struct Expected {
  std::uint32_t offset = 0;
  std::string code;
  std::optional<std::string> suggestion;  ///< none: whatever it is

  auto operator<=>(const Expected&) const = default;
};

struct Case {
  std::string name;
  std::string environment;
  std::string text;  ///< without the marks
  std::vector<Expected> expected;
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

/// "=== NAME [-e ENVIRONMENT]", then the text up to the next one.
std::vector<Case> cases_of(const fs::path& path) {
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

void make_files(const TempDir& dir) {
  const std::string begin = "-----BEGIN OPENSSH " + std::string("PRIVATE KEY-----\nAAAA\n");
  dir.write("keys/anna.pub", std::string(testing::public_key) + "\n");
  dir.write("keys/anna", begin);
}

std::string show(const Case& one, std::uint32_t offset, std::string_view code,
                 std::string_view suggestion) {
  const diag::SourceFile file("x", one.text);
  const auto at = file.position(offset);
  return fmt::format("{}:{} {} {}\n", at.line, at.column, code, suggestion);
}

void judge(const Case& one, const TempDir& dir) {
  const auto result = load_text(one.text, dir.path() + "/ccloud.json", one.environment,
                                {.home = dir.path(), .today = "2026-11-01"});
  const auto& items = result.diagnostics.items();
  std::vector<Expected> found;
  for (const auto& item : items)
    found.push_back({item.span.begin, item.code, item.suggestion.value_or("")});
  std::ranges::sort(found);
  bool is_same = found.size() == one.expected.size();
  for (std::size_t i = 0; is_same && i < found.size(); ++i)
    is_same = found[i].offset == one.expected[i].offset && found[i].code == one.expected[i].code &&
              (!one.expected[i].suggestion || one.expected[i].suggestion == found[i].suggestion);
  std::string wanted;
  for (const auto& each : one.expected)
    wanted += show(one, each.offset, each.code, each.suggestion.value_or("(any)"));
  EXPECT_TRUE(is_same) << one.name << "\nexpected:\n"
                       << wanted << "found:\n"
                       << diag::render(result.diagnostics);
  EXPECT_EQ(result.config.has_value(), !result.diagnostics.has_errors()) << one.name;
}

TEST(Marked, EachProblemAtItsPlaceAndNothingElse) {
  const TempDir dir;
  make_files(dir);
  std::size_t count = 0;
  const auto folder = fs::path(CCLOUD_SOURCE_DIR) / "src/config/testdata/marked";
  for (const auto& entry : fs::directory_iterator(folder))
    for (const auto& one : cases_of(entry.path())) {
      judge(one, dir);
      ++count;
    }
  EXPECT_GE(count, 140U);
}

}  // namespace
}  // namespace ccloud::config
