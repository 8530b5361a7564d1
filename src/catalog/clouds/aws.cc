// AWS, offline. Types are listed whole for their date; the letters of zones are each account's own.
#include <algorithm>
#include <array>

#include "catalog/embed.h"
#include "catalog/forms.h"
#include "catalog/rules.h"

CCLOUD_EMBED(aws, "aws.txt")

namespace ccloud::catalog::clouds {
namespace {

bool is_type(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || !is_lower(text.front())) return false;
  return is_lower_word(text.substr(0, dot)) && is_ladder_size(text.substr(dot + 1));
}

std::string family(std::string_view name) { return std::string(name.substr(0, name.find('.'))); }

struct Generation {
  std::string_view letters;  ///< "m"
  int number = 0;            ///< 7
};

Generation generation_of(std::string_view name) {
  std::size_t letters = 0;
  while (letters < name.size() && !is_digit(name[letters]) && name[letters] != '.') ++letters;
  Generation generation{name.substr(0, letters), 0};
  for (auto i = letters; i < name.size() && is_digit(name[i]) && i < letters + 3; ++i) {
    generation.number = generation.number * 10 + (name[i] - '0');
  }
  return generation;
}

/// Only a generation beyond the listed ones may be news.
Known newer_generation(const DriverData& data, std::span<const FamilyKey> /*families*/,
                       std::string_view name) {
  const auto asked = generation_of(name);
  int newest = 0;
  for (const auto& type : data.types) {
    const auto own = generation_of(type.name);
    if (own.letters == asked.letters) newest = std::max(newest, own.number);
  }
  const bool news = newest > 0 && asked.number > newest && asked.number <= newest + 3;
  return news ? Known::unknown : Known::no;
}

bool is_image(std::string_view text) {
  return text.starts_with("ami-") && text.size() >= 12 && is_hex_word(text.substr(4));
}

std::string image_reference(const Image& image) {
  if (!image.ssm_parameter.empty()) return std::string(image.ssm_parameter);
  return std::string(image.owner) + "/" + std::string(image.name_pattern);
}

std::string key_fault(std::string_view key) {
  if (starts_with_any(key, {"aws:"})) return "the prefix \"aws:\" is reserved there";
  return length_fault(key, 127);
}

std::string value_fault(std::string_view value) { return length_fault(value, 256); }

bool is_account(std::string_view text) { return is_digits(text) && text.size() == 12; }

/// A global address does not serve the regions of China.
bool serves(std::string_view host, std::string_view region) {
  return region.starts_with("cn-") ? !host.ends_with(".amazonaws.com")
                                   : !host.ends_with(".amazonaws.com.cn");
}

/// Where DescribeInstanceTypes says "currentGeneration": false.
constexpr std::array<std::string_view, 12> previous = {"a1", "c1", "c3", "c4", "i2", "m1",
                                                       "m2", "m3", "m4", "r3", "r4", "t1"};

constexpr std::array<std::string_view, 2> aliases = {"amazon", "ec2"};

}  // namespace

// VPCs are /16 to /28, so are subnets, 5 addresses reserved. A group has 60 rules for what comes
// in, by the default quota. User data: 16 KB raw. Disks: gp3 to 64 TiB, magnetic ones to 1 TiB.
constinit const Rules aws = {
    .name = "aws",
    .aliases = aliases,
    .starter_region = "us-east-1",
    .priced_region = "us-east-1",
    .data = &aws_data,
    .zones = {.join = ZoneRules::Join::glued, .last = 'f', .per_account = true},
    .types = {.prefix = "",
              .example = "m7i.large",
              .is_form = &is_type,
              .family = &family,
              .previous = previous,
              .of_unlisted_family = &newer_generation},
    .images = {.is_id = &is_image, .usual_partition = "aws", .reference = &image_reference},
    .labels = {.most = 50, .key_fault = &key_fault, .value_fault = &value_fault},
    .networks = {.widest = 16,
                 .narrowest = 28,
                 .reserved = 5,
                 .most_rules = 60,
                 .needs_subnets = true,
                 .network_prefix = "vpc-",
                 .subnet_prefix = "subnet-",
                 .firewall_prefix = "sg-",
                 .firewalls_in_network = true},
    .machines = {.most_user_data = 16384, .most_disk_gib = 65536, .most_hdd_gib = 1024},
    .access = {.one_partition = true,
               .is_account = &is_account,
               .account_form = "an account id of 12 digits",
               .serves = &serves},
};

}  // namespace ccloud::catalog::clouds
