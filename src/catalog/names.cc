// The words: drivers, architectures, classes, sections; zones short and full; the forms of each
// cloud's own names. No data is touched here.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "catalog/catalog.h"

namespace ccloud::catalog {

namespace {

constexpr std::array drivers = {Driver::aws, Driver::azure, Driver::gcp, Driver::alibaba,
                                Driver::openstack};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool letter(char c) { return lower(c) || (c >= 'A' && c <= 'Z'); }

bool all_of(std::string_view text, auto&& allowed) {
  return !text.empty() && std::ranges::all_of(text, allowed);
}

bool lower_word(std::string_view text) {
  return all_of(text, [](char c) { return lower(c) || digit(c) || c == '-'; });
}

bool hex_word(std::string_view text) {
  return all_of(text, [](char c) { return digit(c) || (c >= 'a' && c <= 'f'); });
}

bool uuid_form(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

/// "nano" ... "large", "xlarge", "16xlarge", "metal", "metal-24xl".
bool ladder_size(std::string_view size) {
  for (const auto word : {"nano", "micro", "small", "medium", "large", "metal"}) {
    if (size == word) return true;
  }
  if (size.starts_with("metal-")) size.remove_prefix(6);
  while (!size.empty() && digit(size.front())) size.remove_prefix(1);
  return size == "xlarge" || size == "xl";
}

bool aws_type(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || !lower(text.front())) return false;
  return lower_word(text.substr(0, dot)) && ladder_size(text.substr(dot + 1));
}

/// Standard_D2s_v5, Standard_E4-2ds_v5, Standard_NC24ads_A100_v4, Basic_A1.
bool azure_type(std::string_view text) {
  const auto bar = text.find('_');
  if (bar == std::string_view::npos) return false;
  const auto tier = text.substr(0, bar);
  if (!equals_ignoring_case(tier, "standard") && !equals_ignoring_case(tier, "basic")) return false;
  auto rest = text.substr(bar + 1);
  std::size_t letters = 0;
  while (letters < rest.size() && letter(rest[letters])) ++letters;
  if (letters == 0 || letters > 3 || letters >= rest.size() || !digit(rest[letters])) return false;
  return all_of(rest, [](char c) { return letter(c) || digit(c) || c == '_' || c == '-'; });
}

bool gcp_type(std::string_view text) {
  return lower_word(text) && lower(text.front()) && text.contains('-') && text.back() != '-' &&
         std::ranges::any_of(text, digit);
}

bool alibaba_type(std::string_view text) {
  if (!text.starts_with("ecs.")) return false;
  text.remove_prefix(4);
  const auto dot = text.find('.');
  return dot != std::string_view::npos && lower_word(text.substr(0, dot)) &&
         ladder_size(text.substr(dot + 1));
}

/// "us-east-1a" without "us-east-1"; with `dash` the zone follows a dash.
std::string_view without_region(std::string_view region, std::string_view zone, bool dash) {
  if (!zone.starts_with(region) || zone.size() <= region.size()) return zone;
  auto rest = zone.substr(region.size());
  if (!dash) return rest;
  if (rest.front() != '-' || rest.size() == 1) return zone;
  return rest.substr(1);
}

/// Alibaba writes cn-hangzhou-k, but ap-southeast-1a where the region ends in a digit.
bool dash_before_zone(Driver driver, std::string_view region) {
  if (driver == Driver::aws) return false;
  if (driver == Driver::alibaba) return region.empty() || !digit(region.back());
  return true;
}

}  // namespace

std::string_view to_string(Driver driver) {
  static constexpr std::array<std::string_view, driver_count> names = {"aws", "azure", "gcp",
                                                                       "alibaba", "openstack"};
  return names[static_cast<std::size_t>(driver)];
}

std::optional<Driver> parse_driver(std::string_view name) {
  for (const auto driver : drivers) {
    if (to_string(driver) == name) return driver;
  }
  return std::nullopt;
}

std::span<const Driver> all_drivers() { return drivers; }

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
  return std::string(without_region(region, zone, dash_before_zone(driver, region)));
}

std::string full_zone(Driver driver, std::string_view region, std::string_view zone) {
  const auto word = short_zone(driver, region, zone);
  if (driver == Driver::azure || driver == Driver::openstack) return word;
  if (word.size() > 1) return word;  // not a short name of this region: left as it is
  return std::string(region) + (dash_before_zone(driver, region) ? "-" : "") + word;
}

std::string normal_region(Driver driver, std::string_view region) {
  if (driver != Driver::azure) return std::string(region);
  return replace_all(to_lower(region), " ", "");
}

bool is_native_image(Driver driver, std::string_view text) {
  switch (driver) {
    case Driver::aws:
      return text.starts_with("ami-") && text.size() >= 12 && hex_word(text.substr(4));
    case Driver::azure: {
      if (text.starts_with("/")) {
        const auto path = to_lower(text);
        return path.starts_with("/subscriptions/") || path.starts_with("/communitygalleries/") ||
               path.starts_with("/sharedgalleries/");
      }
      const auto parts = split(text, ':');
      return parts.size() == 4 && std::ranges::none_of(parts, &std::string::empty);
    }
    case Driver::gcp:
      return text.starts_with("projects/") || text.starts_with("global/images/") ||
             text.starts_with("https://www.googleapis.com/compute/") ||
             text.starts_with("https://compute.googleapis.com/compute/");
    case Driver::alibaba:
      return (text.starts_with("m-") && lower_word(text.substr(2))) || text.ends_with(".vhd") ||
             (text.starts_with("acs:") && text.size() > 4);
    case Driver::openstack:
      return uuid_form(text);
  }
  return false;
}

bool is_type_form(Driver driver, std::string_view text) {
  if (text.empty()) return false;
  switch (driver) {
    case Driver::aws:
      return aws_type(text);
    case Driver::azure:
      return azure_type(text);
    case Driver::gcp:
      return gcp_type(text);
    case Driver::alibaba:
      return alibaba_type(text);
    case Driver::openstack:
      return true;  // a flavour is called what its operator likes
  }
  return false;
}

}  // namespace ccloud::catalog
