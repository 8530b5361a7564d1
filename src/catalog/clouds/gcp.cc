// Google Cloud, offline. A type's series may be one that we do not carry, its shape cannot.
#include <array>

#include <fmt/format.h>

#include "catalog/embed.h"
#include "catalog/forms.h"
#include "catalog/rules.h"

CCLOUD_EMBED(gcp, "gcp.txt")

namespace ccloud::catalog::clouds {
namespace {

bool is_type(std::string_view text) {
  return is_lower_word(text) && is_lower(text.front()) && text.contains('-') &&
         text.back() != '-' && std::ranges::any_of(text, is_digit);
}

std::string family(std::string_view name) { return std::string(name.substr(0, name.rfind('-'))); }

Known known_shape(const DriverData& /*data*/, std::span<const FamilyKey> /*families*/,
                  std::string_view name) {
  for (const auto shape :
       {"-standard-", "-highcpu-", "-highmem-", "-custom-", "custom-", "-ultramem-", "-megamem-",
        "-hypermem-", "-highgpu-", "-ultragpu-", "-megagpu-", "-edgegpu-", "-maxgpu-",
        "-standardlssd-", "-highmemhighlssd-"}) {
    const std::string_view word = shape;
    if (word.front() == '-' ? name.contains(word) : name.starts_with(word)) return Known::unknown;
  }
  return Known::no;
}

bool is_image(std::string_view text) {
  return text.starts_with("projects/") || text.starts_with("global/images/") ||
         text.starts_with("https://www.googleapis.com/compute/") ||
         text.starts_with("https://compute.googleapis.com/compute/");
}

std::string image_reference(const Image& image) {
  return fmt::format("projects/{}/global/images/family/{}", image.project, image.family);
}

bool is_label_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_lower(c) || is_digit(c) || c == '_' || c == '-' || byte >= 0x80;
}

std::string size_fault(std::string_view text) {
  return text.size() > 128 ? "it takes at most 128 bytes" : length_fault(text, 63);
}

std::string key_fault(std::string_view key) {
  if (!std::ranges::all_of(key, is_label_character) || key[0] == '-' || key[0] == '_' ||
      is_digit(key[0]))
    return "it takes lower-case letters, digits, _ and -, a letter first";
  return size_fault(key);
}

std::string value_fault(std::string_view value) {
  if (!std::ranges::all_of(value, is_label_character))
    return "it takes lower-case letters, digits, _ and -";
  return size_fault(value);
}

/// Ids of projects, also those of an organisation's domain ("example.com:web"), and numbers.
bool is_project(std::string_view text) {
  return text.size() >= 6 && all_of(text, [](char c) {
           return is_lower(c) || is_digit(c) || c == '-' || c == ':' || c == '.';
         });
}

constexpr std::array<std::string_view, 2> aliases = {"google", "gce"};
/// They run scripts, by their guest agent.
constexpr std::array<std::string_view, 2> without_cloud_init = {"debian-", "rocky-"};

}  // namespace

// Subnets down to /29, 4 addresses reserved. User data: 262144 bytes a value of metadata.
// Disks: 64 TiB.
constinit const Rules gcp = {
    .name = "gcp",
    .aliases = aliases,
    .starter_region = "europe-west1",
    .priced_region = "us-central1",
    .data = &gcp_data,
    .zones = {.join = ZoneRules::Join::dashed},
    .types = {.prefix = "",
              .example = "n2-standard-2",
              .is_form = &is_type,
              .family = &family,
              .of_unlisted_family = &known_shape},
    .images = {.is_id = &is_image, .is_telling = false, .reference = &image_reference},
    .labels = {.most = 64, .key_fault = &key_fault, .value_fault = &value_fault},
    .networks = {.zonal_subnets = false},
    .machines = {.most_user_data = 262144,
                 .without_cloud_init = without_cloud_init,
                 .most_disk_gib = 65536,
                 .most_hdd_gib = 65536},
    .access = {.needs_tls = true,
               .is_account = &is_project,
               .account_form = "the id of a project, such as my-project-123"},
};

}  // namespace ccloud::catalog::clouds
