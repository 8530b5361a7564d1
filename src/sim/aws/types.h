// Instance types: a selection of AWS's families, with what DescribeInstanceTypes tells of them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/aws/regions.h"

namespace ccloud::sim::aws {

struct InstanceType {
  std::string name;
  std::string family;
  std::string_view arch;  ///< "x86_64" or "arm64"
  int cpus = 0;
  int memory_mib = 0;
  bool is_burstable = false;
  bool is_current = true;
  bool has_old_hypervisor = false;  ///< Xen instead of Nitro
};

std::span<const InstanceType> instance_types();
const InstanceType* find_type(std::string_view name);
/// Older zones lack newer types (in us-east-1e there is no generation above 5), opt-in regions and
/// China lack the newest.
bool is_offered(const InstanceType& type, const Region& region, std::string_view zone);
bool is_offered(const InstanceType& type, const Region& region);

}  // namespace ccloud::sim::aws
