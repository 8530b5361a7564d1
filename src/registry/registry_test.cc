#include "registry/registry.h"

#include <gtest/gtest.h>

namespace ccloud::registry {
namespace {

TEST(Registry, SaysWhatItDoesNotHave) {
  cloud::ProviderSettings settings;
  settings.name = "mine";
  settings.driver = "vsphere";
  const auto made = make_provider({}, settings);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().raw_code, "not-supported");
  EXPECT_EQ(made.error().provider, "mine");
}

TEST(Registry, HasDrivers) { EXPECT_FALSE(drivers().empty()); }

}  // namespace
}  // namespace ccloud::registry
