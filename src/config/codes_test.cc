// Every diagnostic code three times (testdata/codes): found, with its whole message, place, pointer
// and suggestion; not found in a near miss; found together with others.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "config/explain.h"
#include "config/testing/load_text.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

fs::path directory() { return fs::path(CCLOUD_SOURCE_DIR) / "src/config/testdata/codes"; }

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, std::string> sections(const std::string& text) {
  std::map<std::string, std::string> out;
  std::string name;
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("=== "))
      name = line.substr(4);
    else
      out[name] += line + "\n";
  }
  return out;
}

/// The files that the cases name.
void make_files(const TempDir& dir) {
  dir.write("keys/anna.pub", std::string(testing::public_key) + "\n");
  const std::string begin = "-----BEGIN OPENSSH " + std::string("PRIVATE KEY-----\n");
  dir.write("keys/anna", begin + "AAAA\n");
  dir.write("keys/other", begin + "AAAA\n");
  dir.write("keys/empty.pub", "\n# nothing\n");
  dir.write("keys/noise.pub", "hello\n");
  for (const int size : {16384, 16385, 40000, 49153})
    dir.write(fmt::format("data/{}", size), std::string(static_cast<std::size_t>(size), 'x'));
  std::string program(
      "\x7F"
      "ELF\x02\x01\x01",
      7);
  program.resize(64);
  program[18] = static_cast<char>(183);
  dir.write("program-arm", program);
}

LoadResult load_case(const TempDir& dir, const std::string& text) {
  return load_text(text, dir.path() + "/ccloud.json", "",
                   {.home = dir.path(), .today = "2027-07-01"});
}

std::string shown(const TempDir& dir, const LoadResult& result) {
  std::string out = diag::render(result.diagnostics);
  for (const auto& item : result.diagnostics.items())
    out += fmt::format("{} at {}{}\n", item.code, item.pointer.empty() ? "(root)" : item.pointer,
                       item.suggestion ? fmt::format(" -> {}", *item.suggestion) : "");
  return replace_all(out, dir.path() + "/", "");
}

bool has(const LoadResult& result, std::string_view code) {
  const auto& items = result.diagnostics.items();
  return std::ranges::find(items, code, &diag::Diagnostic::code) != items.end();
}

class Codes : public ::testing::TestWithParam<std::string> {};

TEST_P(Codes, FoundNotFoundTogether) {
  const std::string& code = GetParam();
  const TempDir dir;
  make_files(dir);
  const auto cases = sections(read(directory() / (code + ".txt")));
  std::string golden;
  for (const char* name : {"found", "near", "together"}) {
    ASSERT_TRUE(cases.contains(name)) << name;
    const auto result = load_case(dir, cases.at(name));
    golden += fmt::format("=== {}\n{}", name, shown(dir, result));
    EXPECT_EQ(has(result, code), std::string_view(name) != "near") << name << "\n"
                                                                   << shown(dir, result);
    if (std::string_view(name) == "found") {
      for (const auto& item : result.diagnostics.items()) EXPECT_EQ(item.code, code);
    }
    if (std::string_view(name) == "together") EXPECT_GT(result.diagnostics.items().size(), 1U);
  }
  const auto path = directory() / (code + ".golden");
  if (std::getenv("CCLOUD_ACCEPT") != nullptr) std::ofstream(path, std::ios::binary) << golden;
  EXPECT_EQ(read(path), golden);
}

std::vector<std::string> all_codes() {
  const std::set<std::string_view> online = {"quota", "online", "unknown-network"};
  std::vector<std::string> out;
  for (const auto& each : explanations())
    if (!online.contains(each.code)) out.emplace_back(each.code);  // of those only a cloud can tell
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, Codes, ::testing::ValuesIn(all_codes()), [](const auto& param_info) {
  return replace_all(param_info.param, "-", "_");
});

}  // namespace
}  // namespace ccloud::config
