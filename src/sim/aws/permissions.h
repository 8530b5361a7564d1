// What IAM asks of the caller before a call is carried out, when the world permits a list only.
#pragma once

#include <string_view>

#include "sim/aws/answer.h"
#include "sim/aws/credentials.h"
#include "sim/aws/params.h"
#include "sim/world.h"

namespace ccloud::sim::aws {

/// The service's own refusal (EC2: UnauthorizedOperation, STS: AccessDenied, the JSON services:
/// AccessDeniedException) with the name of the first action that the caller lacks. `params`: null
/// for the services that speak JSON.
Answer<> check_permissions(World& world, std::string_view service, std::string_view action,
                           const Params* params, const AccessKey& caller);

}  // namespace ccloud::sim::aws
