// The parsed form of one data file. Everything is a view into the file's bytes; the tables are as
// small as the facts. The format is told in README.md.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace ccloud::catalog {

struct TypeFacts {           ///< beside each Type, by the same index
  std::int32_t offers = -1;  ///< row of `offers`; -1: unknown everywhere
  std::int32_t prices = -1;  ///< row of `prices`; -1: unknown everywhere
  float factor = 1;          ///< the row's unit price times this is the type's price
  bool open_family = false;  ///< more sizes of the family exist than are listed
};

struct DriverData {
  std::vector<DataSet> sets;
  std::vector<Region> regions;
  std::vector<Type> types;
  std::vector<TypeFacts> facts;
  std::vector<std::string_view> offers;  ///< one character per region, see `offer_at`
  std::vector<std::uint32_t> prices;     ///< rows of regions.size() micro-USD; 0: unknown
  std::vector<std::uint16_t> by_name;    ///< indexes of types, sorted by name
  std::vector<std::uint16_t> regions_by_name;

  std::size_t bytes() const;  ///< heap memory held
};

struct ImageData {
  std::vector<DataSet> sets;
  std::vector<std::string_view> names;
  std::vector<Image> images;  ///< of all drivers, in the order of Driver as the file has them
};

/// Lines that are not understood are skipped: the tests hold the real files to the format.
DriverData parse_driver_data(Driver driver, std::string_view text);
ImageData parse_image_data(std::string_view text);
std::string_view embedded_images();  ///< its bytes in the binary

/// A type's name without its size, for names that are not in the data.
struct FamilyKey {
  std::string key;
  bool open = false;  ///< more sizes exist than are listed

  auto operator<=>(const FamilyKey&) const = default;
};
std::vector<FamilyKey> family_keys(Driver driver, const DriverData& data);  ///< sorted, unique

enum class Sold : std::uint8_t { no, unknown, somewhere, zones };
struct Offer {
  Sold sold = Sold::unknown;
  unsigned zone_bits = 0;  ///< with Sold::zones: bit i is the region's zone i
};
Offer offer_at(const DriverData& data, const Type& type, const Region& region);
/// USD an hour; nullopt where the sources do not tell.
std::optional<double> price_at(const DriverData& data, const Type& type, const Region& region);
/// Sold in at least nine of ten of the regions whose offers are known, or said to be so.
bool widely_sold(const DriverData& data, const Type& type);

/// As that cloud compares names.
bool names_equal(Driver driver, std::string_view a, std::string_view b);

}  // namespace ccloud::catalog
