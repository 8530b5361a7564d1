#include "json/parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/diagnostics.h"

namespace ccloud::json {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Parsed {
  diag::SourceFile file;
  diag::Diagnostics diagnostics;
  Tree tree;

  explicit Parsed(std::string_view text, const ParseLimits& limits = {})
      : file("x.json", std::string(text)), tree(parse_located(file, diagnostics, limits)) {}

  std::vector<std::string> slips() const {
    std::vector<std::string> out;
    for (const auto& item : diagnostics.items()) {
      const auto at = file.position(item.span.begin);
      out.push_back(fmt::format("{}:{} {}", at.line, at.column, item.message));
    }
    return out;
  }
};

TEST(Parser, KeepsPlacesOrderAndText) {
  const Parsed p("{ \"b\": [1, \"x\\u00e9\"],\n  \"a\": { \"n\": -1.5e3 } }");
  EXPECT_THAT(p.slips(), IsEmpty());
  const Node& root = *p.tree.root;
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].key, "b");
  const Node& list = *root.find("b");
  EXPECT_EQ(list.items[1]->text, "x\u00e9");
  EXPECT_EQ(p.file.text(list.items[1]->span), "\"x\\u00e9\"");
  EXPECT_EQ(root.find("a")->find("n")->text, "-1.5e3");
  EXPECT_EQ(root.find("c"), nullptr);
}

TEST(Parser, PointersOfOffsets) {
  const std::string text = R"({"a/b":{"c~d":[10,{"x":1}]},"a/b":2})";
  const Parsed p(text);
  const auto at = [&](std::string_view what) {
    return pointer_at(p.tree, static_cast<std::uint32_t>(text.find(what)));
  };
  EXPECT_EQ(at("\"c~d\""), "/a~1b/c~0d");
  EXPECT_EQ(at("10"), "/a~1b/c~0d/0");
  EXPECT_EQ(at("1}"), "/a~1b/c~0d/1/x");
  EXPECT_EQ(pointer_at(p.tree, 0), "");
  EXPECT_EQ(at("\"a/b\":2"), "/a~1b");
}

TEST(Parser, CommentsAndByteOrderMark) {
  const Parsed p("\xEF\xBB\xBF// one\n{ /* two\n three */ \"a\": 1 } // four");
  EXPECT_THAT(p.slips(), IsEmpty());
  EXPECT_EQ(p.tree.comments.size(), 3U);
  EXPECT_EQ(p.file.position(3), (diag::Position{1, 1}));
}

TEST(Parser, GoesOnAfterSlips) {
  const Parsed p(R"({
  "a": 1
  "b": [1 2,],
  c: 'x',
  "d" 4,
  "e": ,
  "f": tru,
  "g": "open,
  "h": 01,
  "i": 5
})");
  EXPECT_THAT(
      p.slips(),
      ElementsAre("2:9 a comma is missing", "3:10 a comma is missing", "3:12 trailing comma",
                  "4:3 a key is written in double quotes",
                  "4:6 a string is written in double quotes",
                  "5:6 a colon is missing after the key \"d\"", "6:8 expected a value, found \",\"",
                  "7:8 a string is written in double quotes", "8:8 this string is never closed",
                  "9:8 \"01\" is not a number of JSON's form"));
  EXPECT_EQ(p.tree.root->find("i")->text, "5");
  EXPECT_EQ(p.tree.root->find("g")->text, "open");
  EXPECT_EQ(p.tree.root->find("d")->text, "4");
  EXPECT_EQ(p.tree.root->find("h")->kind, Kind::broken);
}

TEST(Parser, BracketsThatDoNotMatch) {
  EXPECT_THAT(Parsed(R"({"a": [1, 2}, "b": 1})").slips(),
              ElementsAre("1:12 expected \"]\", found \"}\"",
                          "1:13 there is more text after the end of the value"));
  EXPECT_THAT(Parsed(R"({"a": {"b": 1], "c": 2})").slips(),
              ElementsAre("1:14 \"]\" closes nothing", "1:24 the file ends before \"}\""));
  EXPECT_THAT(Parsed("[[[").slips(), ElementsAre("1:4 the file ends before \"]\""));
  EXPECT_THAT(Parsed("").slips(), ElementsAre("1:1 the file is empty"));
}

TEST(Parser, WhatIsNotText) {
  EXPECT_THAT(Parsed(std::string_view("{\0}", 3)).slips(),
              ElementsAre("1:2 the file is not text: it holds a zero byte"));
  EXPECT_THAT(Parsed("{\"a\":\"\xE4\"}").slips(),
              ElementsAre("1:7 the file is not UTF-8: unexpected byte 0xe4"));
  EXPECT_THAT(Parsed("\xFF\xFE{").slips(), ElementsAre("1:1 the file is UTF-16; save it as UTF-8"));
}

TEST(Parser, CapsDepthAndSlips) {
  const std::string deep(100000, '[');
  EXPECT_THAT(Parsed(deep).slips(), ElementsAre("1:65 nested deeper than 64 levels"));
  std::string many = "[";
  for (int i = 0; i < 1000; ++i) many += "x,";
  const Parsed p(many + "1]", {.depth = 64, .slips = 10});
  EXPECT_EQ(p.slips().size(), 11U);
}

TEST(Parser, DuplicateKeysPointAtTheSecond) {
  const Parsed p("{\"a\": 1,\n \"a\": 2}");
  ASSERT_EQ(p.diagnostics.items().size(), 1U);
  EXPECT_EQ(p.diagnostics.items()[0].code, "duplicate-key");
  EXPECT_THAT(p.slips(), ElementsAre("2:2 the key \"a\" is written twice"));
  EXPECT_EQ(p.diagnostics.items()[0].notes[0].message, "first written here");
  EXPECT_EQ(p.tree.root->find("a")->text, "1");
}

/// RFC 8259, each rule of its grammar from both sides.
TEST(Parser, AcceptsWhatTheRfcAccepts) {
  for (const char* text : {"[]",
                           "{}",
                           " [ ] ",
                           "\t\r\n{}\n",
                           "0",
                           "-0",
                           "1",
                           "-1",
                           "10",
                           "1.0",
                           "0.1",
                           "-0.0",
                           "1e5",
                           "1E5",
                           "1e+5",
                           "1e-5",
                           "1.5E+10",
                           "123456789012345678901234567890",
                           "1e400",
                           "\"\"",
                           "\" \"",
                           "\"a\"",
                           "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                           "\"\\u0000\"",
                           "\"\\u00e9\"",
                           "\"\\uD83D\\uDE00\"",
                           "\"\\uDBFF\\uDFFF\"",
                           "\"\xC3\xA9\"",
                           "\"\xE2\x82\xAC\"",
                           "\"\xF0\x9F\x98\x80\"",
                           "\"\x7F\"",
                           "\"\xE2\x80\xA8\xE2\x80\xA9\"",
                           "\"\\u2028\"",
                           "\"\xEF\xBF\xBF\"",
                           "\"\\uFFFF\"",
                           "true",
                           "false",
                           "null",
                           "[1,2,3]",
                           "[[],[[]]]",
                           "[null,true,false]",
                           "{\"a\":1}",
                           "{\"\":0}",
                           "{\"a\":{\"b\":[]}}",
                           "{\"a\\u0000b\":1}",
                           "[\"a\" , 1\n]",
                           "{\"a\" : [ 1 ] }",
                           "[1]\n",
                           "\"\\\\u0000\"",
                           "[\"\\\"\"]",
                           "[1 ]",
                           "[ 1]",
                           "[1\n]",
                           "[[] ]",
                           "[\"\"]",
                           "[4 ]",
                           "[false]",
                           "[null]",
                           "[1,null,null,null,2]",
                           "[123e65]",
                           "[0e+1]",
                           "[0e1]",
                           "[1E-2]",
                           "[1E+2]",
                           "[123.456e78]",
                           "[123.456789]",
                           "[-0.000000000000000000000000000000000000000000000000000000001]",
                           "[-123]",
                           "[20e1]",
                           "[1e-9999]",
                           "[-1e9999]",
                           "[-237462374673276894279832749832423479823246327846]",
                           "[100000000000000000000]",
                           "{\"asd\":\"sdf\",\"dfg\":\"fgh\"}",
                           "{\"\":\"\"}",
                           "{\"foo\\u0000bar\":42}",
                           "{\"min\":-1.0e+28,\"max\":1.0e+28}",
                           "{\"x\":[{\"id\":\"xxxxxxxxxxxxxxxx\"}],\"id\":\"y\"}",
                           "{\"a\":[]}",
                           "{\n\"a\":\"b\"\n}",
                           "[\"\\u0060\\u012a\\u12AB\"]",
                           "[\"\\uD801\\udc37\"]",
                           "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
                           "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
                           "[\"\\\\a\"]",
                           "[\"\\\\n\"]",
                           "[\"\\u0012\"]",
                           "[\"\\uFFFF\\uFFFE\\uFDD0\"]",
                           "[\"\\uDBFF\\uDFFE\"]",
                           "[\"a/*b*/c/*d//e\"]",
                           "[\"\xCF\x80\"]",
                           "[\"\xF0\x9B\xBF\xBF\"]",
                           "[\"\xED\x9F\xBF\xEE\x80\x80\"]",
                           "[\"\xF4\x8F\xBF\xBF\"]",
                           "[\"\xE2\x8D\x82\xE3\x88\xB4\xE2\x8D\x82\"]",
                           "[\"\\u0821\\u002c\\u005C\\u0022\\u200B\\u2064\"]",
                           "[\"new\\u000Aline\"]",
                           "[\"\\u0061\\u30af\\u30EA\\u30b9\"]",
                           "[\"\x7F\x7F\"]",
                           "\"\"",
                           "42",
                           "-0.1",
                           " null ",
                           "[true]\n\n",
                           "\r\n[\r\n1\r\n]\r\n"}) {
    EXPECT_THAT(Parsed(text).slips(), IsEmpty()) << text;
  }
}

TEST(Parser, RejectsWhatTheRfcRejects) {
  for (const char* text : {"",
                           " ",
                           "[",
                           "]",
                           "{",
                           "}",
                           "[1",
                           "[1,",
                           "[,1]",
                           "[1,,2]",
                           "[1,]",
                           "[,]",
                           "[1 2]",
                           "[1;2]",
                           "[1]]",
                           "[]x",
                           "1 2",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\":1,,\"b\":2}",
                           "{,}",
                           "{:1}",
                           "{1:1}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\" 1}",
                           "{\"a\"::1}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\",\"b\"}",
                           "{[]:1}",
                           "{null:1}",
                           "01",
                           "-01",
                           "00",
                           "+1",
                           "-",
                           "--1",
                           "1.",
                           ".1",
                           "-.1",
                           "1.e1",
                           "1e",
                           "1e+",
                           "1E-",
                           "1e1.5",
                           "0x1",
                           "1_000",
                           "1,5",
                           "Infinity",
                           "-Infinity",
                           "NaN",
                           "-NaN",
                           "nan",
                           "1a",
                           "True",
                           "TRUE",
                           "tru",
                           "nul",
                           "falsee",
                           "undefined",
                           "\"",
                           "\"a",
                           "\"a\n\"",
                           "\"\t\"",
                           "\"\x01\"",
                           "\"\x1F\"",
                           "\"\\\"",
                           "\"\\a\"",
                           "\"\\x00\"",
                           "\"\\u\"",
                           "\"\\u12\"",
                           "\"\\u12G4\"",
                           "\"\\U0041\"",
                           "\"\\uD800\"",
                           "\"\\uDC00\"",
                           "\"\\uD800x\"",
                           "\"\\uD800\\n\"",
                           "\"\\uD800\\uD800\"",
                           "'a'",
                           "\"a\" \"b\"",
                           "\"\xFF\"",
                           "\"\xC0\x80\"",
                           "\"\xC3\"",
                           "\"\xE2\x82\"",
                           "\"\xED\xA0\x80\"",
                           "\"\xF4\x90\x80\x80\"",
                           "\"\xF8\x88\x80\x80\x80\"",
                           "[\"a\",\n4\n,1,",
                           "{\"a\":1}}",
                           "{\"a\":1]",
                           "[1}",
                           "*",
                           "@",
                           "&",
                           "\\u0020[]",
                           "[\x0C]",
                           "[\xC2\xA0]",
                           "\xE2\x80\x8B[]",
                           "#",
                           "/",
                           "[1]/",
                           "/*",
                           "[/*]",
                           "[1]#x",
                           "{\"a\":/}",
                           "\xEF\xBB[]",
                           "[\xEF\xBB\xBF]",
                           "[1 true]",
                           "[a\xE5]",
                           "[\"\": 1]",
                           "[\"\"],",
                           "[\"x\"]]",
                           "[x",
                           "[\"x\"",
                           "[3[4]]",
                           "[1:2]",
                           "[\xFF]",
                           "[-]",
                           "[\"a\",\n4\n,1",
                           "[1,\n1\n,1",
                           "[{}",
                           "[\"\x0B"
                           "a\"\\f]",
                           "[*]",
                           "[fals]",
                           "[++1234]",
                           "[-1.0.]",
                           "[-2.]",
                           "[.-1]",
                           "[.2e-3]",
                           "[0.1.2]",
                           "[0.3e+]",
                           "[0.3e]",
                           "[0.e1]",
                           "[0E+]",
                           "[0E]",
                           "[1.0e+]",
                           "[1.0e-]",
                           "[1.0e]",
                           "[1 000.0]",
                           "[1eE2]",
                           "[2.e+3]",
                           "[2.e-3]",
                           "[2.e3]",
                           "[9.e+]",
                           "[Inf]",
                           "[1+2]",
                           "[0x42]",
                           "[0e]",
                           "[-foo]",
                           "[- 1]",
                           "[-012]",
                           "[-1x]",
                           "[1ea]",
                           "[1e\xE5]",
                           "[1\xE5]",
                           "[1.1\xE5]",
                           "[1.2a-3]",
                           "[1.8011670033376514H-308]",
                           "[012]",
                           "[\xEF\xBC\x91]",
                           "{\"x\", null}",
                           "{\"x\"::\"b\"}",
                           "{\xF0\x9F\x87\xA8\xF0\x9F\x87\xAD}",
                           "{\"a\":\"a\" 123}",
                           "{key: 'value'}",
                           "{\"\xB9\":\"0\",}",
                           "{\"a\" b}",
                           "{:\"b\"}",
                           "{\"a\" \"b\"}",
                           "{\"a\":",
                           "{\"a\"",
                           "{1:1}",
                           "{9999E9999:1}",
                           "{null:null,null:null}",
                           "{\"id\":0,,,,,}",
                           "{'a':0}",
                           "{\"id\":0,}",
                           "{\"a\":\"b\"}/**//",
                           "{\"a\":\"b\"}#",
                           "{\"a\":\"b\",,\"c\":\"d\"}",
                           "{a: \"b\"}",
                           "{\"a\":\"a",
                           "{ \"foo\" : \"bar\", \"a\" }",
                           "{\"a\":\"b\"}#{}",
                           "[\"\\uD800\\\"]",
                           "[\"\\uD800\\u\"]",
                           "[\"\\uD800\\u1\"]",
                           "[\"\\uD800\\u1x\"]",
                           "[\xC3\xA9]",
                           "[\"\\\xF0\x9F\x8C\x80\"]",
                           "[\"\\\t\"]",
                           "[\"\\\\\\\"]",
                           "[\"\\00A\"]",
                           "[\"\\uD834\\uDd\"]",
                           "[\"\\u\xE5\"]",
                           "[\"\\\xE5\"]",
                           "[\\u0020\"asd\"]",
                           "[\\n]",
                           "[\"new\nline\"]",
                           "['single quote']",
                           "abc",
                           "[\"\\",
                           "\"\\UA66D\"",
                           "<.>",
                           "[<null>]",
                           "[1]x",
                           "[1]]",
                           "[\"asd]",
                           "a\xC3\xA5",
                           "[True]",
                           "1]",
                           "{\"x\": true,",
                           "[][]",
                           "]",
                           "\xEF\xBB{}",
                           "\xE5",
                           "[",
                           "2@",
                           "{}}",
                           "{\"\":",
                           "{\"a\":/*comment*/\"b\"",
                           "[\"a\"}",
                           "{[",
                           "\xC3\xA9",
                           "{,",
                           "{'",
                           "[\"\\{[\"\\{[\"\\{",
                           "*",
                           "{\"a\":\"b\"}#{}",
                           "[\xE2\x81\xA0]",
                           "[\\u000A\"\"]",
                           "[1",
                           "[ false, nul",
                           "[ true, fals",
                           "[ false, tru",
                           "{\"asd\":\"asd\"",
                           "\xC3\xA5",
                           "[\xE2\x81\xA0]",
                           "[\"\xE0\x80\xAF\"]",
                           "[\"\xFC\x83\xBF\xBF\xBF\xBF\"]",
                           "[\"\xED\xBF\xBF\"]",
                           "[\"\x81\"]",
                           "[\"\xE6\x97\xA5\xD1\x88\xFA\"]"}) {
    const Parsed p(text);
    EXPECT_FALSE(p.slips().empty()) << text;
    EXPECT_FALSE(p.tree.is_whole) << text;
  }
}

/// What the RFC leaves to each reader: ours keeps numbers as written, takes a byte-order mark, and
/// refuses what is no Unicode text.
TEST(Parser, DecidesWhatTheRfcLeavesOpen) {
  for (const char* text : {"[123.456e-789]", "[0.4e006699999999999999]", "[-1e+9999]",
                           "[1.5e+9999]", "[123123e100000]", "[-123123123123123123123123123123]",
                           "[100000000000000000000]", "\xEF\xBB\xBF{}", "\xEF\xBB\xBF"})
    EXPECT_EQ(Parsed(text).slips().empty(), std::string_view(text) != "\xEF\xBB\xBF") << text;
  for (const char* text :
       {"[\"\\uDADA\"]", "[\"\\uD888\\u1234\"]", "[\"\\uD800\\n\"]", "[\"\\uDd1ea\"]",
        "[\"\\uD800\\uD800\\n\"]", "[\"\\ud800\"]", "[\"\\ud800abc\"]", "[\"\\uDd1e\\uD834\"]",
        "[\"\\uDFAA\"]", "[\"\xFF\"]", "[\"\xED\xA0\x80\"]", "[\"\x81\"]", "[\"\xF4\xBF\xBF\xBF\"]",
        "[\"\xC0\xAF\"]", "[\"\xFC\x80\x80\x80\x80\x80\"]", "[\"\xE0\xFF\"]"})
    EXPECT_FALSE(Parsed(text).slips().empty()) << text;
  for (const std::string_view text :
       {std::string_view("\xFF\xFE[\0\"\0\xE9\0\"\0]\0", 12),
        std::string_view("\0[\0\"\0\xE9\0\"\0]", 10), std::string_view("[\0\"\0\xE9\0\"\0]\0", 10),
        std::string_view("[\"a\0b\"]", 7), std::string_view("[123\0]", 6)})
    EXPECT_FALSE(Parsed(text).tree.is_whole);
  // Deep: as deep as our limit, and one more.
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_THAT(Parsed(nested(64)).slips(), IsEmpty());
  EXPECT_FALSE(Parsed(nested(65)).slips().empty());
  EXPECT_FALSE(Parsed(nested(500)).slips().empty());
  std::string open;
  for (int i = 0; i < 50000; ++i) open += "[{\"\":";
  EXPECT_FALSE(Parsed(open).tree.is_whole);
}

TEST(Parser, MergePatchOfTheRfc) {
  // RFC 7396, the table of appendix A.
  const std::vector<std::array<std::string, 3>> rows{
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [base, patch, expected] : rows) {
    const Parsed both("[" + base + "," + patch + "]");
    Parsed p("[" + base + "," + patch + "]");
    const Node* merged = merge_patch(p.tree, p.tree.root->items[0], *p.tree.root->items[1]);
    const std::function<std::string(const Node&)> text = [&](const Node& node) -> std::string {
      if (!node.is_object()) return std::string(p.file.text(node.span));
      std::string out = "{";
      for (const auto& member : node.members)
        out += (out.size() > 1 ? "," : "") + std::string(p.file.text(member.key_span)) + ":" +
               text(*member.value);
      return out + "}";
    };
    EXPECT_EQ(text(*merged), expected) << base << " + " << patch;
  }
}

TEST(DiagnosticsDocument, HasTheContractsForm) {
  auto file = std::make_shared<const diag::SourceFile>("c.json", "{\n  \"\xC3\xA9\": \"x\" }");
  diag::Diagnostics diagnostics(file);
  diagnostics.error("bad-format", {9, 12}, "\"x\" is wrong");
  diagnostics.items()[0].pointer = "/\xC3\xA9";
  diagnostics.items()[0].suggestion = "y";
  EXPECT_EQ(diagnostics_document(diagnostics), R"({
  "schema": "ccloud.diagnostics/1",
  "valid": false,
  "diagnostics": [
    {
      "severity": "error",
      "code": "bad-format",
      "message": "\"x\" is wrong",
      "file": "c.json",
      "line": 2,
      "column": 7,
      "pointer": "/é",
      "suggestion": "y"
    }
  ]
}
)");
}

}  // namespace
}  // namespace ccloud::json
