// What the two files about security groups share.
#pragma once

#include "sim/aws/ec2.h"

namespace ccloud::sim::aws {

/// The group that GroupId or GroupName (default VPC only) names.
Answer<Firewall*> see_group(Ec2& ec2);
std::vector<Operation> rule_operations();

}  // namespace ccloud::sim::aws
