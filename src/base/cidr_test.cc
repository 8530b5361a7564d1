#include "base/cidr.h"

#include <gtest/gtest.h>

namespace ccloud {
namespace {

Cidr cidr(std::string_view text) { return parse_cidr(text).value(); }

TEST(Cidr, ParsesBothFamiliesAndRefusesTheRest) {
  EXPECT_EQ(to_string(cidr("10.1.2.0/20")), "10.1.2.0/20");
  EXPECT_EQ(to_string(cidr("::/0")), "::/0");
  for (const char* bad :
       {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "10.0.0.256/8", "10.0.0.0/08",
        "::/129", "10.0.0.0/-1", "10.0.0.0/8 ", "a/8", "1.2.3.4/2x"})
    EXPECT_FALSE(parse_cidr(bad)) << bad;
}

TEST(Cidr, HostBitsAndNetwork) {
  EXPECT_TRUE(has_host_bits(cidr("10.0.0.1/20")));
  EXPECT_FALSE(has_host_bits(cidr("10.0.16.0/20")));
  EXPECT_EQ(to_string(network_of(cidr("10.0.31.255/20"))), "10.0.16.0/20");
}

TEST(Cidr, OverlapAndContainment) {
  EXPECT_TRUE(overlaps(cidr("10.0.0.0/8"), cidr("10.200.0.0/16")));
  EXPECT_FALSE(overlaps(cidr("10.0.0.0/20"), cidr("10.0.16.0/20")));
  EXPECT_FALSE(overlaps(cidr("0.0.0.0/0"), cidr("::/0")));
  EXPECT_TRUE(contains(cidr("10.0.0.0/8"), cidr("10.2.0.0/16")));
  EXPECT_FALSE(contains(cidr("10.2.0.0/16"), cidr("10.0.0.0/8")));
}

TEST(Cidr, EighthsAndAddresses) {
  EXPECT_EQ(to_string(*subnet(cidr("10.10.0.0/20"), 3, 0)), "10.10.0.0/23");
  EXPECT_EQ(to_string(*subnet(cidr("10.10.0.0/20"), 3, 7)), "10.10.14.0/23");
  EXPECT_FALSE(subnet(cidr("10.10.0.0/20"), 3, 8));
  EXPECT_FALSE(subnet(cidr("10.10.0.0/30"), 3, 0));
  EXPECT_EQ(address_text(*address_at(cidr("10.10.0.0/20"), 257)), "10.10.1.1");
  EXPECT_FALSE(address_at(cidr("10.10.0.0/30"), 4));
  EXPECT_EQ(address_count(cidr("10.0.0.0/24")), 256U);
}

}  // namespace
}  // namespace ccloud
