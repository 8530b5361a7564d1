#include "plan/selector.h"

#include <gtest/gtest.h>

namespace ccloud::plan {
namespace {

bool matches(std::string_view selector, const Subject& subject) {
  auto parsed = Selector::parse(selector);
  EXPECT_TRUE(parsed.has_value()) << selector;
  return parsed && parsed->matches(subject);
}

TEST(Selector, NamesWithGlobsAndRanges) {
  EXPECT_TRUE(name_matches("web-*", "web-us-1"));
  EXPECT_TRUE(name_matches("gw-use1-[1-4]", "gw-use1-4"));
  EXPECT_FALSE(name_matches("gw-use1-[1-4]", "gw-use1-14"));
  EXPECT_TRUE(name_matches("gw-use1-[1,3,10-12]", "gw-use1-11"));
  EXPECT_TRUE(name_matches("gw-use[1-2]-?", "gw-use1-4"));
  EXPECT_FALSE(name_matches("gw-use1-?", "gw-use1-14"));
}

TEST(Selector, TermsMustAllHold) {
  const cloud::Labels labels = {{"role", "edge"}};
  const std::vector<std::string> services = {"gateway"};
  const Subject node{.name = "gw-use1-1",
                     .cluster = "gw",
                     .place = "use1",
                     .provider = "aws",
                     .region = "us-east-1",
                     .zone = "us-east-1a",
                     .state = "running",
                     .labels = &labels,
                     .services = &services,
                     .has_failed = true};
  EXPECT_TRUE(matches("role=edge,region=us-*", node));
  EXPECT_FALSE(matches("role=edge,state!=running", node));
  EXPECT_TRUE(matches("zone=a", node));
  EXPECT_TRUE(matches("zone=us-east-1a", node));
  EXPECT_TRUE(matches("service=gateway", node));
  EXPECT_TRUE(matches("other!=x", node));
  EXPECT_TRUE(matches("@failed,gw-use1-[1,2]", node));
  EXPECT_TRUE(matches_any({}, node));
}

TEST(Selector, ANameThatIsNobodysIsASlip) {
  const auto check = [](const std::vector<std::string>& texts) {
    return check_names(*parse_selectors(texts),
                       [](std::string_view name) { return name == "a-1"; });
  };
  EXPECT_TRUE(check({"a-1", "b-*", "b-[1-2]", "b-?", "state=stopped", "@failed"}));
  EXPECT_TRUE(check({"a-1,a-2,state=running"}));  // that one may just be another state's
  const auto slip = check({"a-1,a-2", "a-3"});
  ASSERT_FALSE(slip);
  EXPECT_EQ(slip.error().message, "no node matches a-2 a-3");
}

TEST(Selector, NamesAreAlternativesAndConditionsNarrow) {
  const auto selector = Selector::parse("web-us-1,web-us-[3-4],state=running");
  ASSERT_TRUE(selector.has_value());
  const auto fits = [&](std::string_view name, std::string_view state) {
    Subject subject;
    subject.name = name;
    subject.state = state;
    return selector->matches(subject);
  };
  EXPECT_TRUE(fits("web-us-1", "running"));
  EXPECT_TRUE(fits("web-us-4", "running"));
  EXPECT_FALSE(fits("web-us-2", "running"));
  EXPECT_FALSE(fits("web-us-1", "stopped"));
}

TEST(Selector, RefusesWhatItCannotRead) {
  for (const auto* text :
       {"", "a,,b", "=x", "@new", "web-[1", "web-[a-b]", "web-]1[", "web-[3-1]", "web-[1,4-3]"}) {
    EXPECT_FALSE(Selector::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ccloud::plan
