#include "json/writer.h"

#include <gtest/gtest.h>

namespace ccloud::json {
namespace {

TEST(Writer, NestsCompactly) {
  Writer w;
  w.begin_object().member("a", 1).member("b", true).member("c", nullptr);
  w.member("d", std::vector<std::string>{"x", "y"}).key("e").begin_object().end_object();
  w.member("f", std::optional<int>{}).member("g", 1.5).end_object();
  EXPECT_EQ(w.take(), R"({"a":1,"b":true,"c":null,"d":["x","y"],"e":{},"f":null,"g":1.5})");
}

TEST(Writer, PrettyLayout) {
  Writer w(Layout::pretty);
  w.begin_object().member("a", "b").key("l").begin_array().value(1).value(2).end_array();
  w.key("n").begin_array().end_array().end_object();
  EXPECT_EQ(w.take(), "{\n  \"a\": \"b\",\n  \"l\": [\n    1,\n    2\n  ],\n  \"n\": []\n}");
}

TEST(Writer, EscapesWhatMustBe) {
  EXPECT_EQ(quoted(std::string_view("a\"\\\n\t\x01\0z", 8)), R"("a\"\\\n\t\u0001\u0000z")");
  EXPECT_EQ(quoted("über \xF0\x9F\x98\x80"), "\"über \xF0\x9F\x98\x80\"");
  EXPECT_EQ(quoted("\xff\xed\xa0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Writer, BigNumbersStayExact) {
  Writer w;
  w.begin_array().value(INT64_MIN).value(UINT64_MAX).end_array();
  EXPECT_EQ(w.take(), "[-9223372036854775808,18446744073709551615]");
}

}  // namespace
}  // namespace ccloud::json
