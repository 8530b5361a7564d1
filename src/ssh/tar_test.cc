#include "ssh/tar.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "ssh/testing/sshd.h"

namespace ccloud::ssh {
namespace {

using testing::TempDir;

std::string stream_of(std::vector<TarSource> sources) {
  TarWriter writer(std::move(sources));
  std::string all;
  while (auto piece = writer.next()) all += *piece;
  EXPECT_FALSE(writer.error());
  return all;
}

TarSource text(const std::string& path, const std::string& content) {
  TarSource source;
  source.entry.path = path;
  source.entry.size = content.size();
  source.content = content;
  return source;
}

TEST(Tar, ReadsWhatItWroteInPiecesOfAnySize) {
  const auto stream = stream_of({text("a", "one"), text("d/" + std::string(200, 'x'), "two"),
                                 text("empty", ""), text("e", std::string(512, 'e'))});
  for (const std::size_t piece : {1U, 7U, 511U, 512U, 513U, 100000U}) {
    TempDir dir;
    TarReader reader(dir.path());
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(reader.feed(std::string_view(stream).substr(at, piece)).has_value());
    }
    ASSERT_TRUE(reader.finish().has_value());
    EXPECT_EQ(reader.digests().size(), 4U);
    EXPECT_EQ(reader.digests().at("a"), sha256_hex("one"));
    EXPECT_EQ(std::filesystem::file_size(dir.path() / "d" / std::string(200, 'x')), 3U);
  }
}

TEST(Tar, TheSystemsTarReadsIt) {
  TempDir dir;
  std::ofstream(dir.path() / "s.tar")
      << stream_of({text("a", "one"), text(std::string(180, 'y'), "2")});
  EXPECT_EQ(testing::run_program("tar -tf " + (dir.path() / "s.tar").string() + " >/dev/null"), 0);
}

TEST(Tar, RefusesNamesThatLeadElsewhere) {
  for (const auto* name : {"../x", "/etc/x", "a/../../x"}) {
    TempDir dir;
    TarReader reader(dir.path());
    const auto fed = reader.feed(stream_of({text(name, "x")}));
    ASSERT_FALSE(fed.has_value()) << name;
    EXPECT_EQ(fed.error().code, ErrorCode::permission_denied);
  }
}

TarSource link_to(const std::string& goal, const std::string& name) {
  TarSource link;
  link.entry = {.kind = TarEntry::Kind::symlink, .path = name, .link = goal};
  return link;
}

TEST(Tar, KeepsLinksAsTheyAreAndWritesThroughNone) {
  TempDir dir;
  std::filesystem::create_directory(dir.path() / "outside");
  const auto into = dir.path() / "into";
  for (int again = 0; again < 2; ++again) {  // the link of the first copy is there at the second
    TarReader reader(into);
    ASSERT_TRUE(
        reader.feed(stream_of({link_to("../outside", "l"), text("l/x", "x"), text("a", "one")}))
            .has_value());
    EXPECT_FALSE(std::filesystem::is_symlink(into / "l"));
    EXPECT_FALSE(reader.finish().has_value());  // a folder that is not empty gives way to no link
    EXPECT_TRUE(std::filesystem::is_empty(dir.path() / "outside"));
  }
  TarReader links(into);
  ASSERT_TRUE(links.feed(stream_of({link_to("/no/where", "broken")})).has_value());
  ASSERT_TRUE(links.finish().has_value());
  EXPECT_EQ(std::filesystem::read_symlink(into / "broken"), "/no/where");
}

TEST(Tar, LeavesNoHalfOfAFile) {
  TempDir dir;
  std::ofstream(dir.path() / "a") << "old";
  const auto stream = stream_of({text("a", std::string(5000, 'x'))});
  {
    TarReader reader(dir.path());
    ASSERT_TRUE(reader.feed(std::string_view(stream).substr(0, 2000)).has_value());
  }
  EXPECT_EQ(std::filesystem::file_size(dir.path() / "a"), 3U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Tar, TellsWhatItLeavesOutAndRefusesItAsASource) {
  TempDir dir;
  std::filesystem::create_directory(dir.path() / "d");
  std::ofstream(dir.path() / "d/file") << "x";
  const auto pipe = dir.path() / "d/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::vector<std::string> skipped;
  const auto found = tar_sources(dir.path() / "d", "d", &skipped);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->size(), 2U);
  EXPECT_THAT(skipped, ::testing::ElementsAre(pipe.string() + " (a pipe)"));
  for (const auto& path : {pipe, std::filesystem::path("/dev/null")}) {
    const auto refused = tar_sources(path, "p");
    ASSERT_FALSE(refused.has_value()) << path;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("only files"));
  }
}

TEST(Tar, ReadsWhatIsThereInAFileThatTellsNoSize) {
  struct stat info{};
  if (::stat("/proc/version", &info) != 0 || info.st_size != 0) GTEST_SKIP() << "no such file";
  const auto found = tar_sources("/proc/version", "v");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  TempDir dir;
  TarReader reader(dir.path());
  ASSERT_TRUE(reader.feed(stream_of(*found)).has_value());
  ASSERT_TRUE(reader.finish().has_value());
  std::string here, there;
  std::getline(std::ifstream("/proc/version"), here);
  std::getline(std::ifstream(dir.path() / "v"), there);
  EXPECT_EQ(here, there);
  EXPECT_FALSE(there.empty());
}

TEST(Tar, NoticesAStreamThatEndsEarlyOrIsBroken) {
  auto stream = stream_of({text("a", "one")});
  TempDir dir;
  TarReader early(dir.path());
  ASSERT_TRUE(early.feed(std::string_view(stream).substr(0, 600)).has_value());
  EXPECT_FALSE(early.finish().has_value());
  stream[3] ^= 1;
  TarReader broken(dir.path());
  EXPECT_FALSE(broken.feed(stream).has_value());
}

}  // namespace
}  // namespace ccloud::ssh
