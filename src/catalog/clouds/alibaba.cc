// Alibaba Cloud, offline.
#include <array>

#include "catalog/embed.h"
#include "catalog/forms.h"
#include "catalog/rules.h"

CCLOUD_EMBED(alibaba, "alibaba.txt")

namespace ccloud::catalog::clouds {
namespace {

bool is_type(std::string_view text) {
  if (!text.starts_with("ecs.")) return false;
  text.remove_prefix(4);
  const auto dot = text.find('.');
  return dot != std::string_view::npos && is_lower_word(text.substr(0, dot)) &&
         is_ladder_size(text.substr(dot + 1));
}

std::string family(std::string_view name) { return std::string(name.substr(0, name.rfind('.'))); }

bool is_image(std::string_view text) {
  return (text.starts_with("m-") && is_lower_word(text.substr(2))) || text.ends_with(".vhd") ||
         (text.starts_with("acs:") && text.size() > 4);
}

std::string image_reference(const Image& image) {
  return std::string(image.family.empty() ? image.name_pattern : image.family);
}

std::string common_fault(std::string_view text) {
  if (text.contains("http://") || text.contains("https://"))
    return "it takes no http:// or https:// there";
  return length_fault(text, 128);
}

std::string key_fault(std::string_view key) {
  if (starts_with_any(key, {"aliyun", "acs:"}))
    return "the prefixes aliyun and acs: are reserved there";
  return common_fault(key);
}

constexpr std::array<std::string_view, 2> aliases = {"aliyun", "alicloud"};

}  // namespace

// VSwitches /16 to /29, 4 addresses reserved (the first, the last three). User data: 32 KB raw.
// System disks: 2048 GiB, ESSDs and ultra disks alike.
constinit const Rules alibaba = {
    .name = "alibaba",
    .aliases = aliases,
    .starter_region = "cn-hongkong",
    .priced_region = "ap-southeast-1",
    .data = &alibaba_data,
    .zones = {.join = ZoneRules::Join::dashed_after_a_letter},
    .types = {.prefix = "ecs.", .example = "ecs.g7.large", .is_form = &is_type, .family = &family},
    .images = {.is_id = &is_image, .reference = &image_reference},
    .labels = {.most = 20, .key_fault = &key_fault, .value_fault = &common_fault},
    .networks = {.widest_part = 16,
                 .needs_subnets = true,
                 .network_prefix = "vpc-",
                 .subnet_prefix = "vsw-",
                 .firewall_prefix = "sg-",
                 .firewalls_in_network = true},
    .machines = {.most_user_data = 32768, .most_disk_gib = 2048, .most_hdd_gib = 2048},
    .access = {.is_account = &is_digits, .account_form = "an account id, all digits"},
};

}  // namespace ccloud::catalog::clouds
