// EC2's documented request rate limits: token buckets per account, region and action.
#pragma once

#include <string>
#include <vector>

#include "sim/front.h"

namespace ccloud::sim::aws {

std::vector<Bucket> documented_buckets(const CallInfo& info, const std::string& form);

}  // namespace ccloud::sim::aws
