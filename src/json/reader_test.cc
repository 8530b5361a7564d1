#include "json/reader.h"

#include <gtest/gtest.h>

namespace ccloud::json {
namespace {

TEST(Reader, WalksPathsAndAnswersForWhatIsMissing) {
  const auto document = parse(R"({"a":{"b":["x",2,-3,true,null,1.5]},"n":"12","e":{}})");
  ASSERT_TRUE(document.has_value());
  const Value root = document->root();
  const Value list = root.get("a").get("b");
  EXPECT_EQ(list.size(), 6U);
  EXPECT_EQ(list.at(0).as_string(), "x");
  EXPECT_EQ(list.at(2).as_int(), -3);
  EXPECT_EQ(list.at(3).as_bool(), true);
  EXPECT_TRUE(list.at(4).is_null());
  EXPECT_EQ(list.at(5).as_double(), 1.5);
  EXPECT_EQ(list.at(1).as_double(), 2.0);
  EXPECT_FALSE(list.at(6).exists());
  EXPECT_FALSE(root.get("x").get("y").at(3).as_string().has_value());
  EXPECT_EQ(root.get("n").to_int(), 12);
  EXPECT_FALSE(root.get("n").as_int());
  EXPECT_EQ(root.get("e").members().size(), 0U);
  EXPECT_EQ(root.get("a").text(), R"({"b":["x",2,-3,true,null,1.5]})");
}

TEST(Reader, KeepsTheOrderOfMembers) {
  const auto document = parse(R"({"z":1,"a":2})");
  const auto members = document->root().members();
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].key, "z");
  EXPECT_EQ(members[1].value.as_int(), 2);
}

TEST(Reader, DocumentsMoveAndOutliveTheirText) {
  std::string text = R"({"a":"b"})";
  auto first = parse(text);
  text.assign(100, 'x');
  Document second = std::move(*first);
  const auto third = parse(R"(["other"])");
  EXPECT_EQ(second.root().get("a").as_string(), "b");
  EXPECT_EQ(third->root().at(0).as_string(), "other");
}

TEST(Reader, WhatIsNotJsonIsAProtocolError) {
  EXPECT_FALSE(parse({}).has_value()) << "no text at all";
  for (const char* bad : {"", "{", "<html>", "{\"a\":}", "[1,]", "\"\xff\""}) {
    const auto document = parse(bad);
    ASSERT_FALSE(document.has_value()) << bad;
    EXPECT_EQ(document.error().code, ErrorCode::protocol);
  }
}

}  // namespace
}  // namespace ccloud::json
