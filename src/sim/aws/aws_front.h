// The AWS front: EC2, STS, SSM parameters and Service Quotas at one URL for all regions, as with
// AWS_ENDPOINT_URL; the credential scope says which region and service is meant.
#pragma once

#include <memory>

#include "sim/front.h"

namespace ccloud::sim {

std::unique_ptr<Front> make_aws_front(World& world);

}  // namespace ccloud::sim
