// Look-ups in the parsed data: regions, zones, types, offers, prices. Each cloud's file is parsed
// when it is first asked for, so that a command that asks nothing pays nothing.
#include "catalog/catalog.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "base/text.h"
#include "catalog/data.h"
#include "catalog/rules.h"

namespace ccloud::catalog {

struct Catalog::Lazy {
  std::array<std::once_flag, driver_count> once;
  std::array<DriverData, driver_count> drivers;
  std::array<std::once_flag, driver_count> families_once;
  std::array<std::vector<FamilyKey>, driver_count> families;
  std::once_flag images_once;
  ImageData images;
};

Catalog::Catalog() : lazy_(std::make_unique<Lazy>()) {}
Catalog::~Catalog() = default;

const Catalog& builtin() {
  static const Catalog catalog;
  return catalog;
}

const DriverData& Catalog::data(Driver driver) const {
  const auto i = static_cast<std::size_t>(driver);
  std::call_once(lazy_->once[i], [&] {
    lazy_->drivers[i] =
        parse_driver_data(driver, rules(driver).data == nullptr ? "" : rules(driver).data());
  });
  return lazy_->drivers[i];
}

const ImageData& Catalog::image_data() const {
  std::call_once(lazy_->images_once, [&] { lazy_->images = parse_image_data(embedded_images()); });
  return lazy_->images;
}

const std::vector<FamilyKey>& Catalog::families(Driver driver) const {
  const auto i = static_cast<std::size_t>(driver);
  std::call_once(lazy_->families_once[i],
                 [&] { lazy_->families[i] = family_keys(driver, data(driver)); });
  return lazy_->families[i];
}

bool Catalog::knows(Driver driver) const { return rules(driver).data != nullptr; }

std::span<const DataSet> Catalog::data_sets(Driver driver) const { return data(driver).sets; }

// --- regions and zones

std::span<const Region> Catalog::regions(Driver driver) const { return data(driver).regions; }

const Region* Catalog::find_region(Driver driver, std::string_view name) const {
  const auto& d = data(driver);
  const auto find = [&](std::string_view wanted) -> const Region* {
    const auto key = [&](std::uint16_t i) { return d.regions[i].name; };
    const auto at = std::ranges::lower_bound(d.regions_by_name, wanted, {}, key);
    return at == d.regions_by_name.end() || key(*at) != wanted ? nullptr : &d.regions[*at];
  };
  const Region* found = find(name);
  return found != nullptr ? found : find(normal_region(driver, name));
}

Known Catalog::has_region(Driver driver, std::string_view name) const {
  if (!knows(driver)) return Known::unknown;
  return find_region(driver, name) != nullptr ? Known::yes : Known::no;
}

std::vector<std::string_view> Catalog::region_names(Driver driver) const {
  std::vector<std::string_view> names;
  for (const auto& region : regions(driver)) names.push_back(region.name);
  return names;
}

std::vector<std::string> Catalog::zones(Driver driver, std::string_view region) const {
  const auto* found = find_region(driver, region);
  if (found == nullptr || !found->zones_known) return {};
  return split(found->zone_words, ',');
}

namespace {

/// May a zone of that short name exist in a region whose zones the sources do not tell, or not
/// tell completely?
Known zone_form(std::string_view zone, char first, char last) {
  return zone.size() == 1 && zone.front() >= first && zone.front() <= last ? Known::unknown
                                                                           : Known::no;
}

}  // namespace

Known Catalog::has_zone(Driver driver, std::string_view region, std::string_view zone) const {
  const auto* found = find_region(driver, region);
  if (!knows(driver) || found == nullptr) return Known::unknown;
  const auto word = short_zone(driver, found->name, zone);
  if (word.size() > 1 && word.front() == '-') return Known::unknown;  // an aws local zone
  const ZoneRules& form = rules(driver).zones;
  if (!found->zones_known) return zone_form(word, form.first, form.last);
  const std::string_view known = found->zone_words;  // "a,b,c"
  for (std::size_t at = known.find(word); at < known.size(); at = known.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool is_whole =
        (at == 0 || known[at - 1] == ',') && (end == known.size() || known[end] == ',');
    if (is_whole && !word.empty()) return Known::yes;
  }
  // An account's letters are its own: what one sees as a, c, d another sees as a, b, c, and two may
  // be shown of three.
  return form.per_account && !known.empty()
             ? zone_form(word, form.first, std::max(known.back(), 'c'))
             : Known::no;
}

// --- types

std::span<const Type> Catalog::types(Driver driver) const { return data(driver).types; }

std::vector<const Type*> Catalog::types(Driver driver, std::string_view region) const {
  std::vector<const Type*> found;
  for (const auto& type : types(driver)) {
    if (offered(type, region) != Known::no) found.push_back(&type);
  }
  return found;
}

const Type* Catalog::find_type(Driver driver, std::string_view name) const {
  const auto& d = data(driver);
  const bool folds = rules(driver).folds_case;
  const auto folded = folds ? to_lower(name) : std::string(name);
  const auto less = [&](std::uint16_t i, const std::string& wanted) {
    const auto own = d.types[i].name;
    return folds ? to_lower(own) < wanted : own < wanted;
  };
  const auto at = std::lower_bound(d.by_name.begin(), d.by_name.end(), folded, less);
  if (at == d.by_name.end() || !names_equal(driver, d.types[*at].name, folded)) return nullptr;
  return &d.types[*at];
}

std::vector<std::string_view> Catalog::type_names(Driver driver) const {
  std::vector<std::string_view> names;
  for (const auto& type : types(driver)) names.push_back(type.name);
  return names;
}

Known Catalog::offered(const Type& type, std::string_view region, std::string_view zone) const {
  const auto& d = data(type.driver);
  const auto* place = find_region(type.driver, region);
  if (place == nullptr) return Known::unknown;
  const auto offer = offer_at(d, type, *place);
  if (offer.sold == Sold::no) return Known::no;
  if (offer.sold == Sold::unknown) return Known::unknown;
  if (zone.empty()) return Known::yes;
  if (offer.sold == Sold::somewhere) return Known::unknown;
  // The letters of another account's zones: only "in all of them" holds for everyone.
  const auto count = split(place->zone_words, ',').size();
  return offer.zone_bits == (1U << count) - 1 ? Known::yes : Known::unknown;
}

std::optional<double> Catalog::price(const Type& type, std::string_view region) const {
  const auto* place = find_region(type.driver, region);
  if (place == nullptr) return std::nullopt;
  return price_at(data(type.driver), type, *place);
}

// --- images

std::span<const std::string_view> Catalog::image_names() const { return image_data().names; }

bool Catalog::is_portable_image(std::string_view name) const {
  return std::ranges::find(image_names(), name) != image_names().end();
}

std::span<const Image> Catalog::images(Driver driver) const {
  const auto& all = image_data().images;
  const auto range = std::ranges::equal_range(all, driver, {}, &Image::driver);
  return {range.begin(), range.end()};
}

const Image* Catalog::find_image(Driver driver, std::string_view name, Arch arch,
                                 std::string_view partition) const {
  const std::string_view usual = rules(driver).images.usual_partition;
  if (partition.empty()) partition = usual;
  for (const auto& image : images(driver)) {
    if (image.name != name || image.arch != arch) continue;
    if (usual.empty() || image.partition == partition) return &image;
  }
  return nullptr;
}

Known Catalog::has_image(Driver driver, std::string_view name, Arch arch,
                         std::string_view partition) const {
  if (find_image(driver, name, arch, partition) != nullptr) return Known::yes;
  const bool elsewhere =
      !rules(driver).images.usual_partition.empty() && find_image(driver, name, arch) != nullptr;
  return elsewhere ? Known::unknown : Known::no;
}

bool Catalog::ended(const Image& image, std::string_view today) {
  return !image.end_of_life.empty() && today > image.end_of_life;
}

}  // namespace ccloud::catalog
