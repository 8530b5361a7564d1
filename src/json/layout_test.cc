#include "json/layout.h"

#include <gtest/gtest.h>

#include "json/parser.h"

namespace ccloud::json {
namespace {

std::string laid_out(std::string_view text) {
  const diag::SourceFile file("x.json", std::string(text));
  diag::Diagnostics diagnostics;
  const Tree tree = parse_located(file, diagnostics);
  EXPECT_TRUE(tree.is_whole) << text;
  return lay_out(file, tree, *tree.root);
}

TEST(Layout, ShortThingsOnOneLineLongOnesSpread) {
  EXPECT_EQ(laid_out(R"({"a":1,"b":{"c":[1,2],"d":{}},"e":[]})"),
            "{\n  \"a\": 1,\n  \"b\": { \"c\": [1, 2], \"d\": {} },\n  \"e\": []\n}\n");
}

TEST(Layout, KeepsOrderNumbersAndEscapesAsWritten) {
  EXPECT_EQ(laid_out(R"({"z":1e3,"a":"\u00e9\/","b":-0.50})"),
            "{\n  \"z\": 1e3,\n  \"a\": \"\\u00e9\\/\",\n  \"b\": -0.50\n}\n");
}

TEST(Layout, KeepsCommentsWhereTheyBelong) {
  EXPECT_EQ(
      laid_out("// head\n{ // first\n\"a\":1, // one\n\n\n// two\n\"b\":[ 1, /* in */ 2 ]\n// "
               "end\n}\n/* tail */"),
      "// head\n{ // first\n  \"a\": 1, // one\n\n  // two\n  \"b\": [\n    1, /* in */\n    "
      "2\n  ]\n  // end\n}\n/* tail */\n");
}

TEST(Layout, TwiceIsTheSame) {
  for (const char* text :
       {"{}", "[]", "3", "{\"a\": /* x */ 1 // y\n, /* z */ \"b\": 2}", "{\r\n\"a\":\r\n1 }",
        "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "[[[[[1]]]]]", "// a\n\n\n// b\n{}\n\n// c\n",
        "{ /* only */ }", "{\"a\":[ // c\n]}"}) {
    const std::string once = laid_out(text);
    EXPECT_EQ(laid_out(once), once) << text;
  }
}

}  // namespace
}  // namespace ccloud::json
