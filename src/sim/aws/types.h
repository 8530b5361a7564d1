// AWS's instance types and where they are offered, with what DescribeInstanceTypes tells of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/aws/regions.h"

namespace ccloud::sim::aws {

struct InstanceType {
  std::string name;
  std::string_view family;  ///< "c7i"
  std::string_view arch;    ///< "x86_64" or "arm64"
  int cpus = 0;
  int memory_mib = 0;
  bool is_burstable = false;
  bool is_current = true;
  bool has_old_hypervisor = false;  ///< Xen instead of Nitro
  std::string_view offers;          ///< one character for each region of the table
};

std::span<const InstanceType> instance_types();  ///< by name
const InstanceType* find_type(std::string_view name);
/// Zones differ: us-east-1e has no current types. Where it is not known, it is offered.
bool is_offered(const InstanceType& type, const Region& region, std::string_view zone);
bool is_offered(const InstanceType& type, const Region& region);

}  // namespace ccloud::sim::aws
