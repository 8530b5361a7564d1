// Reads the generated table once, when the first request needs it.
#include "sim/aws/types.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

constexpr std::string_view table_text =
#include "sim/aws/type_table.inc"
    ;

/// A zone mask of the table: bit i stands for the region's zone i.
constexpr std::string_view mask_digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/";

/// Families from before Nitro (AWS: "Instances built on the AWS Nitro System" lists the others).
constexpr std::string_view xen_families[] = {std::string_view("c1"),
                                             "c3",
                                             "c4",
                                             "cc2",
                                             "cr1",
                                             "d2",
                                             "f1",
                                             "g2",
                                             "g3",
                                             "g3s",
                                             "h1",
                                             "hs1",
                                             "i2",
                                             "i3",
                                             "m1",
                                             "m2",
                                             "m3",
                                             "m4",
                                             "p2",
                                             "p3",
                                             "r3",
                                             "r4",
                                             "t1",
                                             "t2",
                                             "x1",
                                             "x1e"};

struct Table {
  std::vector<std::string_view> regions;
  std::vector<InstanceType> types;
};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

/// "T t3.micro 2 1024 x86_64 b 267"
InstanceType type_of(const std::vector<std::string_view>& words,
                     const std::vector<std::string_view>& offers) {
  InstanceType type;
  type.name = words[1];
  type.family = words[1].substr(0, words[1].find('.'));
  type.cpus = static_cast<int>(parse_int(words[2]).value_or(1));
  type.memory_mib = static_cast<int>(parse_int(words[3]).value_or(1024));
  type.arch = words[4];
  type.is_burstable = words[5].find('b') != std::string_view::npos;
  type.is_current = words[5].find('p') == std::string_view::npos;
  type.has_old_hypervisor = std::ranges::find(xen_families, type.family) != std::end(xen_families);
  const auto row = parse_int(words[6]).value_or(-1);
  if (row >= 0 && static_cast<std::size_t>(row) < offers.size()) {
    type.offers = offers[static_cast<std::size_t>(row)];
  }
  return type;
}

Table read_table() {
  Table table;
  std::vector<std::string_view> offers;
  auto rest = table_text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto words = words_of(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (words.size() < 2) continue;
    if (words[0] == "R") table.regions.assign(words.begin() + 1, words.end());
    if (words[0] == "O") offers.push_back(words[1]);
    if (words[0] == "T" && words.size() == 7) table.types.push_back(type_of(words, offers));
  }
  std::ranges::sort(table.types, {}, &InstanceType::name);
  return table;
}

const Table& table() {
  static const Table it = read_table();
  return it;
}

/// The zone mask of a type in a region; all ones where it is not known.
unsigned zones_with(const InstanceType& type, const Region& region) {
  const auto& regions = table().regions;
  const auto at =
      static_cast<std::size_t>(std::ranges::find(regions, region.name) - regions.begin());
  if (at >= type.offers.size()) return ~0u;
  if (type.offers[at] == '-') return 0;
  const auto mask = mask_digits.find(type.offers[at]);
  return mask == std::string_view::npos ? ~0u : static_cast<unsigned>(mask);
}

}  // namespace

std::span<const InstanceType> instance_types() { return table().types; }

const InstanceType* find_type(std::string_view name) {
  const auto all = instance_types();
  const auto found = std::ranges::lower_bound(all, name, {}, &InstanceType::name);
  return found == all.end() || found->name != name ? nullptr : &*found;
}

bool is_offered(const InstanceType& type, const Region& region, std::string_view zone) {
  const auto index = region.zone_letters.find(zone.back());
  if (index == std::string_view::npos) return false;
  return ((zones_with(type, region) >> index) & 1u) != 0;
}

bool is_offered(const InstanceType& type, const Region& region) {
  return zones_with(type, region) != 0;
}

}  // namespace ccloud::sim::aws
