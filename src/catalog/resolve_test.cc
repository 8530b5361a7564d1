// The resolution table: requirement in, type out, on the real data and on small made ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.h"

namespace ccloud::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Catalog& c() { return builtin(); }

struct Case {
  Driver driver;
  const char* region;
  SizeRequirement need;
  const char* chosen;
};

class Resolves : public testing::TestWithParam<Case> {};

TEST_P(Resolves, ToTheSmallestThenCheapest) {
  const auto& p = GetParam();
  const auto result = c().resolve_size(p.driver, p.region, {}, p.need);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->chosen.type->name, p.chosen) << result->why << "; " << result->chosen.why;
  EXPECT_THAT(c().unmet(*result->chosen.type, p.need), IsEmpty());
  EXPECT_THAT(result->next, SizeIs(2));
}

constexpr std::int64_t gib = 1024;
constexpr auto arm = Arch::arm64;
constexpr auto x86 = Arch::x86_64;

INSTANTIATE_TEST_SUITE_P(
    Table, Resolves,
    testing::Values(
        Case{Driver::aws, "us-east-1", {2, 4 * gib, x86, false}, "c6a.large"},
        Case{Driver::aws, "us-east-1", {4, 8 * gib, x86, false}, "c6a.xlarge"},
        Case{Driver::aws, "us-east-1", {2, 4 * gib, arm, false}, "c6g.large"},
        Case{Driver::aws, "us-east-1", {2, 1 * gib, x86, true}, "t3a.micro"},
        Case{Driver::aws, "us-east-1", {2, 16 * gib, x86, false}, "r5a.large"},
        Case{Driver::azure, "westeurope", {2, 4 * gib, x86, false}, "Standard_D2ls_v5"},
        Case{Driver::azure, "westeurope", {2, 8 * gib, x86, false}, "Standard_D2s_v5"},
        Case{Driver::azure, "westeurope", {3, 10 * gib, x86, false}, "Standard_D4s_v5"},
        Case{Driver::azure, "westeurope", {2, 8 * gib, arm, false}, "Standard_D2ps_v5"},
        Case{Driver::azure, "westeurope", {2, 1 * gib, x86, true}, "Standard_B2ts_v2"},
        Case{Driver::gcp, "us-central1", {2, 4 * gib, x86, false}, "e2-standard-2"},
        Case{Driver::gcp, "us-central1", {2, 2 * gib, x86, false}, "e2-highcpu-2"},
        Case{Driver::gcp, "us-central1", {2, 4 * gib, x86, true}, "e2-medium"},
        Case{Driver::gcp, "us-central1", {4, 8 * gib, arm, false}, "c4a-highcpu-4"},
        Case{Driver::alibaba, "cn-hongkong", {4, 8 * gib, x86, false}, "ecs.c7.xlarge"},
        Case{Driver::alibaba, "cn-hongkong", {2, 8 * gib, x86, false}, "ecs.g7.large"},
        Case{Driver::alibaba, "cn-hongkong", {2, 8 * gib, arm, false}, "ecs.g8y.large"},
        Case{Driver::alibaba, "cn-hongkong", {2, 1 * gib, x86, true}, "ecs.t6-c2m1.large"}));

TEST(Resolution, SaysWhyAndWhatComesNext) {
  const auto r = c().resolve_size(Driver::aws, "us-east-1", {}, {2, 4 * gib, x86, false});
  ASSERT_TRUE(r.has_value());
  EXPECT_THAT(r->why, HasSubstr("2 vCPU, 4 GiB, x86_64 asked in us-east-1"));
  EXPECT_THAT(r->why, HasSubstr("data of 2026-"));
  EXPECT_EQ(r->chosen.why, "2 vCPU, 4 GiB, compute, 0.0765 USD/h");
  ASSERT_THAT(r->next, SizeIs(2));
  EXPECT_NE(r->next[0].type, r->next[1].type);
  EXPECT_GE(r->next[0].usd_per_hour.value(), r->chosen.usd_per_hour.value());
}

TEST(Resolution, NeverTakesBurstableUnasked) {
  for (const auto driver : {Driver::aws, Driver::azure, Driver::gcp, Driver::alibaba}) {
    for (const auto& region : c().regions(driver)) {
      const auto r = c().resolve_size(driver, region.name, {}, {1, 512, x86, false});
      if (!r) continue;
      EXPECT_FALSE(r->chosen.type->burstable) << r->chosen.type->name;
      EXPECT_NE(r->chosen.type->type_class, TypeClass::exotic) << r->chosen.type->name;
      EXPECT_FALSE(r->chosen.type->retired) << r->chosen.type->name;
    }
  }
}

TEST(Resolution, EveryOpenRegionHasAnOrdinaryMachine) {
  for (const auto driver : {Driver::aws, Driver::azure, Driver::gcp, Driver::alibaba}) {
    for (const auto& region : c().regions(driver)) {
      const auto r = c().resolve_size(driver, region.name, {}, {2, 4 * gib, x86, false});
      ASSERT_TRUE(r.has_value()) << region.name << ": " << r.error().message;
      EXPECT_LE(r->chosen.type->vcpus, 4) << region.name << ' ' << r->chosen.type->name;
    }
  }
}

TEST(Resolution, TakesExoticOnlyWhenNothingElseWillDo) {
  const auto r = c().resolve_size(Driver::aws, "us-east-1", {}, {4, 8000 * gib, x86, false});
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(r->chosen.type->type_class, TypeClass::exotic);
  EXPECT_THAT(r->why, HasSubstr("no ordinary current type meets it"));
}

TEST(Resolution, PrefersWhatIsSoldEverywhereWhereOffersAreUnknown) {
  const auto r = c().resolve_size(Driver::aws, "cn-north-1", {}, {2, 8 * gib, x86, false});
  ASSERT_TRUE(r.has_value());
  int elsewhere = 0;
  for (const auto& region : c().regions(Driver::aws)) {
    elsewhere += c().offered(*r->chosen.type, region.name) == Known::yes;
  }
  EXPECT_GE(elsewhere, 27) << r->chosen.type->name;
}

TEST(Resolution, KeepsTheZonesAskedForAndProposesThreeElse) {
  const std::vector<std::string> asked = {"us-east-1a", "b"};
  const auto fixed = c().resolve_size(Driver::aws, "us-east-1", asked, {2, 4 * gib, x86, false});
  EXPECT_THAT(fixed->zones, ElementsAre("a", "b"));
  const auto open = c().resolve_size(Driver::aws, "us-east-1", {}, {2, 4 * gib, x86, false});
  EXPECT_THAT(open->zones, ElementsAre("a", "b", "c"));
  const auto gcp = c().resolve_size(Driver::gcp, "europe-west1", {}, {2, 4 * gib, x86, false});
  EXPECT_THAT(gcp->zones, ElementsAre("b", "c", "d"));
  const auto hk = c().resolve_size(Driver::alibaba, "cn-hongkong", {}, {2, 4 * gib, x86, false});
  EXPECT_THAT(hk->zones, IsEmpty());
}

TEST(Resolution, FailsWithTheLargestThatThereIs) {
  const auto r = c().resolve_size(Driver::gcp, "us-central1", {}, {5000, 4 * gib, x86, false});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::not_found);
  EXPECT_THAT(r.error().message, HasSubstr("no type of gcp in us-central1 has 5000 vCPU"));
  EXPECT_THAT(r.error().remedy, HasSubstr("the largest ordinary one is c3d-highmem-360"));
}

TEST(Resolution, NeedsDataAndARegion) {
  const auto os = c().resolve_size(Driver::openstack, "RegionOne", {}, {});
  ASSERT_FALSE(os.has_value());
  EXPECT_EQ(os.error().code, ErrorCode::unavailable);
  const auto bad = c().resolve_size(Driver::aws, "us-esat-1", {}, {});
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::not_found);
}

TEST(Unmet, NamesEverythingThatLacks) {
  const auto* t3 = c().find_type(Driver::aws, "t3.micro");
  EXPECT_EQ(c().unmet(*t3, {4, 8 * gib, arm, false}),
            "is x86_64, not arm64, has 2 of 4 vCPU, has 1 GiB of 8 GiB, is burstable");
  EXPECT_EQ(c().unmet(*t3, {2, 1 * gib, x86, true}), "");
}

}  // namespace
}  // namespace ccloud::catalog
