// The lists in short form, spread out on first use.
#include "sim/gcp/facts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::gcp {
namespace {

/// Zones a, b and c unless said otherwise.
constexpr std::string_view regions_text =
    "africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 "
    "asia-south1 asia-south2 asia-southeast1 asia-southeast2 australia-southeast1 "
    "australia-southeast2 europe-central2 europe-north1 europe-north2 europe-southwest1 "
    "europe-west1:bcd europe-west10 europe-west12 europe-west2 europe-west3 europe-west4 "
    "europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 "
    "northamerica-northeast1 northamerica-northeast2 northamerica-south1 southamerica-east1 "
    "southamerica-west1 us-central1:abcf us-east1:bcd us-east4 us-east5 us-south1 us-west1 "
    "us-west2 us-west3 us-west4";

/// "FAMILY MEMORY-PER-CPU CPUS...": MiB; names are FAMILY-CPUS.
constexpr std::array families = {
    "e2-standard 4096 2 4 8 16 32",
    "e2-highcpu 1024 2 4 8 16 32",
    "e2-highmem 8192 2 4 8 16",
    "n1-standard 3840 1 2 4 8 16 32 64 96",
    "n1-highcpu 921.6 2 4 8 16 32 64 96",
    "n1-highmem 6656 2 4 8 16 32 64 96",
    "n2-standard 4096 2 4 8 16 32 48 64 80 96 128",
    "n2-highcpu 1024 2 4 8 16 32 48 64 80 96",
    "n2-highmem 8192 2 4 8 16 32 48 64 80 96",
    "n2d-standard 4096 2 4 8 16 32 48 64 80 96 128 224",
    "n2d-highcpu 1024 2 4 8 16 32 48 64 80 96 128 224",
    "n2d-highmem 8192 2 4 8 16 32 48 64 80 96",
    "n4-standard 4096 2 4 8 16 32 48 64 80",
    "n4-highcpu 2048 2 4 8 16 32 48 64 80",
    "n4-highmem 8192 2 4 8 16 32 48 64 80",
    "c2-standard 4096 4 8 16 30 60",
    "c2d-standard 4096 2 4 8 16 32 56 112",
    "c2d-highcpu 2048 2 4 8 16 32 56 112",
    "c2d-highmem 8192 2 4 8 16 32 56 112",
    "c3-standard 4096 4 8 22 44 88 176",
    "c3-highcpu 2048 4 8 22 44 88 176",
    "c3-highmem 8192 4 8 22 44 88 176",
    "c3d-standard 4096 4 8 16 30 60 90 180 360",
    "c3d-highcpu 2048 4 8 16 30 60 90 180 360",
    "c3d-highmem 8192 4 8 16 30 60 90 180 360",
    "c4-standard 3840 4 8 16 24 32 48 96 144 192 288",
    "c4-highcpu 2048 2 4 8 16 24 32 48 96 144 192 288",
    "c4-highmem 7936 4 8 16 24 32 48 96 144 192 288",
    "c4a-standard 4096 1 2 4 8 16 32 48 64 72",
    "c4a-highcpu 2048 1 2 4 8 16 32 48 64 72",
    "c4a-highmem 8192 1 2 4 8 16 32 48 64 72",
    "t2a-standard 4096 1 2 4 8 16 32 48",
    "t2d-standard 4096 1 2 4 8 16 32 48 60",
    "m1-ultramem 24601.6 40 80 160",
};

/// What follows no rule: "NAME CPUS MEMORY".
constexpr std::array singles = {
    "e2-micro 2 1024",      "e2-small 2 2048",      "e2-medium 2 4096",
    "f1-micro 1 614",       "g1-small 1 1740",      "n2-highmem-128 128 884736",
    "c4-standard-2 2 7168", "c4-highmem-2 2 15872", "m3-ultramem-32 32 999424"};

bool is_arm(std::string_view name) { return name.starts_with("c4a-") || name.starts_with("t2a-"); }

constexpr std::array shared_names = {"e2-micro", "e2-small", "e2-medium", "f1-micro", "g1-small"};

constexpr DiskType disk_types[] = {{"hyperdisk-balanced", 4, 65536, 100, true},
                                   {"hyperdisk-extreme", 64, 65536, 1000, true},
                                   {"hyperdisk-throughput", 2048, 32768, 2048, false},
                                   {"local-ssd", 375, 375, 375, true},
                                   {"pd-balanced", 10, 65536, 100, true},
                                   {"pd-extreme", 500, 65536, 1000, true},
                                   {"pd-ssd", 10, 65536, 100, true},
                                   {"pd-standard", 10, 65536, 500, false}};

struct Family {
  std::string_view project, family, stem, os, user;
  int disk_gib;
  bool has_arm, has_cloud_init;
};

/// `stem` with the build's date is the image's name. Canonical names its families with the
/// architecture from 24.04 on.
constexpr Family image_families[] = {
    {"debian-cloud", "debian-11", "debian-11-bullseye", "debian-11", "", 10, true, false},
    {"debian-cloud", "debian-12", "debian-12-bookworm", "debian-12", "", 10, true, false},
    {"debian-cloud", "debian-13", "debian-13-trixie", "debian-13", "", 10, true, false},
    {"ubuntu-os-cloud", "ubuntu-2204-lts", "ubuntu-2204-jammy", "ubuntu-22.04", "ubuntu", 10, true,
     true},
    {"ubuntu-os-cloud", "ubuntu-2404-lts", "ubuntu-2404-noble", "ubuntu-24.04", "ubuntu", 10, true,
     true},
    {"rocky-linux-cloud", "rocky-linux-8", "rocky-linux-8", "rocky-8", "", 20, true, false},
    {"rocky-linux-cloud", "rocky-linux-9", "rocky-linux-9", "rocky-9", "", 20, true, false},
    {"centos-cloud", "centos-stream-9", "centos-stream-9", "centos-9", "", 20, true, false}};
constexpr std::array builds = {"v20260610", "v20261112"};

std::vector<Region> make_regions() {
  std::vector<Region> out;
  for (const auto& word : split(regions_text, ' ')) {
    const auto parts = split(word, ':');
    Region region{parts[0], {}};
    for (const char letter : parts.size() > 1 ? parts[1] : std::string("abc")) {
      region.zones.push_back(fmt::format("{}-{}", parts[0], letter));
    }
    out.push_back(std::move(region));
  }
  return out;
}

std::vector<MachineType> make_machine_types() {
  std::vector<MachineType> out;
  for (const auto* text : families) {
    const auto words = split(text, ' ');
    const double each = std::stod(words[1]);
    for (std::size_t i = 2; i < words.size(); ++i) {
      const auto cpus = static_cast<int>(parse_int(words[i]).value_or(1));
      out.push_back({.name = words[0] + "-" + words[i],
                     .cpus = cpus,
                     .memory_mib = static_cast<int>(each * cpus + 0.5),
                     .is_arm = is_arm(text)});
    }
  }
  for (const auto* text : singles) {
    const auto words = split(text, ' ');
    const bool is_shared = std::ranges::find(shared_names, words[0]) != shared_names.end();
    out.push_back({.name = words[0],
                   .cpus = static_cast<int>(parse_int(words[1]).value_or(1)),
                   .memory_mib = static_cast<int>(parse_int(words[2]).value_or(1)),
                   .is_shared = is_shared});
  }
  std::ranges::sort(out, {}, &MachineType::name);
  return out;
}

std::string family_name(const Family& family, bool is_arm_one) {
  if (is_arm_one) return std::string(family.family) + "-arm64";
  const bool says_so = family.family == "ubuntu-2404-lts";
  return std::string(family.family) + (says_so ? "-amd64" : "");
}

std::vector<ImageFacts> make_images() {
  std::vector<ImageFacts> out;
  for (const auto& family : image_families) {
    for (const bool is_arm_one : {false, true}) {
      if (is_arm_one && !family.has_arm) continue;
      for (const auto* build : builds) {
        const bool is_canonical = family.project == "ubuntu-os-cloud";
        const auto architecture =
            is_arm_one ? "-arm64"
                       : (is_canonical && family.family == "ubuntu-2404-lts" ? "-amd64" : "");
        out.push_back({.project = std::string(family.project),
                       .family = family_name(family, is_arm_one),
                       .name = fmt::format("{}{}-{}", family.stem, architecture, build),
                       .os = std::string(family.os),
                       .user = std::string(family.user),
                       .disk_gib = family.disk_gib,
                       .is_arm = is_arm_one,
                       .has_cloud_init = family.has_cloud_init,
                       .is_deprecated = build != builds.back()});
      }
    }
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) {
    return std::tie(a.project, a.name) < std::tie(b.project, b.name);
  });
  return out;
}

/// "custom-4-5120", "n2-custom-4-8192": an even number of processors (or one), memory in steps of
/// 256 MiB.
bool read_custom(std::string_view name, MachineType& into) {
  const auto parts = split(name, '-');
  const std::size_t at = parts[0] == "custom" ? 0 : 1;
  constexpr std::array series = {"n1", "n2", "n2d", "n4", "e2"};
  if (at == 1 && std::ranges::find(series, parts[0]) == series.end()) return false;
  if (parts.size() != at + 3 || parts[at] != "custom") return false;
  const auto cpus = parse_int(parts[at + 1]).value_or(0);
  const auto memory = parse_int(parts[at + 2]).value_or(0);
  const bool is_good = cpus >= 1 && cpus <= 96 && (cpus == 1 || cpus % 2 == 0) &&
                       memory % 256 == 0 && memory >= cpus * 512 && memory <= cpus * 8192;
  if (!is_good) return false;
  into = {.name = std::string(name),
          .cpus = static_cast<int>(cpus),
          .memory_mib = static_cast<int>(memory)};
  return true;
}

std::vector<std::string> prefixed(std::string_view prefix, const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(std::string(prefix) + name);
  return out;
}

}  // namespace

const std::vector<Region>& all_regions() {
  static const auto all = make_regions();
  return all;
}

const Region* find_region(std::string_view name) {
  const auto found = std::ranges::find(all_regions(), name, &Region::name);
  return found == all_regions().end() ? nullptr : &*found;
}

const std::vector<std::string>& all_zones() {
  static const auto all = [] {
    std::vector<std::string> out;
    for (const auto& region : all_regions())
      out.insert(out.end(), region.zones.begin(), region.zones.end());
    std::ranges::sort(out);
    return out;
  }();
  return all;
}

bool has_zone(std::string_view name) { return std::ranges::binary_search(all_zones(), name); }

std::string region_of_zone(std::string_view zone) {
  return std::string(zone.substr(0, zone.rfind('-')));
}

const std::vector<std::string>& zone_scopes() {
  static const auto all = prefixed("zones/", all_zones());
  return all;
}

const std::vector<std::string>& region_scopes() {
  static const auto all = [] {
    std::vector<std::string> names;
    for (const auto& region : all_regions()) names.push_back(region.name);
    return prefixed("regions/", names);
  }();
  return all;
}

const std::vector<MachineType>& all_machine_types() {
  static const auto all = make_machine_types();
  return all;
}

bool has_machine_type(const MachineType& type, std::string_view zone) {
  // Ampere's are in a few zones only.
  if (!type.name.starts_with("t2a-")) return true;
  constexpr std::array zones = {"asia-southeast1-b", "asia-southeast1-c", "europe-west4-a",
                                "europe-west4-b",    "europe-west4-c",    "us-central1-a",
                                "us-central1-b",     "us-central1-f"};
  return std::ranges::find(zones, zone) != zones.end();
}

const MachineType* find_machine_type(std::string_view name, std::string_view zone) {
  const auto& all = all_machine_types();
  const auto found = std::ranges::lower_bound(all, name, {}, &MachineType::name);
  if (found != all.end() && found->name == name) {
    return has_machine_type(*found, zone) ? &*found : nullptr;
  }
  static MachineType custom;
  return read_custom(name, custom) ? &custom : nullptr;
}

std::string cpu_metric(std::string_view machine_type) {
  constexpr std::array own = {"n2", "n2d", "c2", "c2d", "c3", "m1", "m3", "t2a", "t2d"};
  const auto series = machine_type.substr(0, machine_type.find('-'));
  if (std::ranges::find(own, series) == own.end()) return "CPUS";
  std::string metric;
  for (const char c : series) metric += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return metric + "_CPUS";
}

std::span<const DiskType> all_disk_types() { return disk_types; }

const DiskType* find_disk_type(std::string_view name) {
  const auto* found = std::ranges::find(disk_types, name, &DiskType::name);
  return found == std::end(disk_types) ? nullptr : found;
}

const std::vector<ImageFacts>& all_images() {
  static const auto all = make_images();
  return all;
}

const ImageFacts* find_family(std::string_view project, std::string_view family) {
  for (const auto& image : all_images()) {
    if (image.project == project && image.family == family && !image.is_deprecated) return &image;
  }
  return nullptr;
}

const ImageFacts* find_image(std::string_view project, std::string_view name) {
  for (const auto& image : all_images()) {
    if (image.project == project && image.name == name) return &image;
  }
  return nullptr;
}

}  // namespace ccloud::sim::gcp
