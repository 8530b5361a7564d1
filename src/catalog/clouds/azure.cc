// Azure, offline. Names are taken in any case; types come by naming rules, versions one at a time.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "catalog/embed.h"
#include "catalog/forms.h"
#include "catalog/rules.h"

CCLOUD_EMBED(azure, "azure.txt")

namespace ccloud::catalog::clouds {
namespace {

/// Standard_D2s_v5, Standard_E4-2ds_v5, Standard_NC24ads_A100_v4, Basic_A1.
bool is_type(std::string_view text) {
  const auto bar = text.find('_');
  if (bar == std::string_view::npos) return false;
  const auto tier = text.substr(0, bar);
  if (!equals_ignoring_case(tier, "standard") && !equals_ignoring_case(tier, "basic")) return false;
  auto rest = text.substr(bar + 1);
  std::size_t letters = 0;
  while (letters < rest.size() && is_letter(rest[letters])) ++letters;
  if (letters == 0 || letters > 3 || letters >= rest.size() || !is_digit(rest[letters]))
    return false;
  return all_of(rest, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

/// Without the first number, which is the size.
std::string family(std::string_view name) {
  auto key = to_lower(name);
  const auto first = std::ranges::find_if(key, is_digit);
  const auto last = std::find_if_not(first, key.end(), is_digit);
  key.erase(first, last);
  return key;
}

struct Version {
  std::string_view series;
  int number = 0;
};

/// "standard_ds_v5" is version 5 of "standard_ds"; without one it is the first.
Version version_of(std::string_view key) {
  const auto at = key.rfind("_v");
  if (at == std::string_view::npos) return {key, 1};
  const auto number = parse_int(key.substr(at + 2));
  return number && *number < 1000 ? Version{key.substr(0, at), static_cast<int>(*number)}
                                  : Version{key, 1};
}

/// One far beyond those we know is a slip.
Known newer_version(const DriverData& /*data*/, std::span<const FamilyKey> families,
                    std::string_view name) {
  const auto whole = to_lower(name);
  const auto asked = version_of(whole);
  const auto digits = asked.series.find_first_of("0123456789");
  const auto rest = asked.series.find_first_not_of("0123456789", digits);
  if (digits == std::string_view::npos || rest == std::string_view::npos) return Known::unknown;
  const auto series =
      std::string(asked.series.substr(0, digits)) + std::string(asked.series.substr(rest));
  int newest = 0;
  for (const auto& known : families) {
    const auto own = version_of(known.key);
    if (own.series == series) newest = std::max(newest, own.number);
  }
  return newest > 0 && asked.number > newest + 3 ? Known::no : Known::unknown;
}

bool is_image(std::string_view text) {
  if (text.starts_with("/")) {
    const auto path = to_lower(text);
    return path.starts_with("/subscriptions/") || path.starts_with("/communitygalleries/") ||
           path.starts_with("/sharedgalleries/");
  }
  const auto parts = split(text, ':');
  return parts.size() == 4 && std::ranges::none_of(parts, &std::string::empty);
}

std::string image_reference(const Image& image) {
  return fmt::format("{}:{}:{}:latest", image.publisher, image.offer, image.sku);
}

std::string key_fault(std::string_view key) {
  if (key.find_first_of("<>%&\\?/") != std::string_view::npos)
    return "it takes none of < > % & \\ ? / there";
  if (starts_with_any(key, {"azure", "windows", "microsoft"}))
    return "the prefixes azure, windows and microsoft are reserved there";
  return length_fault(key, 512);
}

std::string value_fault(std::string_view value) { return length_fault(value, 256); }

constexpr std::array<std::string_view, 2> aliases = {"microsoft", "azurerm"};
constexpr std::array<std::string_view, 3> national_clouds = {"public", "china", "government"};
constexpr std::array<std::string_view, 12> refused_users = {
    "root",   "admin",   "administrator", "user",   "guest", "test",
    "backup", "console", "owner",         "server", "sql",   "sys"};

}  // namespace

// Subnets down to /29, 5 addresses reserved. User data: 65535 bytes decoded. OS disks: 4095 GiB.
constinit const Rules azure = {
    .name = "azure",
    .aliases = aliases,
    .starter_region = "westeurope",
    .priced_region = "eastus",
    .folds_case = true,
    .data = &azure_data,
    .zones = {.join = ZoneRules::Join::short_only, .first = '1', .last = '3'},
    .types = {.prefix = "Standard_",
              .example = "Standard_D2s_v5",
              .is_form = &is_type,
              .family = &family,
              .of_unlisted_family = &newer_version},
    .images = {.is_id = &is_image, .reference = &image_reference},
    .labels = {.most = 50,
               .folds_case = true,
               .key_fault = &key_fault,
               .value_fault = &value_fault},
    .networks = {.reserved = 5,
                 .zonal_subnets = false,
                 .most_rules = 1000,
                 .needs_subnets = true,
                 .network_prefix = "/subscriptions/",
                 .firewall_prefix = "/subscriptions/",
                 .lone_firewall = "/networksecuritygroups/"},
    .machines = {.most_user_data = 65535,
                 .most_disk_gib = 4095,
                 .most_hdd_gib = 4095,
                 .needs_ssh_key = true,
                 .refused_users = refused_users,
                 .usual_user = "azureuser"},
    .access = {.clouds = national_clouds,
               .needs_tls = true,
               .is_account = &is_uuid,
               .account_form =
                   "the id of a subscription, such as 00000000-0000-0000-0000-000000000000"},
};

}  // namespace ccloud::catalog::clouds
