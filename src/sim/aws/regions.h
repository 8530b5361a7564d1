// AWS's partitions, regions and zones, as DescribeRegions and DescribeAvailabilityZones list them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::sim::aws {

struct Partition {
  std::string_view name;    ///< "aws-cn"
  std::string_view suffix;  ///< "amazonaws.com.cn"
};

struct Region {
  std::string_view name;
  std::string_view partition;
  std::string_view zone_letters;
  std::string_view id_prefix;  ///< of zone ids: "use1"
  bool is_opt_in = false;      ///< off until the account asks for it
};

std::span<const Partition> partitions();
const Partition& partition(std::string_view name);
std::span<const Region> regions();
const Region* find_region(std::string_view name);
std::vector<std::string> zones_of(const Region& region);
/// "use1-az3": physical zones are not in the order of their names.
std::string zone_id(const Region& region, std::string_view zone);

}  // namespace ccloud::sim::aws
