// The table of types, generated from families (cores and memory per size: AWS's type pages).
#include "sim/aws/types.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace ccloud::sim::aws {
namespace {

struct Family {
  std::string_view name;
  std::string_view arch;
  double gib_per_cpu;
  bool is_current = true;
  bool is_old = false;
  int max_cpus = 96;
};

constexpr std::array families = {
    Family{"m4", "x86_64", 4, true, true, 40},
    Family{"m5", "x86_64", 4},
    Family{"m5a", "x86_64", 4},
    Family{"m6i", "x86_64", 4},
    Family{"m6a", "x86_64", 4},
    Family{"m6g", "arm64", 4, true, false, 64},
    Family{"m7i", "x86_64", 4},
    Family{"m7a", "x86_64", 4},
    Family{"m7g", "arm64", 4, true, false, 64},
    Family{"c4", "x86_64", 1.875, true, true, 36},
    Family{"c5", "x86_64", 2},
    Family{"c5a", "x86_64", 2},
    Family{"c6i", "x86_64", 2},
    Family{"c6a", "x86_64", 2},
    Family{"c6g", "arm64", 2, true, false, 64},
    Family{"c7i", "x86_64", 2},
    Family{"c7a", "x86_64", 2},
    Family{"c7g", "arm64", 2, true, false, 64},
    Family{"r5", "x86_64", 8},
    Family{"r6i", "x86_64", 8},
    Family{"r6g", "arm64", 8, true, false, 64},
    Family{"r7i", "x86_64", 8},
    Family{"r7g", "arm64", 8, true, false, 64},
    Family{"m3", "x86_64", 3.75, false, true, 8},
    Family{"m8g", "arm64", 4, true, false, 96},
    Family{"c8g", "arm64", 2, true, false, 96},
};

struct Size {
  std::string_view name;
  int cpus;
};
constexpr std::array sizes = {
    Size{"large", 2},    Size{"xlarge", 4},    Size{"2xlarge", 8},   Size{"4xlarge", 16},
    Size{"8xlarge", 32}, Size{"12xlarge", 48}, Size{"16xlarge", 64}, Size{"24xlarge", 96},
};

struct Burstable {
  std::string_view size;
  int cpus;
  int memory_mib;
};
constexpr std::array burstables = {
    Burstable{"nano", 2, 512},      Burstable{"micro", 2, 1024}, Burstable{"small", 2, 2048},
    Burstable{"medium", 2, 4096},   Burstable{"large", 2, 8192}, Burstable{"xlarge", 4, 16384},
    Burstable{"2xlarge", 8, 32768},
};

std::vector<InstanceType> make_types() {
  std::vector<InstanceType> all;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> burstable_families = {
      {{"t3", "x86_64"}, {"t3a", "x86_64"}, {"t4g", "arm64"}}};
  for (const auto& [family, arch] : burstable_families) {
    for (const auto& size : burstables) {
      all.push_back({.name = fmt::format("{}.{}", family, size.size),
                     .family = std::string(family),
                     .arch = arch,
                     .cpus = size.cpus,
                     .memory_mib = size.memory_mib,
                     .is_burstable = true});
    }
  }
  constexpr std::array<Burstable, 4> t2 = {Burstable{"micro", 1, 1024}, Burstable{"small", 1, 2048},
                                           Burstable{"medium", 2, 4096},
                                           Burstable{"large", 2, 8192}};
  for (const auto& size : t2) {
    all.push_back({.name = fmt::format("t2.{}", size.size),
                   .family = "t2",
                   .arch = "x86_64",
                   .cpus = size.cpus,
                   .memory_mib = size.memory_mib,
                   .is_burstable = true,
                   .is_current = true,
                   .has_old_hypervisor = true});
  }
  for (const auto& family : families) {
    const bool is_graviton = family.arch == "arm64";
    if (is_graviton) {
      all.push_back({.name = fmt::format("{}.medium", family.name),
                     .family = std::string(family.name),
                     .arch = family.arch,
                     .cpus = 1,
                     .memory_mib = static_cast<int>(family.gib_per_cpu * 1024)});
    }
    for (const auto& size : sizes) {
      if (size.cpus > family.max_cpus) continue;
      all.push_back({.name = fmt::format("{}.{}", family.name, size.name),
                     .family = std::string(family.name),
                     .arch = family.arch,
                     .cpus = size.cpus,
                     .memory_mib = static_cast<int>(size.cpus * family.gib_per_cpu * 1024),
                     .is_burstable = false,
                     .is_current = family.is_current,
                     .has_old_hypervisor = family.is_old});
    }
  }
  std::ranges::sort(all, {}, &InstanceType::name);
  return all;
}

int generation(const InstanceType& type) {
  const auto digit = std::ranges::find_if(type.family, [](char c) { return c >= '0' && c <= '9'; });
  return digit == type.family.end() ? 0 : *digit - '0';
}

}  // namespace

std::span<const InstanceType> instance_types() {
  static const auto all = make_types();
  return all;
}

const InstanceType* find_type(std::string_view name) {
  const auto all = instance_types();
  const auto found = std::ranges::lower_bound(all, name, {}, &InstanceType::name);
  return found == all.end() || found->name != name ? nullptr : &*found;
}

bool is_offered(const InstanceType& type, const Region& region, std::string_view zone) {
  if (!is_offered(type, region)) return false;
  if (zone == "us-east-1e") return generation(type) <= 5 && !type.is_burstable;
  if (zone == "us-west-1a") return generation(type) <= 6;
  return true;
}

bool is_offered(const InstanceType& type, const Region& region) {
  const int newest = region.partition == "aws" ? (region.is_opt_in ? 7 : 8) : 6;
  const int oldest = region.is_opt_in ? 5 : 1;
  if (type.is_burstable) return type.family != "t2" || !region.is_opt_in;
  return generation(type) <= newest && generation(type) >= oldest;
}

}  // namespace ccloud::sim::aws
