// The small services beside EC2: STS, SSM's public parameters, Service Quotas.
#pragma once

#include "sim/aws/credentials.h"
#include "sim/aws/params.h"
#include "sim/aws/regions.h"
#include "sim/aws/xml.h"
#include "sim/front.h"

namespace ccloud::sim::aws {

struct Service {
  World& world;
  Credentials& credentials;
  const http::Request& request;
  const AccessKey* caller;  ///< null for an unsigned request
  const Region* region;
};

/// The whole body of an STS answer (without the XML head).
Answer<std::string> sts(Service& service, const Params& params, const std::string& request_id);
/// JSON bodies of the services that speak JSON 1.1; `target` is the X-Amz-Target header.
Answer<std::string> json_service(Service& service, std::string_view target);

}  // namespace ccloud::sim::aws
