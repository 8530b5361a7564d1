// Partitions by the region's prefix: cheaper than the documented regular expressions, and as exact
// for every region there is.
#include "providers/aws/endpoints.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::aws {
namespace {

struct Row {
  std::string_view prefix;
  Partition partition;
};

constexpr std::array<Row, 8> rows = {{
    {"cn-", {"aws-cn", "amazonaws.com.cn"}},
    {"us-gov-", {"aws-us-gov", "amazonaws.com"}},
    {"eusc-", {"aws-eusc", "amazonaws.eu"}},
    {"us-isob-", {"aws-iso-b", "sc2s.sgov.gov"}},
    {"us-isof-", {"aws-iso-f", "csp.hci.ic.gov"}},
    {"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk"}},
    {"us-iso-", {"aws-iso", "c2s.ic.gov"}},
    {"", {"aws", "amazonaws.com"}},
}};

std::string_view variable_of(Service service) {
  constexpr std::array<std::string_view, 4> names = {"EC2", "STS", "SSM", "SERVICE_QUOTAS"};
  return names.at(static_cast<std::size_t>(service));
}

std::string without_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

const Partition& partition_of(std::string_view region) {
  for (const auto& row : rows) {
    if (region.starts_with(row.prefix)) return row.partition;
  }
  return rows.back().partition;
}

std::string_view to_string(Service service) {
  constexpr std::array<std::string_view, 4> names = {"ec2", "sts", "ssm", "servicequotas"};
  return names.at(static_cast<std::size_t>(service));
}

std::string endpoint_url(Service service, std::string_view region, std::string_view configured,
                         std::string_view profile_endpoint, const Env& env) {
  if (!configured.empty()) return without_slash(std::string(configured));
  const bool is_ignored =
      equals_ignoring_case(env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").value_or(""), "true");
  if (!is_ignored) {
    const auto own = env(fmt::format("AWS_ENDPOINT_URL_{}", variable_of(service)));
    if (own.has_value() && !own->empty()) return without_slash(*own);
    const auto all = env("AWS_ENDPOINT_URL");
    if (all.has_value() && !all->empty()) return without_slash(*all);
    if (!profile_endpoint.empty()) return without_slash(std::string(profile_endpoint));
  }
  return fmt::format("https://{}.{}.{}", to_string(service), region, partition_of(region).suffix);
}

}  // namespace ccloud::aws
