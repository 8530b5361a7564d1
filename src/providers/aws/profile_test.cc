// The vendor's INI files.
#include "providers/aws/profile.h"

#include <gtest/gtest.h>

namespace ccloud::aws {
namespace {

TEST(Profile, SectionsKeysCommentsAndNestedBlocks) {
  const auto sections = parse_ini(
      "# a comment\n[default]\nregion = eu-west-1 ; here\nAWS_Access_Key_Id=AK#1\r\n\n"
      "[profile prod]\ns3 =\n  max = 10\nrole_arn = arn:aws:iam::1:role/x\n[broken\nx=1\n");
  EXPECT_EQ(sections.at("default").at("region"), "eu-west-1");
  EXPECT_EQ(sections.at("default").at("aws_access_key_id"), "AK#1");
  EXPECT_EQ(sections.at("profile prod").at("s3.max"), "10");
  EXPECT_EQ(sections.at("profile prod").at("role_arn"), "arn:aws:iam::1:role/x");
}

TEST(Profile, ConfigAndCredentialsAreJoined) {
  const auto config = parse_ini("[profile prod]\nregion=r1\n[default]\nregion=r2\n");
  const auto keys = parse_ini("[prod]\naws_access_key_id=AK\n");
  const auto prod = find_profile("prod", config, keys);
  EXPECT_TRUE(prod.exists);
  EXPECT_EQ(prod.get("region"), "r1");
  EXPECT_EQ(prod.get("aws_access_key_id"), "AK");
  EXPECT_EQ(find_profile("default", config, keys).get("region"), "r2");
  EXPECT_FALSE(find_profile("none", config, keys).exists);
}

}  // namespace
}  // namespace ccloud::aws
