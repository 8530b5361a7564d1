// The small functions of base, by the values that the standards give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/result.h"
#include "base/text.h"

namespace ccloud {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

TEST(Hash, KnowsThePublishedDigests) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Base64, AgreesWithRfc4648) {
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(decode_base64("Zm9v\nYg=="), "foob");
  EXPECT_EQ(decode_base64("Zm9vYg"), "foob");
  EXPECT_EQ(decode_base64("Zm9v*"), std::nullopt);
  EXPECT_EQ(decode_base64("Z"), std::nullopt);
}

TEST(Uuid, ByNameIsTheSameEverywhere) {
  EXPECT_EQ(name_uuid("a"), name_uuid("a"));
  EXPECT_NE(name_uuid("a"), name_uuid("b"));
  EXPECT_EQ(name_uuid("a").size(), 36U);
  EXPECT_EQ(name_uuid("a")[14], '5');
  EXPECT_EQ(random_uuid()[14], '4');
}

TEST(Text, PercentEncodingKeepsOnlyUnreserved) {
  EXPECT_EQ(percent_encode("tag:a b/~"), "tag%3Aa%20b%2F~");
  EXPECT_EQ(percent_decode("tag%3Aa%20b%2F~%"), "tag:a b/~%");
}

TEST(Text, GlobsMatchLikeTheShell) {
  EXPECT_TRUE(glob_match("web-*", "web-us-1"));
  EXPECT_TRUE(glob_match("*-1", "web-us-1"));
  EXPECT_TRUE(glob_match("w?b", "web"));
  EXPECT_FALSE(glob_match("web", "web-1"));
  EXPECT_TRUE(glob_match("*", ""));
}

TEST(Text, ShellQuotingSurvivesQuotes) {
  EXPECT_EQ(shell_quote("plain-1.2"), "plain-1.2");
  EXPECT_EQ(shell_quote("it's"), R"('it'\''s')");
  EXPECT_EQ(shell_quote(""), "''");
}

TEST(Text, TimesGoThereAndBack) {
  const auto time = parse_time("2026-01-02T03:04:05.250Z");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(format_time(*time), "2026-01-02T03:04:05Z");
  EXPECT_EQ(*parse_time("2026-01-02T05:04:05+02:00"), *parse_time("2026-01-02T03:04:05Z"));
  EXPECT_EQ(parse_time("yesterday"), std::nullopt);
}

TEST(Text, DurationsAreShort) {
  EXPECT_EQ(format_duration(350ms), "350ms");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(80s), "1m20s");
  EXPECT_EQ(format_duration(2h), "2h");
}

TEST(Text, SplitKeepsEmptyParts) { EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b")); }

TEST(Error, CodesHaveTheContractsNames) {
  EXPECT_EQ(to_string(ErrorCode::quota_exceeded), "quota_exceeded");
  EXPECT_EQ(parse_error_code("capacity"), ErrorCode::capacity);
  EXPECT_EQ(parse_error_code("nonsense"), std::nullopt);
  EXPECT_TRUE(make_error(ErrorCode::rate_limited, "slow down").retryable);
  EXPECT_FALSE(make_error(ErrorCode::not_found, "gone").retryable);
}

TEST(Result, CarriesValueOrError) {
  const Result<int> good = 3;
  const Result<int> bad = make_error(ErrorCode::not_found, "no");
  EXPECT_EQ(good.value(), 3);
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message, "no");
}

TEST(Order, SortsByKeysThatLookIntoTheThings) {
  for (const std::size_t count : {0U, 1U, 2U, 7U, 300U}) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(std::to_string(i * 7919 % 311));
    auto sorted = words;
    std::ranges::sort(sorted);
    sort_by_key(words, [](const std::string& word) { return std::string_view(word); });
    EXPECT_EQ(words, sorted);
  }
}

TEST(Order, KeepsTheOrderOfEqualKeys) {
  std::vector<std::pair<int, int>> pairs = {{2, 1}, {1, 1}, {2, 2}, {1, 2}, {2, 3}, {1, 3}};
  sort_by_key(pairs, [](const auto& pair) { return pair.first; });
  EXPECT_EQ(pairs,
            (std::vector<std::pair<int, int>>{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {2, 3}}));
}

}  // namespace
}  // namespace ccloud
