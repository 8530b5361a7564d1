// The words: architectures, classes, sections; zones short and full; the forms of each cloud's own
// names. No data is touched here.
#include <array>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/forms.h"
#include "catalog/rules.h"

namespace ccloud::catalog {

namespace {

using Join = ZoneRules::Join;

/// "us-east-1a" without "us-east-1"; with `dash` the zone follows a dash.
std::string_view without_region(std::string_view region, std::string_view zone, bool dash) {
  if (!zone.starts_with(region) || zone.size() <= region.size()) return zone;
  auto rest = zone.substr(region.size());
  if (!dash) return rest;
  if (rest.front() != '-' || rest.size() == 1) return zone;
  return rest.substr(1);
}

bool dash_before_zone(Join join, std::string_view region) {
  if (join == Join::dashed_after_a_letter) return region.empty() || !is_digit(region.back());
  return join != Join::glued;
}

}  // namespace

std::string_view to_string(Arch arch) { return arch == Arch::x86_64 ? "x86_64" : "arm64"; }

std::optional<Arch> parse_arch(std::string_view name) {
  const auto word = to_lower(name);
  for (const auto alias : {"x86_64", "amd64", "x64", "x86-64"}) {
    if (word == alias) return Arch::x86_64;
  }
  for (const auto alias : {"arm64", "aarch64", "arm"}) {
    if (word == alias) return Arch::arm64;
  }
  return std::nullopt;
}

std::string_view to_string(TypeClass type_class) {
  static constexpr std::array<std::string_view, 5> names = {"general", "compute", "memory",
                                                            "storage", "exotic"};
  return names[static_cast<std::size_t>(type_class)];
}

std::optional<Section> parse_section(std::string_view name) {
  if (name == "regions") return Section::regions;
  if (name == "zones") return Section::zones;
  if (name == "sizes") return Section::sizes;
  if (name == "images") return Section::images;
  return std::nullopt;
}

std::string short_zone(Driver driver, std::string_view region, std::string_view zone) {
  const Join join = rules(driver).zones.join;
  return std::string(without_region(region, zone, dash_before_zone(join, region)));
}

std::string full_zone(Driver driver, std::string_view region, std::string_view zone) {
  const Join join = rules(driver).zones.join;
  const auto word = short_zone(driver, region, zone);
  if (join == Join::short_only) return word;
  if (word.size() > 1) return word;  // not a short name of this region: left as it is
  return std::string(region) + (dash_before_zone(join, region) ? "-" : "") + word;
}

std::string subnet_zone(Driver driver, std::string_view region, std::string_view key,
                        std::size_t of) {
  const bool is_for_all = !rules(driver).networks.zonal_subnets && (of == 1 || key == region);
  return is_for_all ? std::string() : full_zone(driver, region, key);
}

std::string normal_region(Driver driver, std::string_view region) {
  if (!rules(driver).folds_case) return std::string(region);
  return replace_all(to_lower(region), " ", "");
}

bool is_native_image(Driver driver, std::string_view text) {
  return rules(driver).images.is_id(text);
}

bool is_type_form(Driver driver, std::string_view text) {
  return !text.empty() && rules(driver).types.is_form(text);
}

}  // namespace ccloud::catalog
