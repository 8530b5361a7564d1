// Decides whether a type's name that is not in the data can exist all the same. A wrong "no" would
// keep a user from a machine that is for sale, so "no" is said only where the data is whole.
#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/data.h"

namespace ccloud::catalog {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

/// The name without its size: "m7i", "n2-standard", "ecs.g7", "standard_ds_v5".
std::string family_key(Driver driver, std::string_view name) {
  switch (driver) {
    case Driver::aws:
      return std::string(name.substr(0, name.find('.')));
    case Driver::gcp:
      return std::string(name.substr(0, name.rfind('-')));
    case Driver::alibaba:
      return std::string(name.substr(0, name.rfind('.')));
    case Driver::azure: {
      auto key = to_lower(name);
      const auto first = std::ranges::find_if(key, digit);
      const auto last = std::find_if_not(first, key.end(), digit);
      key.erase(first, last);
      return key;
    }
    case Driver::openstack:
      break;
  }
  return std::string(name);
}

struct Generation {
  std::string_view letters;  ///< "m"
  int number = 0;            ///< 7
};

Generation aws_generation(std::string_view name) {
  std::size_t letters = 0;
  while (letters < name.size() && !digit(name[letters]) && name[letters] != '.') ++letters;
  Generation generation{name.substr(0, letters), 0};
  for (auto i = letters; i < name.size() && digit(name[i]) && i < letters + 3; ++i) {
    generation.number = generation.number * 10 + (name[i] - '0');
  }
  return generation;
}

/// aws: the list is whole for its date, so only a generation beyond it may be news.
Known newer_generation(const DriverData& data, std::string_view name) {
  const auto asked = aws_generation(name);
  int newest = 0;
  for (const auto& type : data.types) {
    const auto own = aws_generation(type.name);
    if (own.letters == asked.letters) newest = std::max(newest, own.number);
  }
  const bool news = newest > 0 && asked.number > newest && asked.number <= newest + 3;
  return news ? Known::unknown : Known::no;
}

/// azure: "standard_ds_v5" is version 5 of "standard_ds"; without one it is the first.
Generation azure_version(std::string_view key) {
  const auto at = key.rfind("_v");
  if (at == std::string_view::npos) return {key, 1};
  const auto number = parse_int(key.substr(at + 2));
  return number && *number < 1000 ? Generation{key.substr(0, at), static_cast<int>(*number)}
                                  : Generation{key, 1};
}

/// Versions come one at a time: one far beyond those we know is a slip.
Known newer_version(const std::vector<FamilyKey>& keys, std::string_view name) {
  const auto whole = to_lower(name);
  const auto asked = azure_version(whole);
  const auto digits = asked.letters.find_first_of("0123456789");
  const auto rest = asked.letters.find_first_not_of("0123456789", digits);
  if (digits == std::string_view::npos || rest == std::string_view::npos) return Known::unknown;
  const auto family =
      std::string(asked.letters.substr(0, digits)) + std::string(asked.letters.substr(rest));
  int newest = 0;
  for (const auto& known : keys) {
    const auto own = azure_version(known.key);
    if (own.letters == family) newest = std::max(newest, own.number);
  }
  return newest > 0 && asked.number > newest + 3 ? Known::no : Known::unknown;
}

/// gcp: the series may be one that we do not carry, the shape cannot.
Known gcp_shape(std::string_view name) {
  for (const auto shape :
       {"-standard-", "-highcpu-", "-highmem-", "-custom-", "custom-", "-ultramem-", "-megamem-",
        "-hypermem-", "-highgpu-", "-ultragpu-", "-megagpu-", "-edgegpu-", "-maxgpu-",
        "-standardlssd-", "-highmemhighlssd-"}) {
    const std::string_view word = shape;
    if (word.front() == '-' ? name.contains(word) : name.starts_with(word)) return Known::unknown;
  }
  return Known::no;
}

}  // namespace

std::vector<FamilyKey> family_keys(Driver driver, const DriverData& data) {
  std::vector<FamilyKey> keys;
  for (const auto& type : data.types) {
    keys.push_back({family_key(driver, type.name), data.facts[type.index].open_family});
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
  const auto& d = data(driver);
  const auto& keys = families(driver);
  const auto key = family_key(driver, name);
  const auto at = std::ranges::lower_bound(keys, key, {}, &FamilyKey::key);
  if (at != keys.end() && at->key == key) return at->open ? Known::unknown : Known::no;
  if (driver == Driver::aws) return newer_generation(d, name);
  if (driver == Driver::gcp) return gcp_shape(name);
  if (driver == Driver::azure) return newer_version(keys, name);
  return Known::unknown;
}

}  // namespace ccloud::catalog
