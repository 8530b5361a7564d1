#include "ssh/tar.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  TempDir dir;
  TarReader reader(dir.path());
  TarSource link;
  link.entry = {.kind = TarEntry::Kind::symlink, .path = "l", .link = "../../etc"};
  EXPECT_FALSE(reader.feed(stream_of({link})).has_value());
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
