// What VPCs, subnets, route tables and groups share: defaults, dependencies, well-formed CIDRs.
#pragma once

#include "base/cidr.h"
#include "sim/aws/ec2.h"

namespace ccloud::sim::aws {

/// A VPC with what EC2 makes along with it: its main route table and its default group.
Network& make_vpc(World& world, const Place& place, Network vpc);
/// Every region's default VPC with a subnet in each zone, a gateway and its route.
void make_default_vpc(World& world, const Place& place, const Region& region);

/// A route of a route table, kept in its fields as "route:CIDR" = target.
std::string route_key(std::string_view cidr);

/// An IPv4 CIDR with host bits zero and a prefix within the limits.
Answer<Cidr> vpc_cidr(const std::string& text, int low, int high);

/// Machines that are not terminated, in a subnet or with a group.
bool has_machines(World& world, const Place& place,
                  const std::function<bool(const Machine&)>& is_it);

}  // namespace ccloud::sim::aws
