// An operation takes the action of its name; tags in a create and a role that is handed on, one
// more each (the service authorization reference, "dependent actions"). Resources and conditions of
// a policy are not looked at.
#include "sim/aws/permissions.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace ccloud::sim::aws {
namespace {

/// Gives an instance a role: by a profile's name or ARN.
bool hands_on_role(const Params& params) {
  return params.has("IamInstanceProfile.Name") || params.has("IamInstanceProfile.Arn");
}

std::vector<std::string> needed_for(std::string_view service, std::string_view action,
                                    const Params* params) {
  std::vector<std::string> needed = {fmt::format("{}:{}", service, action)};
  if (params == nullptr || service != "ec2") return needed;
  if (!params->entries("TagSpecification").empty()) needed.emplace_back("ec2:CreateTags");
  if (hands_on_role(*params)) needed.emplace_back("iam:PassRole");
  return needed;
}

}  // namespace

Answer<> check_permissions(World& world, std::string_view service, std::string_view action,
                           const Params* params, const AccessKey& caller) {
  // Who one is may be asked by everybody, whatever a policy says.
  if (service == "sts" && action == "GetCallerIdentity") return {};
  const auto missing = world.permissions().missing("aws", needed_for(service, action, params));
  if (!missing) return {};
  const auto why = fmt::format(
      "User: {0} is not authorized to perform: {1} because no identity-based policy allows the {1} "
      "action",
      caller.arn, *missing);
  if (service == "ec2") {
    return fail("UnauthorizedOperation",
                fmt::format("You are not authorized to perform this operation. {}", why), 403);
  }
  if (service == "sts") return fail("AccessDenied", why, 403);
  return fail("AccessDeniedException", why);
}

}  // namespace ccloud::sim::aws
