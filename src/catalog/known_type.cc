// Decides whether a type's name that is not in the data can exist all the same. A wrong "no" would
// keep a user from a machine that is for sale, so "no" is said only where the data is whole.
#include <algorithm>

#include "catalog/catalog.h"
#include "catalog/data.h"
#include "catalog/rules.h"

namespace ccloud::catalog {

std::vector<FamilyKey> family_keys(Driver driver, const DriverData& data) {
  const auto family = rules(driver).types.family;
  std::vector<FamilyKey> keys;
  for (const auto& type : data.types) {
    keys.push_back({family(type.name), data.facts[type.index].open_family});
  }
  std::ranges::sort(keys);
  const auto rest = std::ranges::unique(keys, {}, &FamilyKey::key);
  keys.erase(rest.begin(), rest.end());
  keys.shrink_to_fit();
  return keys;
}

Known Catalog::has_type(Driver driver, std::string_view name) const {
  if (!knows(driver)) return Known::unknown;
  if (find_type(driver, name) != nullptr) return Known::yes;
  if (!is_type_form(driver, name)) return Known::no;
  const TypeRules& types = rules(driver).types;
  const auto& keys = families(driver);
  const auto key = types.family(name);
  const auto at = std::ranges::lower_bound(keys, key, {}, &FamilyKey::key);
  if (at != keys.end() && at->key == key) return at->open ? Known::unknown : Known::no;
  if (types.of_unlisted_family == nullptr) return Known::unknown;
  return types.of_unlisted_family(data(driver), keys, name);
}

}  // namespace ccloud::catalog
