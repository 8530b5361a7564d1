// The table: "Request throttling for the Amazon EC2 API", bucket sizes and refill rates.
#include "sim/aws/limits.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

struct Rate {
  std::string_view action;
  double size;
  double per_second;
};

constexpr std::array special = {
    Rate{"RunInstances", 5, 2},
    Rate{"StartInstances", 5, 2},
    Rate{"TerminateInstances", 100, 5},
    Rate{"CreateTags", 100, 10},
    Rate{"DeleteTags", 100, 10},
    Rate{"DeleteVolume", 100, 5},
    Rate{"AuthorizeSecurityGroupIngress", 50, 5},
    Rate{"RevokeSecurityGroupIngress", 50, 5},
    Rate{"CreateKeyPair", 50, 5},
};

/// Those with a smaller bucket when nothing filters or pages them.
constexpr std::array costly = {"DescribeInstances", "DescribeInstanceStatus",
                               "DescribeNetworkInterfaces", "DescribeSecurityGroups",
                               "DescribeVolumes"};

/// Counted in instances, not in calls.
constexpr std::array per_instance = {Rate{"RunInstances", 1000, 2}, Rate{"StartInstances", 1000, 2},
                                     Rate{"StopInstances", 1000, 20},
                                     Rate{"TerminateInstances", 1000, 20}};

double affected_instances(const std::string& form) {
  const auto at = form.find("MaxCount=");
  if (at != std::string::npos) {
    const auto end = std::min(form.find('&', at), form.size());
    return static_cast<double>(parse_int(form.substr(at + 9, end - at - 9)).value_or(1));
  }
  double count = 0;
  for (auto found = form.find("InstanceId."); found != std::string::npos;
       found = form.find("InstanceId.", found + 1)) {
    ++count;
  }
  return std::max(count, 1.0);
}

}  // namespace

std::vector<Bucket> documented_buckets(const CallInfo& info, const std::string& form) {
  const auto key = fmt::format("{}/{}/{}", info.account, info.region, info.action);
  std::vector<Bucket> buckets;
  const auto found = std::ranges::find(special, info.action, &Rate::action);
  if (found != special.end()) {
    buckets.push_back({key, found->size, found->per_second});
  } else if (info.is_write) {
    buckets.push_back({key, 50, 5});
  } else {
    const bool is_costly = std::ranges::find(costly, info.action) != costly.end() &&
                           form.find("Filter.") == std::string::npos &&
                           form.find("MaxResults=") == std::string::npos;
    if (is_costly) buckets.push_back({key + "/unfiltered", 50, 10});
    buckets.push_back({key, 100, 20});
  }
  const auto counted = std::ranges::find(per_instance, info.action, &Rate::action);
  if (counted != per_instance.end()) {
    buckets.push_back(
        {key + "/instances", counted->size, counted->per_second, affected_instances(form)});
  }
  return buckets;
}

}  // namespace ccloud::sim::aws
