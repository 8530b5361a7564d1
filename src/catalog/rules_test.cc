// What every cloud's rules must say, whichever cloud it is.
#include "catalog/rules.h"

#include <set>

#include <gtest/gtest.h>

namespace ccloud::catalog {
namespace {

class CloudRules : public ::testing::TestWithParam<Driver> {};

TEST_P(CloudRules, SayWhatIsAskedOfThem) {
  const Rules& own = rules(GetParam());
  EXPECT_NE(own.types.is_form, nullptr);
  EXPECT_NE(own.types.family, nullptr);
  EXPECT_NE(own.images.is_id, nullptr);
  EXPECT_NE(own.images.reference, nullptr);
  EXPECT_NE(own.labels.key_fault, nullptr);
  EXPECT_NE(own.labels.value_fault, nullptr);
  EXPECT_EQ(own.access.is_account == nullptr, own.access.account_form.empty());
  EXPECT_TRUE(own.access.clouds.empty() || own.access.cloud_file.empty());
  EXPECT_EQ(own.machines.refused_users.empty(), own.machines.usual_user.empty());
}

TEST_P(CloudRules, AgreeWithTheData) {
  const Driver driver = GetParam();
  const Rules& own = rules(driver);
  EXPECT_TRUE(own.types.is_form(own.types.example)) << own.types.example;
  EXPECT_TRUE(own.types.example.starts_with(own.types.prefix));
  if (own.data == nullptr) return;
  EXPECT_NE(builtin().has_type(driver, own.types.example), Known::no);
  EXPECT_EQ(builtin().has_region(driver, own.starter_region), Known::yes);
  EXPECT_EQ(builtin().has_region(driver, own.priced_region), Known::yes);
  for (const Type& type : builtin().types(driver)) {
    EXPECT_TRUE(own.types.is_form(type.name)) << type.name;
    EXPECT_TRUE(type.name.starts_with(own.types.prefix)) << type.name;
  }
  for (const auto family : own.types.previous)
    EXPECT_TRUE(std::ranges::any_of(builtin().types(driver), [&](const Type& type) {
      return type.family == family && !type.current && !type.successor.empty();
    })) << family;
  for (const Region& region : builtin().regions(driver))
    if (!own.access.clouds.empty())
      EXPECT_TRUE(contains(own.access.clouds, region.partition)) << region.name;
}

TEST_P(CloudRules, HaveRoomForOrdinaryLabels) {
  const LabelRules& own = rules(GetParam()).labels;
  EXPECT_EQ(own.key_fault("team"), "");
  EXPECT_EQ(own.value_fault("payments"), "");
  EXPECT_EQ(own.value_fault(""), "");
  EXPECT_NE(own.key_fault(std::string(1000, 'a')), "");
  EXPECT_NE(own.value_fault(std::string(1000, 'a')), "");
}

INSTANTIATE_TEST_SUITE_P(Every, CloudRules, ::testing::ValuesIn(all_drivers()),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST(Words, OfTheCloudsAreTheirOwn) {
  std::set<std::string_view> words;
  for (const Driver driver : all_drivers()) {
    EXPECT_TRUE(words.insert(to_string(driver)).second) << to_string(driver);
    for (const auto alias : rules(driver).aliases) EXPECT_TRUE(words.insert(alias).second) << alias;
  }
}

}  // namespace
}  // namespace ccloud::catalog
