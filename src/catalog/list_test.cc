// The rows that `ccloud catalog` shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.h"

namespace ccloud::catalog {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Words = std::vector<std::string>;

TEST(List, RegionsByWord) {
  const auto table = builtin().list(Section::regions, Driver::aws, Words{"FRANKFURT"});
  ASSERT_THAT(table.rows, SizeIs(1));
  EXPECT_THAT(table.rows[0],
              ElementsAre("aws", "eu-central-1", "aws", "Europe (Frankfurt)", "a b c", ""));
  EXPECT_THAT(table.notes, Contains(HasSubstr("aws regions: botocore")));
}

TEST(List, AllDriversWithoutOne) {
  const auto table = builtin().list(Section::regions, std::nullopt, Words{"tokyo"});
  EXPECT_THAT(table.rows, SizeIs(4));  // aws, azure, gcp, alibaba
}

TEST(List, SizesByQuantityAndRegion) {
  const auto table =
      builtin().list(Section::sizes, Driver::aws, Words{"2cpu", "4GiB", "arm64", "eu-central-1"});
  ASSERT_FALSE(table.rows.empty());
  for (const auto& row : table.rows) {
    ASSERT_THAT(row, SizeIs(table.columns.size()));
    EXPECT_EQ(row[2], "2");
    EXPECT_EQ(row[3], "4");
    EXPECT_EQ(row[7], "eu-central-1");
  }
  EXPECT_THAT(table.notes, Contains(HasSubstr("aws prices: apache-libcloud")));
}

TEST(List, SizesTellWhatIsRetired) {
  const auto table = builtin().list(Section::sizes, Driver::azure, Words{"standard_f2s_v2"});
  ASSERT_THAT(table.rows, SizeIs(1));
  EXPECT_EQ(table.rows[0].back(), "retired, use Standard_F2als_v6");
}

TEST(List, ZonesAndImages) {
  const auto zones = builtin().list(Section::zones, Driver::gcp, Words{"us-east1"});
  ASSERT_THAT(zones.rows, SizeIs(3));
  EXPECT_THAT(zones.rows[0], ElementsAre("gcp", "us-east1", "b", "us-east1-b"));
  const auto images = builtin().list(Section::images, Driver::azure, Words{"debian-12", "arm64"});
  ASSERT_THAT(images.rows, SizeIs(1));
  EXPECT_EQ(images.rows[0].back(), "Debian:debian-12:12-arm64:latest");
}

TEST(List, OpenStackSaysWhereToLook) {
  const auto table = builtin().list(Section::sizes, Driver::openstack, Words{});
  EXPECT_THAT(table.rows, IsEmpty());
  EXPECT_THAT(table.notes, Contains(HasSubstr("openstack has no offline data")));
}

TEST(Search, GoesThroughAllSections) {
  const auto table = builtin().search(Words{"debian-13", "x86_64"});
  EXPECT_THAT(table.rows, SizeIs(5));
  EXPECT_THAT(table.rows, Each(Contains("debian-13")));
  EXPECT_THAT(builtin().search(Words{"no-such-thing"}).rows, IsEmpty());
}

}  // namespace
}  // namespace ccloud::catalog
