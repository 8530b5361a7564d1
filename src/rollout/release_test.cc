// What a release is made of: the modes of its files, its fingerprint, its unit.
#include "rollout/release.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace ccloud::rollout {
namespace {

using std::filesystem::perms;
using ::testing::HasSubstr;

constexpr auto readable = perms::owner_read | perms::owner_write | perms::group_read;

class ReleaseTest : public ::testing::Test {
 public:
  ReleaseTest() {
    folder_ = std::filesystem::temp_directory_path() /
              ("release_test-" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::ofstream(program()) << "#!/bin/sh\necho hello\n";
    set_mode(readable);
    service_.name = "web";
    service_.dir = "/opt/web";
    service_.run = "./program";
  }
  ~ReleaseTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path program() const { return folder_ / "program"; }
  void set_mode(perms mode) const { std::filesystem::permissions(program(), mode); }

  Release made(const std::filesystem::path& path) {
    service_.artifact = config::Artifact{};
    service_.artifact->path = path.string();
    async::Loop loop;
    return *loop.run(make_release(Context(loop), service_, "1.0", Tools{}));
  }
  static std::uint32_t mode_of(const Release& release, const std::string& name) {
    const auto at = std::ranges::find(release.files, name,
                                      [](const auto& source) { return source.entry.path; });
    return at == release.files.end() ? 0 : at->entry.mode;
  }

  std::filesystem::path folder_;
  config::Service service_;
};

TEST_F(ReleaseTest, ASingleFileArrivesExecutable) {
  EXPECT_EQ(mode_of(made(program()), "program"), 0755U);
}

TEST_F(ReleaseTest, AnArchiveStaysAsItIs) {
  const auto archive = folder_ / "program.tar.gz";
  std::filesystem::rename(program(), archive);
  std::filesystem::permissions(archive, readable);
  EXPECT_EQ(mode_of(made(archive), "program.tar.gz"), 0640U);
}

TEST_F(ReleaseTest, InADirectoryTheExecutableBitMakesAnotherRelease) {
  const auto plain = made(folder_);
  EXPECT_EQ(mode_of(plain, "program"), 0640U);
  set_mode(readable | perms::owner_exec);
  const auto executable = made(folder_);
  EXPECT_EQ(mode_of(executable, "program"), 0740U);
  EXPECT_NE(plain.fingerprint, executable.fingerprint);
  set_mode(readable);
  EXPECT_EQ(made(folder_).fingerprint, plain.fingerprint);
}

TEST(UnitFile, QuotesThePathForSystemd) {
  const auto unit = [](const std::string& dir) {
    return script::unit_file({.service = "web", .dir = dir, .user = "app"});
  };
  EXPECT_THAT(unit("/opt/web"),
              HasSubstr("\nExecStart=/bin/sh \"/opt/web/current/.ccloud/run\"\nUser=app\n"));
  EXPECT_THAT(unit("/srv/my zip%h"),
              HasSubstr("\nExecStart=/bin/sh \"/srv/my zip%%h/current/.ccloud/run\"\n"));
  EXPECT_THAT(unit(R"(/srv/it's "$x" \n;)"), HasSubstr("\nExecStart=/bin/sh \""
                                                       R"(/srv/it's \"$$x\" \\n;)"
                                                       "/current/.ccloud/run\"\n"));
}

// A service that works where there is no systemd may fail under its unit: its author must find why.
TEST(UnitFile, WhatItForbidsIsDocumented) {
  std::ifstream page(CCLOUD_SOURCE_DIR "/docs/config.md");
  const std::string docs{std::istreambuf_iterator<char>(page), {}};
  int count = 0;
  for (const auto& line : split(script::unit_file({.service = "web", .dir = "/opt/web"}), '\n')) {
    const auto name = line.substr(0, line.find('='));
    for (const auto* kind : {"No", "Private", "Protect", "Restrict", "Lock", "Limit"}) {
      if (!name.starts_with(kind)) continue;
      const bool is_plain = line.ends_with("=yes");
      EXPECT_THAT(docs, HasSubstr("`" + std::string(is_plain ? name : line) + "`"));
      ++count;
    }
  }
  EXPECT_GE(count, 9);
}

}  // namespace
}  // namespace ccloud::rollout
