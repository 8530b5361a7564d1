// Marks: every encoding survives the way back, and tokens never collide by concatenation.
#include "cloud/marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ccloud::cloud {
namespace {

using testing::ElementsAre;

TEST(Spec, GoesThereAndBack) {
  const SpecMark mark{.image = spec_part("debian-12"),
                      .keys = spec_part("k"),
                      .disk = spec_part("40"),
                      .user_data = spec_part(""),
                      .size = spec_part("c2m4"),
                      .address = "0"};
  const auto back = decode_spec(encode_spec(mark));
  EXPECT_EQ(back.image, mark.image);
  EXPECT_EQ(back.size, mark.size);
  EXPECT_EQ(back.address, "0");
  EXPECT_EQ(encode_spec(mark).size(), 47U);
}

TEST(Labels, ChangeWhatIsOursAndLeaveTheCloudsOwn) {
  const Labels has = {{"team", "a"},
                      {"old", "x"},
                      {"ccloud-node", "web-us-1"},
                      {"aws:createdBy", "me"},
                      {"Name", "n"}};
  const auto change = label_change({{"team", "b"}, {"ccloud-project", "p"}}, has);
  EXPECT_THAT(change.set,
              ElementsAre(testing::Pair("ccloud-project", "p"), testing::Pair("team", "b")));
  EXPECT_THAT(change.removed, ElementsAre("old"));
  EXPECT_TRUE(label_change({{"team", "a"}, {"old", "x"}}, has).empty());
}

TEST(Names, ABatchSharesOneTag) {
  EXPECT_EQ(encode_names({"web-use1-1", "web-use1-4", "web-use1-7"}), "web-use1-1_4_7");
  EXPECT_THAT(decode_names("web-use1-1_4_7"),
              ElementsAre("web-use1-1", "web-use1-4", "web-use1-7"));
  EXPECT_THAT(decode_names("web-use1-1"), ElementsAre("web-use1-1"));
}

TEST(Names, BatchesAreSplitToFitTheTag) {
  const auto groups = split_names({"a-b-1", "a-b-2", "a-b-3", "a-c-4"}, 7, 100);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(encode_names(groups[0]), "a-b-1_2");
  EXPECT_EQ(encode_names(groups[2]), "a-c-4");
}

TEST(Token, DependsOnWhereThePartsEnd) {
  EXPECT_NE(token_of({"ab", "c"}), token_of({"a", "bc"}));
  EXPECT_EQ(token_of({"a"}).size(), 32U);
  EXPECT_NE(next_token("t", "i-1"), next_token("t", "i-2"));
}

TEST(Marks, NameComesFromThePlaceInTheBatch) {
  Instance instance;
  instance.labels = {
      {"ccloud-node", "web-us-1_3"}, {"ccloud-cluster", "web"}, {"ccloud-power", "off"}};
  apply_marks(instance, 1);
  EXPECT_EQ(instance.name, "web-us-3");
  EXPECT_TRUE(instance.is_power_off_wanted);
}

TEST(ZoneCidr, IsAFixedEighth) {
  EXPECT_EQ(zone_cidr("10.10.0.0/20", 0), "10.10.0.0/23");
  EXPECT_EQ(zone_cidr("10.10.0.0/20", 7), "10.10.14.0/23");
  EXPECT_EQ(zone_cidr("10.10.0.0/28", 0), "");
  EXPECT_EQ(zone_cidr("10.10.0.0/20", 8), "");
}

}  // namespace
}  // namespace ccloud::cloud
