#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diag/diagnostics.h"
#include "diag/excerpt.h"
#include "diag/render.h"
#include "diag/secrets.h"
#include "diag/source_file.h"
#include "diag/suggest.h"

namespace ccloud::diag {
namespace {

using ::testing::HasSubstr;

Span span_of(std::string_view text, std::string_view part) {
  const auto at = static_cast<std::uint32_t>(text.find(part));
  return {at, at + static_cast<std::uint32_t>(part.size())};
}

std::string rendered(std::string text, std::string_view part, RenderOptions options = {},
                     std::optional<std::string> suggestion = {}) {
  Diagnostics diagnostics(std::make_shared<const SourceFile>("ccloud.json", text));
  diagnostics.error("unknown-region", span_of(text, part), "it is wrong");
  diagnostics.items()[0].suggestion = std::move(suggestion);
  return render(diagnostics, options);
}

TEST(SourceFile, LinesAndColumnsCountCharacters) {
  const SourceFile file("x", "a\n\xC3\xA9\xF0\x9F\x98\x80z\r\nend");
  EXPECT_EQ(file.position(0), (Position{1, 1}));
  EXPECT_EQ(file.position(8), (Position{2, 3}));
  EXPECT_EQ(file.position(11), (Position{3, 1}));
  EXPECT_EQ(file.position(9999), (Position{3, 4}));
  EXPECT_EQ(file.line(2), "\xC3\xA9\xF0\x9F\x98\x80z");
  EXPECT_EQ(file.line(4), "");
  EXPECT_EQ(file.line(0), "");
  EXPECT_EQ(SourceFile("x", "a\rb").position(2), (Position{2, 1}));
}

TEST(Render, TheContractsExample) {
  std::string text(13, '\n');
  text += R"(    "us": { "provider": "aws", "region": "us-esat-1", "count": 3 })";
  Diagnostics diagnostics(std::make_shared<const SourceFile>("ccloud.json", text));
  diagnostics.error("unknown-region", span_of(text, "\"us-esat-1\""),
                    "region \"us-esat-1\" does not exist on aws");
  diagnostics.items()[0].suggestion = "us-east-1";
  EXPECT_EQ(
      render(diagnostics),
      "ccloud.json:14:42: error: region \"us-esat-1\" does not exist on aws [unknown-region]\n"
      "   14 |     \"us\": { \"provider\": \"aws\", \"region\": \"us-esat-1\", \"count\": 3 }\n"
      "      |                                          ^^^^^^^^^^^ did you mean "
      "\"us-east-1\"?\n");
}

TEST(Render, TabsWideAndCombiningCharactersKeepTheCaretInPlace) {
  EXPECT_EQ(rendered("\t\"a\": 1", "1"),
            "ccloud.json:1:7: error: it is wrong [unknown-region]\n"
            "    1 |     \"a\": 1\n"
            "      |          ^\n");
  EXPECT_EQ(rendered("\xE6\xBC\xA2: 1", "1"),
            "ccloud.json:1:4: error: it is wrong [unknown-region]\n"
            "    1 | \xE6\xBC\xA2: 1\n"
            "      |     ^\n");
  EXPECT_EQ(rendered("e\xCC\x81: 1", "1"),
            "ccloud.json:1:5: error: it is wrong [unknown-region]\n"
            "    1 | e\xCC\x81: 1\n"
            "      |    ^\n");
}

TEST(Render, LongLinesAreCutAroundTheCaret) {
  const std::string text = std::string(500, 'a') + "HERE" + std::string(500, 'b');
  const auto out = rendered(text, "HERE", {.width = 80});
  std::size_t longest = 0;
  for (std::size_t at = 0, end = 0; at < out.size(); at = end + 1) {
    end = out.find('\n', at);
    longest = std::max(longest, end - at);
  }
  EXPECT_LE(longest, 90U);
  EXPECT_THAT(out, HasSubstr("HERE"));
  EXPECT_THAT(out, HasSubstr("^^^^"));
}

TEST(Render, AConfigOnOneHugeLineIsNoBurden) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "\"k\": 1, ";
  Diagnostics diagnostics(std::make_shared<const SourceFile>("x", text));
  for (std::uint32_t i = 0; i < 100; ++i)
    diagnostics.error("syntax", {i * 10000, i * 10000 + 3}, "no");
  EXPECT_LT(render(diagnostics).size(), 100U * 400);
}

TEST(Render, NothingOfTheTextReachesTheTerminalRaw) {
  const auto out = rendered("\"\x1b[31mred\x07\xff\"", "red");
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_EQ(out.find('\x07'), std::string::npos);
  EXPECT_EQ(out.find('\xff'), std::string::npos);
  EXPECT_EQ(quote("a\"b\x1b\n"), "\"a\\\"b\\u001b\\n\"");
  EXPECT_EQ(quote(std::string(200, 'x')), "\"" + std::string(80, 'x') + "...\"");
}

TEST(Render, ColourOnlyWhenAsked) {
  EXPECT_THAT(rendered("x", "x", {.color = Color::on}, "y"), HasSubstr("\x1b[1;31m"));
  EXPECT_EQ(rendered("x", "x", {}, "y").find('\x1b'), std::string::npos);
}

TEST(Render, ShowsTheFirstAndCountsTheRest) {
  Diagnostics diagnostics(std::make_shared<const SourceFile>("f", "abc"));
  for (std::uint32_t i = 0; i < 3; ++i) diagnostics.error("syntax", {i, i + 1}, "no");
  diagnostics.warning("guard", {0, 1}, "hm");
  EXPECT_THAT(render(diagnostics, {.most = 1}), HasSubstr("and 3 problems more\n"));
  EXPECT_EQ(summary(diagnostics), "3 errors, 1 warning");
  EXPECT_EQ(summary(Diagnostics()), "");
}

TEST(Render, AFileThatIsNotThereHasNoExcerpt) {
  Diagnostics diagnostics(std::make_shared<const SourceFile>("ccloud.json", ""));
  diagnostics.error("file-not-found", {0, 0}, "there is no such file");
  diagnostics.items()[0].hint = "make one";
  EXPECT_EQ(render(diagnostics),
            "ccloud.json:1:1: error: there is no such file [file-not-found]\n      | make one\n");
}

TEST(Diagnostics, SortByPlaceAndDropRepetitions) {
  Diagnostics diagnostics;
  diagnostics.error("b", {5, 6}, "later");
  diagnostics.error("a", {1, 2}, "first");
  diagnostics.error("b", {5, 6}, "later");
  diagnostics.sort();
  ASSERT_EQ(diagnostics.items().size(), 2U);
  EXPECT_EQ(diagnostics.items()[0].message, "first");
}

TEST(Suggest, CloseWordsOnly) {
  const std::vector<std::string> words{"image", "labels", "us-east-1", "us-west-1", "debian-12"};
  EXPECT_EQ(suggest("imgae", words), "image");
  EXPECT_EQ(suggest("lables", words), "labels");
  EXPECT_EQ(suggest("us-esat-1", words), "us-east-1");
  EXPECT_EQ(suggest("Debian12", words), "debian-12");
  EXPECT_EQ(suggest("IMAGE", words), "image");
  EXPECT_FALSE(suggest("frobnicate", words));
  EXPECT_FALSE(suggest("", words));
  EXPECT_FALSE(suggest("ab", std::vector<std::string>{"cd"}));
  EXPECT_FALSE(suggest(std::string(100000, 'x'), words));
  EXPECT_EQ(suggest("ba", std::vector<std::string>{"ab", "bb"}), "ab");
}

TEST(Suggest, OneOf) {
  EXPECT_EQ(one_of({"a"}), "a");
  EXPECT_EQ(one_of({"a", "b", "c"}), "a, b or c");
  EXPECT_EQ(one_of({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

TEST(Secrets, AreRecognisedAndOrdinaryWordsAreNot) {
  for (const char* secret : {"AKIA"
                             "ABCDEFGHIJKLMNOP",
                             "ghp_"
                             "0123456789abcdefghijklmnopqrstuvwxyzAB",
                             "glpat-"
                             "abcdefghij0123456789",
                             "postgres://user:"
                             "pass@host/db",
                             "-----BEGIN RSA "
                             "PRIVATE KEY-----\nMII",
                             "LTAI"
                             "4FoLJzm8abcdEFGH",
                             "eyJhbGciOiJIUzI1NiJ9."
                             "eyJzdWIiOiIxMjM0NTY3ODkwIn0."
                             "dozjgNryP4J3jVmNHl0w"})
    EXPECT_EQ(find_secrets(secret).size(), 1U) << secret;
  for (const char* plain :
       {"debian-12", "https://example.com/a@b", "ssh://git@host/x", "AKIA", "us-east-1",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709", "build/gateway-{version}.tar.gz",
        "arn:aws:iam::123456789012:instance-profile/gateway-node-production",
        "00000000-0000-0000-0000-000000000000", "/subscriptions/x/resourceGroups/y",
        "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"})
    EXPECT_TRUE(find_secrets(plain).empty()) << plain;
  EXPECT_TRUE(is_secret_name("DB_PASSWORD"));
  EXPECT_TRUE(is_secret_name("apiToken"));
  EXPECT_FALSE(is_secret_name("TOKEN_FILE"));
  EXPECT_FALSE(is_secret_value("/run/secrets/x1"));
  EXPECT_FALSE(is_secret_value("1234567890"));
}

TEST(Secrets, MaskingKeepsTheLengthAndTheRest) {
  EXPECT_EQ(mask_secrets(R"("DB_PASSWORD": "correct-horse-7", "a": 1)"),
            R"("DB_PASSWORD": "***************", "a": 1)");
  EXPECT_EQ(mask_secrets("plain"), "plain");
  EXPECT_EQ(mask_secrets(R"("token": ")"), R"("token": ")");
}

}  // namespace
}  // namespace ccloud::diag
