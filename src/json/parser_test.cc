#include "json/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/testing/parsed.h"

namespace ccloud::json {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Parsed;

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
  EXPECT_THAT(p.slips(), ElementsAre("2:9 a comma is missing", "3:10 a comma is missing",
                                     "3:12 trailing comma", "4:3 a key is written in double quotes",
                                     "4:6 a string is written in double quotes",
                                     "5:6 a colon is missing after the key \"d\"",
                                     "6:8 expected a value, found \",\"", "7:8 JSON has no \"tru\"",
                                     "8:8 this string is never closed",
                                     "9:8 \"01\" is not a number of JSON's form"));
  EXPECT_EQ(p.tree.root->find("i")->text, "5");
  EXPECT_EQ(p.tree.root->find("g")->text, "open");
  EXPECT_EQ(p.tree.root->find("d")->text, "4");
  EXPECT_EQ(p.tree.root->find("h")->kind, Kind::broken);
}

std::string repair_of(std::string_view text) {
  const Parsed p(text);
  const auto& items = p.diagnostics.items();
  return items.size() == 1 ? items[0].suggestion.value_or("none") : "not one slip";
}

TEST(Parser, SaysWhatASlipWasMeantAs) {
  EXPECT_EQ(repair_of("[1_000]"), "1000");
  EXPECT_EQ(repair_of("[+3]"), "3");
  EXPECT_EQ(repair_of("[-007]"), "-7");
  EXPECT_EQ(repair_of("[.5]"), "0.5");
  EXPECT_EQ(repair_of("[5.]"), "5");
  EXPECT_EQ(repair_of("[0x10]"), "16");
  EXPECT_EQ(repair_of("[0xfffffffffffffffff]"), "none");
  EXPECT_EQ(repair_of("[1.2.3]"), "none");
  EXPECT_EQ(repair_of("[flase]"), "false");
  EXPECT_EQ(repair_of("[nul]"), "null");
  EXPECT_EQ(repair_of("[full]"), "\"full\"");
  EXPECT_EQ(repair_of("{\"a\":1;\"b\":2}"), ",");
  EXPECT_EQ(repair_of("[1]]"), "");
}

TEST(Parser, OneSlipIsSaidOnce) {
  EXPECT_THAT(Parsed("{\"a\": 1 /* open\n}").slips(),
              ElementsAre("1:9 this comment is never closed"));
  EXPECT_THAT(Parsed("/* open").slips(), ElementsAre("1:1 this comment is never closed"));
  EXPECT_THAT(Parsed("project: p\nclusters:\n  web: {}\n").slips(),
              ElementsAre("1:1 a JSON file begins with \"{\": its members stand in braces"));
  EXPECT_THAT(Parsed("\"project\": \"p\", \"clusters\": {}").slips(),
              ElementsAre("1:1 a JSON file begins with \"{\": its members stand in braces"));
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

}  // namespace
}  // namespace ccloud::json
