// Configs that hold what is expected of them: before each value that must be complained about
// stands «code» or «code→suggestion» (testdata/marked). Everything else must pass in silence.
#include "config/testing/marked.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/testing/load_text.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

namespace fs = std::filesystem;
using testing::Case;
using testing::Expected;
using testing::TempDir;

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
    for (const auto& one : testing::cases_of(entry.path())) {
      judge(one, dir);
      ++count;
    }
  EXPECT_GE(count, 290U);
}

}  // namespace
}  // namespace ccloud::config
