#include "catalog/rules.h"

#include <array>

namespace ccloud::catalog {

namespace {

constexpr std::array drivers = {
#define CCLOUD_CLOUD(name) Driver::name,
#include "catalog/clouds.def"
#undef CCLOUD_CLOUD
};

constexpr std::array<const Rules*, driver_count> all_rules = {
#define CCLOUD_CLOUD(name) &clouds::name,
#include "catalog/clouds.def"
#undef CCLOUD_CLOUD
};

}  // namespace

const Rules& rules(Driver driver) { return *all_rules[static_cast<std::size_t>(driver)]; }

std::span<const Driver> all_drivers() { return drivers; }

std::string_view to_string(Driver driver) { return rules(driver).name; }

std::optional<Driver> parse_driver(std::string_view name) {
  for (const auto driver : drivers) {
    if (to_string(driver) == name) return driver;
  }
  return std::nullopt;
}

}  // namespace ccloud::catalog
