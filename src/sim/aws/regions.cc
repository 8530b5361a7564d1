// The table of regions. Which ones need opt-in: AWS's documentation of regions, 2026.
#include "sim/aws/regions.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace ccloud::sim::aws {
namespace {

constexpr std::array all_partitions = {
    Partition{"aws", "amazonaws.com"},
    Partition{"aws-cn", "amazonaws.com.cn"},
    Partition{"aws-us-gov", "amazonaws.com"},
};

constexpr std::array all_regions = {
    Region{"us-east-1", "aws", "abcdef", "use1"},
    Region{"us-east-2", "aws", "abc", "use2"},
    Region{"us-west-1", "aws", "ab", "usw1"},
    Region{"us-west-2", "aws", "abcd", "usw2"},
    Region{"ca-central-1", "aws", "abd", "cac1"},
    Region{"sa-east-1", "aws", "abc", "sae1"},
    Region{"eu-central-1", "aws", "abc", "euc1"},
    Region{"eu-west-1", "aws", "abc", "euw1"},
    Region{"eu-west-2", "aws", "abcd", "euw2"},
    Region{"eu-west-3", "aws", "abc", "euw3"},
    Region{"eu-north-1", "aws", "abc", "eun1"},
    Region{"ap-northeast-1", "aws", "acd", "apne1"},
    Region{"ap-northeast-2", "aws", "abcd", "apne2"},
    Region{"ap-northeast-3", "aws", "abc", "apne3"},
    Region{"ap-southeast-1", "aws", "abc", "apse1"},
    Region{"ap-southeast-2", "aws", "abc", "apse2"},
    Region{"ap-south-1", "aws", "abc", "aps1"},
    Region{"af-south-1", "aws", "abc", "afs1", true},
    Region{"ap-east-1", "aws", "abc", "ape1", true},
    Region{"ap-east-2", "aws", "abc", "ape2", true},
    Region{"ap-south-2", "aws", "abc", "aps2", true},
    Region{"ap-southeast-3", "aws", "abc", "apse3", true},
    Region{"ap-southeast-4", "aws", "abc", "apse4", true},
    Region{"ap-southeast-5", "aws", "abc", "apse5", true},
    Region{"ap-southeast-6", "aws", "abc", "apse6", true},
    Region{"ap-southeast-7", "aws", "abc", "apse7", true},
    Region{"ca-west-1", "aws", "abc", "caw1", true},
    Region{"eu-central-2", "aws", "abc", "euc2", true},
    Region{"eu-south-1", "aws", "abc", "eus1", true},
    Region{"eu-south-2", "aws", "abc", "eus2", true},
    Region{"il-central-1", "aws", "abc", "ilc1", true},
    Region{"me-central-1", "aws", "abc", "mec1", true},
    Region{"me-south-1", "aws", "abc", "mes1", true},
    Region{"mx-central-1", "aws", "abc", "mxc1", true},
    Region{"cn-north-1", "aws-cn", "abd", "cnn1"},
    Region{"cn-northwest-1", "aws-cn", "abc", "cnnw1"},
    Region{"us-gov-east-1", "aws-us-gov", "abc", "usge1"},
    Region{"us-gov-west-1", "aws-us-gov", "abc", "usgw1"},
};

}  // namespace

std::span<const Partition> partitions() { return all_partitions; }

const Partition& partition(std::string_view name) {
  const auto found = std::ranges::find(all_partitions, name, &Partition::name);
  return found == all_partitions.end() ? all_partitions.front() : *found;
}

std::span<const Region> regions() { return all_regions; }

const Region* find_region(std::string_view name) {
  const auto found = std::ranges::find(all_regions, name, &Region::name);
  return found == all_regions.end() ? nullptr : &*found;
}

std::vector<std::string> zones_of(const Region& region) {
  std::vector<std::string> zones;
  for (const char letter : region.zone_letters)
    zones.push_back(fmt::format("{}{}", region.name, letter));
  return zones;
}

std::string zone_id(const Region& region, std::string_view zone) {
  const auto index = region.zone_letters.find(zone.back());
  const auto count = region.zone_letters.size();
  return fmt::format("{}-az{}", region.id_prefix, (index + count / 2) % count + 1);
}

}  // namespace ccloud::sim::aws
