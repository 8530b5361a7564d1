// How an instance looks on the wire, shared by the operations that show some.
#pragma once

#include "sim/aws/ec2.h"

namespace ccloud::sim::aws {

struct StateName {
  int code;
  std::string_view name;
};
/// A failed boot is "terminated" in EC2, with its reason.
StateName state_name(Power power);
void write_state(Ec2& ec2, std::string_view element, Power power);

/// What is inside an <item> of instancesSet.
void write_instance(Ec2& ec2, const Machine& machine);
void write_reservation(Ec2& ec2, const std::vector<const Machine*>& machines);
/// The ARN of `IamInstanceProfile.Name` or `.Arn`; empty when the request has neither.
Answer<std::string> profile_arn(Ec2& ec2);
void write_profile(Ec2& ec2, const std::string& arn);

/// "ip-10-0-0-12.ec2.internal"
std::string private_dns(const Region& region, const std::string& ip);

/// vCPUs of the pending and running standard instances, for the quota L-1216C47A.
int used_cpus(World& world, const Place& place);
inline constexpr double default_cpu_quota = 5;

}  // namespace ccloud::sim::aws
