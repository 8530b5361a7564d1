// JSON Merge Patch, by the table in appendix A of RFC 7396.
#include <array>
#include <functional>

#include <gtest/gtest.h>

#include "json/testing/parsed.h"

namespace ccloud::json {
namespace {

using testing::Parsed;

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

}  // namespace
}  // namespace ccloud::json
