// Where a service of a region is: partitions, and the overrides that other tools honour too (fact
// sheet 1).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ccloud::aws {

using Env = std::function<std::optional<std::string>(const std::string&)>;

struct Partition {
  std::string_view name;    ///< as in ARNs: "aws", "aws-cn", ...
  std::string_view suffix;  ///< of host names
};
const Partition& partition_of(std::string_view region);

/// A bucket of requests is per service; these are the ones that the driver speaks to.
enum class Service { ec2, sts, ssm, service_quotas };
/// "ec2", "sts", "ssm", "servicequotas": in host names and signatures.
std::string_view to_string(Service service);

/// The URL's start, without a slash at its end: `configured` (the config's `endpoint`), else
/// AWS_ENDPOINT_URL_{SERVICE}, AWS_ENDPOINT_URL, `profile_endpoint`, unless
/// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS says otherwise; else the region's own.
std::string endpoint_url(Service service, std::string_view region, std::string_view configured,
                         std::string_view profile_endpoint, const Env& env);

}  // namespace ccloud::aws
