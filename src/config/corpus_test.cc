// Whole files: realistic ones without a false alarm, and one with thirty mistakes, all found in one
// run and nothing else.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/format.h"
#include "config/testing/load_text.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

fs::path testdata() { return fs::path(CCLOUD_SOURCE_DIR) / "src/config/testdata"; }

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void make_files(const TempDir& dir) {
  dir.write("keys/anna.pub", std::string(testing::public_key) + "\n");
  dir.write("keys/anna", "-----BEGIN OPENSSH " + std::string("PRIVATE KEY-----\nAAAA\n"));
  std::string script = "#!/bin/sh\n";
  while (script.size() < 15000) script += "echo \"a line of a long script\" >> /var/log/boot\n";
  dir.write("data/boot.sh", script);
}

TEST(Corpus, RealisticConfigsRaiseNoFalseAlarm) {
  const TempDir dir;
  make_files(dir);
  int count = 0;
  for (const auto& entry : fs::directory_iterator(testdata() / "valid")) {
    ++count;
    const std::string text = read(entry.path());
    std::vector<std::string> environments{""};
    if (text.find("\"environments\"") != std::string::npos) environments = {"prod", "dev"};
    for (const auto& environment : environments) {
      const auto result = load_text(text, dir.path() + "/ccloud.json", environment,
                                    {.home = dir.path(), .today = "2026-11-01"});
      EXPECT_TRUE(result.config && result.diagnostics.empty()) << entry.path().filename() << "\n"
                                                               << diag::render(result.diagnostics);
    }
    const auto once = format_config(text, "x").text.value_or("");
    EXPECT_EQ(format_config(once, "x").text, once) << entry.path();
  }
  EXPECT_GE(count, 10);
}

TEST(Corpus, ThirtyMistakesInOneRun) {
  const TempDir dir;
  make_files(dir);
  const auto result = load_text(read(testdata() / "mistakes.json"), dir.path() + "/ccloud.json", "",
                                {.home = dir.path(), .today = "2026-11-01"});
  EXPECT_FALSE(result.config);
  std::string found;
  std::set<std::string> kinds;
  for (std::size_t i = 0; i < result.diagnostics.items().size(); ++i) {
    found += testing::short_lines(result)[i] + "\n";
    kinds.insert(result.diagnostics.items()[i].code);
  }
  const auto golden = testdata() / "mistakes.golden";
  if (std::getenv("CCLOUD_ACCEPT") != nullptr) std::ofstream(golden, std::ios::binary) << found;
  EXPECT_EQ(read(golden), found) << diag::render(result.diagnostics);
  EXPECT_EQ(result.diagnostics.items().size(), 30U);
  EXPECT_GE(kinds.size(), 20U);
}

}  // namespace
}  // namespace ccloud::config
