// OpenStack, offline: every deployment differs, so there is no data, and names are their
// operator's.
#include <array>

#include <fmt/format.h>

#include "catalog/forms.h"
#include "catalog/rules.h"

namespace ccloud::catalog::clouds {
namespace {

/// A flavour is called what its operator likes.
bool is_type(std::string_view text) { return !text.empty(); }

std::string family(std::string_view name) { return std::string(name); }

std::string image_reference(const Image& image) {
  return fmt::format("os_distro={} os_version={}, or {}", image.os_distro, image.os_version,
                     image.name_pattern);
}

std::string value_fault(std::string_view text) { return length_fault(text, 255); }

/// Nova's own pattern: ^[a-zA-Z0-9-_:. ]{1,255}$.
std::string key_fault(std::string_view key) {
  const auto is_taken = [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("-_:. ").contains(c);
  };
  if (!all_of(key, is_taken)) return "it takes letters, digits, blanks and - _ : . there";
  return length_fault(key, 255);
}

/// Neutron has no pairs: a label is one tag "key=value" there, with commas as %2C.
std::string pair_fault(std::string_view key, std::string_view value) {
  constexpr std::size_t longest_tag = 255;
  const std::string tag = replace_all(fmt::format("{}={}", key, value), ",", "%2C");
  if (characters(tag) <= longest_tag) return "";
  return fmt::format("networks and security groups take at most {} characters of key=value",
                     longest_tag);
}

constexpr std::array<std::string_view, 1> aliases = {"nova"};

}  // namespace

// A subnet loses its network's, broadcast's, gateway's and DHCP's addresses. User data: 65535 bytes
// encoded. Metadata items: Nova's default quota.
constinit const Rules openstack = {
    .name = "openstack",
    .aliases = aliases,
    .starter_region = "RegionOne",
    .zones = {.join = ZoneRules::Join::short_only},
    .types = {.prefix = "", .example = "m1.medium", .is_form = &is_type, .family = &family},
    .images = {.is_id = &is_uuid,
               .is_telling = false,
               .has_names = true,
               .reference = &image_reference},
    .labels = {.most = 128,
               .key_fault = &key_fault,
               .value_fault = &value_fault,
               .pair_fault = &pair_fault},
    .networks = {.zonal_subnets = false},
    .machines = {.most_user_data = 65535,
                 .encoded_user_data = true,
                 .has_identity = false,
                 .has_hdd = false},
    .access = {.cloud_file = "clouds.yaml", .takes_command = false},
};

}  // namespace ccloud::catalog::clouds
