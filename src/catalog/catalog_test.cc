// What users and other folders ask of the catalogue, on the real data.
#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ccloud::catalog {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Catalog& c() { return builtin(); }

TEST(Words, DriversAndArchitecturesRoundTrip) {
  for (const auto driver : all_drivers()) EXPECT_EQ(parse_driver(to_string(driver)), driver);
  EXPECT_EQ(parse_driver("ec2"), std::nullopt);
  EXPECT_EQ(parse_arch("amd64"), Arch::x86_64);
  EXPECT_EQ(parse_arch("aarch64"), Arch::arm64);
  EXPECT_EQ(parse_arch("riscv64"), std::nullopt);
}

TEST(Regions, AreKnownWithPartitionAndPlace) {
  const auto* frankfurt = c().find_region(Driver::aws, "eu-central-1");
  ASSERT_NE(frankfurt, nullptr);
  EXPECT_EQ(frankfurt->partition, "aws");
  EXPECT_EQ(frankfurt->place, "Europe (Frankfurt)");
  EXPECT_FALSE(frankfurt->opt_in);
  EXPECT_TRUE(c().find_region(Driver::aws, "ap-east-1")->opt_in);
  EXPECT_EQ(c().find_region(Driver::aws, "cn-north-1")->partition, "aws-cn");
  EXPECT_EQ(c().find_region(Driver::aws, "us-gov-west-1")->partition, "aws-us-gov");
  EXPECT_EQ(c().find_region(Driver::azure, "chinaeast2")->partition, "china");
  EXPECT_EQ(c().find_region(Driver::azure, "usgovvirginia")->partition, "government");
  EXPECT_EQ(c().find_region(Driver::alibaba, "cn-hangzhou")->partition, "mainland");
  EXPECT_EQ(c().find_region(Driver::alibaba, "cn-hongkong")->partition, "international");
  EXPECT_TRUE(c().find_region(Driver::azure, "francesouth")->restricted);
}

TEST(Regions, WrongOnesAreRefusedAndUnknownDriversAreNot) {
  EXPECT_EQ(c().has_region(Driver::aws, "us-esat-1"), Known::no);
  EXPECT_EQ(c().has_region(Driver::gcp, "us-east-1"), Known::no);
  EXPECT_EQ(c().has_region(Driver::openstack, "RegionOne"), Known::unknown);
  EXPECT_THAT(c().region_names(Driver::gcp), Contains("europe-west4"));
  EXPECT_GE(c().regions(Driver::aws).size(), 38U);
  EXPECT_GE(c().regions(Driver::azure).size(), 60U);
}

TEST(Regions, AzureTakesDisplayNames) {
  ASSERT_NE(c().find_region(Driver::azure, "West Europe"), nullptr);
  EXPECT_EQ(c().find_region(Driver::azure, "West Europe")->name, "westeurope");
  EXPECT_EQ(c().find_region(Driver::aws, "US-EAST-1"), nullptr);
}

TEST(Zones, AreListedAsTheUserWritesThem) {
  EXPECT_THAT(c().zones(Driver::aws, "us-east-1"), ElementsAre("a", "b", "c", "d", "e", "f"));
  EXPECT_THAT(c().zones(Driver::aws, "ap-northeast-1"), ElementsAre("a", "c", "d"));
  EXPECT_THAT(c().zones(Driver::azure, "westeurope"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(c().zones(Driver::gcp, "us-central1"), ElementsAre("a", "b", "c", "f"));
  EXPECT_THAT(c().zones(Driver::gcp, "europe-west1"), ElementsAre("b", "c", "d"));
  EXPECT_THAT(c().zones(Driver::alibaba, "cn-hongkong"), IsEmpty());
  EXPECT_THAT(c().zones(Driver::openstack, "RegionOne"), IsEmpty());
}

struct ZoneCase {
  Driver driver;
  const char* region;
  const char* zone;
  Known known;
};

class ZoneKnown : public testing::TestWithParam<ZoneCase> {};

TEST_P(ZoneKnown, SaysNoOnlyWhenSure) {
  const auto& p = GetParam();
  EXPECT_EQ(c().has_zone(p.driver, p.region, p.zone), p.known) << p.region << ' ' << p.zone;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ZoneKnown,
    testing::Values(ZoneCase{Driver::aws, "us-east-1", "a", Known::yes},
                    ZoneCase{Driver::aws, "us-east-1", "us-east-1f", Known::yes},
                    ZoneCase{Driver::aws, "us-east-1", "g", Known::no},
                    ZoneCase{Driver::aws, "us-east-1", "us-west-2a", Known::no},
                    ZoneCase{Driver::aws, "us-east-1", "1", Known::no},
                    // accounts see different letters
                    ZoneCase{Driver::aws, "ap-northeast-1", "b", Known::unknown},
                    ZoneCase{Driver::aws, "us-west-1", "c", Known::unknown},
                    ZoneCase{Driver::aws, "us-west-2", "us-west-2-lax-1a", Known::unknown},
                    ZoneCase{Driver::aws, "cn-north-1", "a", Known::unknown},
                    ZoneCase{Driver::aws, "cn-north-1", "z", Known::no},
                    ZoneCase{Driver::azure, "westeurope", "2", Known::yes},
                    ZoneCase{Driver::azure, "westeurope", "4", Known::no},
                    ZoneCase{Driver::azure, "westus", "1", Known::unknown},
                    ZoneCase{Driver::azure, "westus", "a", Known::no},
                    ZoneCase{Driver::gcp, "us-east1", "us-east1-b", Known::yes},
                    ZoneCase{Driver::gcp, "us-east1", "a", Known::no},
                    ZoneCase{Driver::alibaba, "cn-hangzhou", "cn-hangzhou-k", Known::unknown},
                    ZoneCase{Driver::alibaba, "cn-hangzhou", "kk", Known::no},
                    ZoneCase{Driver::alibaba, "ap-southeast-1", "ap-southeast-1a", Known::unknown},
                    ZoneCase{Driver::openstack, "RegionOne", "nova", Known::unknown}));

TEST(Zones, ShortAndFullNamesConvert) {
  EXPECT_EQ(full_zone(Driver::aws, "us-east-1", "a"), "us-east-1a");
  EXPECT_EQ(full_zone(Driver::aws, "us-east-1", "us-east-1a"), "us-east-1a");
  EXPECT_EQ(short_zone(Driver::aws, "us-east-1", "us-east-1a"), "a");
  EXPECT_EQ(full_zone(Driver::gcp, "us-central1", "b"), "us-central1-b");
  EXPECT_EQ(short_zone(Driver::gcp, "us-central1", "us-central1-b"), "b");
  EXPECT_EQ(full_zone(Driver::alibaba, "cn-hangzhou", "k"), "cn-hangzhou-k");
  EXPECT_EQ(full_zone(Driver::alibaba, "ap-southeast-1", "a"), "ap-southeast-1a");
  EXPECT_EQ(short_zone(Driver::alibaba, "ap-southeast-1", "ap-southeast-1a"), "a");
  EXPECT_EQ(full_zone(Driver::azure, "westeurope", "1"), "1");
  EXPECT_EQ(short_zone(Driver::azure, "westeurope", "westeurope-1"), "1");
  EXPECT_EQ(full_zone(Driver::openstack, "RegionOne", "nova"), "nova");
}

TEST(Types, AreFoundWithTheirFacts) {
  const auto* type = c().find_type(Driver::aws, "m7i.large");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->vcpus, 2);
  EXPECT_EQ(type->memory_mib, 8192U);
  EXPECT_TRUE(type->x86_64);
  EXPECT_FALSE(type->arm64);
  EXPECT_EQ(type->family, "m7i");
  EXPECT_TRUE(c().find_type(Driver::aws, "c7g.large")->arm64);
  EXPECT_TRUE(c().find_type(Driver::aws, "t3.micro")->burstable);
  EXPECT_EQ(c().find_type(Driver::aws, "m7i.metal-24xl")->type_class, TypeClass::exotic);
  EXPECT_EQ(c().find_type(Driver::azure, "Standard_D2s_v5")->memory_mib, 8192U);
  EXPECT_NE(c().find_type(Driver::azure, "standard_d2s_v5"), nullptr);
  EXPECT_EQ(c().find_type(Driver::aws, "M7I.LARGE"), nullptr);
  EXPECT_EQ(c().find_type(Driver::gcp, "c4-standard-4")->memory_mib, 15360U);
  EXPECT_EQ(c().find_type(Driver::alibaba, "ecs.c7.xlarge")->memory_mib, 8192U);
}

TEST(Types, RetiredOnesNameTheirSuccessor) {
  const auto* f2 = c().find_type(Driver::azure, "Standard_F2s_v2");
  ASSERT_NE(f2, nullptr);
  EXPECT_TRUE(f2->retired);
  EXPECT_EQ(f2->successor, "Standard_F2als_v6");
  const auto* m4 = c().find_type(Driver::aws, "m4.large");
  EXPECT_FALSE(m4->current);
  EXPECT_FALSE(m4->retired);
  EXPECT_EQ(m4->successor, "m7i.large");
}

struct TypeCase {
  Driver driver;
  const char* name;
  Known known;
};

class TypeKnown : public testing::TestWithParam<TypeCase> {};

TEST_P(TypeKnown, SaysNoOnlyWhenSure) {
  EXPECT_EQ(c().has_type(GetParam().driver, GetParam().name), GetParam().known) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    Table, TypeKnown,
    testing::Values(TypeCase{Driver::aws, "m7i.large", Known::yes},
                    TypeCase{Driver::aws, "m7i.lrage", Known::no},
                    TypeCase{Driver::aws, "m7i.3xlarge", Known::no},
                    TypeCase{Driver::aws, "mi7.large", Known::no},
                    TypeCase{Driver::aws, "m7z.large", Known::no},
                    TypeCase{Driver::aws, "m10g.large", Known::unknown},
                    TypeCase{Driver::aws, "m70.large", Known::no},
                    TypeCase{Driver::aws, "Standard_D2s_v5", Known::no},
                    TypeCase{Driver::azure, "Standard_D2s_v5", Known::yes},
                    TypeCase{Driver::azure, "Standard_D3s_v5", Known::no},
                    TypeCase{Driver::azure, "Standard_D2s_v9", Known::unknown},
                    TypeCase{Driver::azure, "Standard_D2s_v55", Known::no},
                    TypeCase{Driver::azure, "Standard_E4-2ds_v5", Known::unknown},
                    TypeCase{Driver::azure, "Standard_D192s_v6", Known::unknown},
                    TypeCase{Driver::azure, "D2s_v5", Known::no},
                    TypeCase{Driver::gcp, "n2-standard-2", Known::yes},
                    TypeCase{Driver::gcp, "n2-standard-3", Known::no},
                    TypeCase{Driver::gcp, "n2-custom-4-8192", Known::unknown},
                    TypeCase{Driver::gcp, "c9-standard-8", Known::unknown},
                    TypeCase{Driver::gcp, "n2-standrd-2", Known::no},
                    TypeCase{Driver::alibaba, "ecs.g7.large", Known::yes},
                    TypeCase{Driver::alibaba, "ecs.g7.24xlarge", Known::unknown},
                    TypeCase{Driver::alibaba, "g7.large", Known::no},
                    TypeCase{Driver::openstack, "m1.small", Known::unknown}));

TEST(Offers, AreKnownPerRegionAndCautiousPerZone) {
  const auto* m7i = c().find_type(Driver::aws, "m7i.large");
  EXPECT_EQ(c().offered(*m7i, "us-east-1"), Known::yes);
  EXPECT_EQ(c().offered(*m7i, "eu-central-1", "a"), Known::yes);   // in all zones there
  EXPECT_EQ(c().offered(*m7i, "us-east-1", "e"), Known::unknown);  // not in all: letters differ
  EXPECT_EQ(c().offered(*c().find_type(Driver::aws, "m1.small"), "eu-central-1"), Known::no);
  EXPECT_EQ(c().offered(*m7i, "eusc-de-east-1"), Known::unknown);
  EXPECT_EQ(c().offered(*c().find_type(Driver::alibaba, "ecs.g7.large"), "cn-hangzhou"),
            Known::unknown);
  EXPECT_EQ(c().offered(*m7i, "nowhere"), Known::unknown);
}

TEST(Prices, AreKnownWhereTheSourceHasThem) {
  const auto usd = [](Driver d, const char* type, const char* region) {
    return c().price(*c().find_type(d, type), region);
  };
  EXPECT_NEAR(usd(Driver::aws, "m5.large", "us-east-1").value(), 0.096, 1e-6);
  EXPECT_NEAR(usd(Driver::aws, "c6a.large", "us-east-1").value(), 0.0765, 1e-6);
  EXPECT_NEAR(usd(Driver::gcp, "e2-standard-2", "us-central1").value(), 0.067, 0.001);
  EXPECT_EQ(usd(Driver::azure, "Standard_D2s_v5", "westeurope"), std::nullopt);
  EXPECT_EQ(usd(Driver::alibaba, "ecs.g7.large", "cn-hangzhou"), std::nullopt);
  EXPECT_EQ(usd(Driver::aws, "m5.large", "nowhere"), std::nullopt);
}

TEST(Images, ResolvePerDriverAndArchitecture) {
  const auto* debian = c().find_image(Driver::aws, "debian-12", Arch::arm64);
  ASSERT_NE(debian, nullptr);
  EXPECT_EQ(debian->ssm_parameter, "/aws/service/debian/release/12/latest/arm64");
  EXPECT_EQ(debian->owner, "136693071363");
  EXPECT_EQ(debian->login_user, "admin");
  EXPECT_EQ(c().find_image(Driver::aws, "ubuntu-24.04", Arch::x86_64, "aws-cn")->owner,
            "837727238323");
  const auto* urn = c().find_image(Driver::azure, "ubuntu-24.04", Arch::x86_64);
  EXPECT_EQ(urn->offer, "ubuntu-24_04-lts");
  EXPECT_TRUE(urn->any_user);
  EXPECT_TRUE(c().find_image(Driver::azure, "rocky-9", Arch::x86_64)->needs_plan);
  EXPECT_EQ(c().find_image(Driver::gcp, "ubuntu-24.04", Arch::arm64)->family,
            "ubuntu-2404-lts-arm64");
  EXPECT_EQ(c().find_image(Driver::openstack, "debian-12", Arch::x86_64)->os_version, "12");
  EXPECT_EQ(c().find_image(Driver::gcp, "al2023", Arch::x86_64), nullptr);
}

TEST(Images, AreUnknownOnlyWhereOurFactsEnd) {
  EXPECT_EQ(c().has_image(Driver::aws, "debian-12", Arch::x86_64, "aws-cn"), Known::unknown);
  EXPECT_EQ(c().has_image(Driver::azure, "al2023", Arch::x86_64), Known::no);
  EXPECT_EQ(c().has_image(Driver::aws, "debain-12", Arch::x86_64), Known::no);
  EXPECT_TRUE(c().is_portable_image("rocky-9"));
  EXPECT_FALSE(c().is_portable_image("windows-2022"));
  EXPECT_EQ(c().image_names().size(), 6U);
}

TEST(Images, EndOfSupportIsADate) {
  const auto* jammy = c().find_image(Driver::gcp, "ubuntu-22.04", Arch::x86_64);
  EXPECT_FALSE(Catalog::ended(*jammy, "2027-06-01"));
  EXPECT_TRUE(Catalog::ended(*jammy, "2027-06-02"));
  EXPECT_EQ(jammy->successor, "ubuntu-24.04");
}

TEST(Images, NativeFormsAreRecognised) {
  EXPECT_TRUE(is_native_image(Driver::aws, "ami-0123456789abcdef0"));
  EXPECT_FALSE(is_native_image(Driver::aws, "ami-xyz"));
  EXPECT_TRUE(is_native_image(Driver::azure, "Canonical:ubuntu-24_04-lts:server:latest"));
  EXPECT_FALSE(is_native_image(Driver::azure, "Canonical:ubuntu-24_04-lts"));
  EXPECT_TRUE(is_native_image(Driver::azure, "/subscriptions/s/resourceGroups/r/x"));
  EXPECT_TRUE(is_native_image(Driver::gcp, "projects/debian-cloud/global/images/family/debian-12"));
  EXPECT_FALSE(is_native_image(Driver::gcp, "debian-12"));
  EXPECT_TRUE(is_native_image(Driver::alibaba, "m-bp1abc"));
  EXPECT_TRUE(is_native_image(Driver::alibaba, "ubuntu_24_04_x64_20G_alibase_20260618.vhd"));
  EXPECT_TRUE(is_native_image(Driver::openstack, "0c1d9f4e-1c52-4d0e-9c57-7b9c0f6d3c11"));
  EXPECT_FALSE(is_native_image(Driver::openstack, "debian-12"));
}

TEST(Staleness, IsToldWhenTheOldestSetIsOld) {
  using std::chrono::sys_days;
  using namespace std::chrono_literals;
  EXPECT_EQ(c().staleness(Driver::aws, sys_days{2026y / 11 / 22}), "");
  EXPECT_THAT(c().staleness(Driver::aws, sys_days{2036y / 1 / 1}),
              testing::AllOf(HasSubstr("aws: the "), HasSubstr(" days old; "),
                             HasSubstr("--online asks the cloud")));
  EXPECT_NE(c().staleness(Driver::gcp, sys_days{2036y / 1 / 1}), "");
  EXPECT_EQ(c().staleness(Driver::openstack, sys_days{2036y / 1 / 1}), "");
}

}  // namespace
}  // namespace ccloud::catalog
