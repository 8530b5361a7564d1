// EC2's answers as the model's values: parsers and nothing else.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cloud/model.h"
#include "providers/aws/xml.h"

namespace ccloud::aws {

cloud::Labels read_tags(Node resource);

/// One `instancesSet/item`. Died at birth: state error, with the reason.
cloud::Instance read_instance(Node item, const std::string& region);
/// All instances below a DescribeInstances or RunInstances answer's root.
std::vector<cloud::Instance> read_instances(Node root, const std::string& region);
/// The volume behind the root device; "" when there is none.
std::string root_volume_of(Node instance);

/// A permission of a security group, one per peer, in EC2's own words.
struct Permission {
  enum class Peer { cidr, cidr6, group, prefix_list };
  std::string protocol;  ///< "tcp", "udp", "icmp", "-1", or a number
  std::int64_t from_port = -1;
  std::int64_t to_port = -1;
  Peer peer = Peer::cidr;
  std::string value;  ///< CIDR, group id, list id
  auto operator<=>(const Permission&) const = default;
};

struct Group {
  std::string id;
  std::string name;  ///< EC2's name of it
  std::string network_id;
  cloud::Labels labels;
  std::set<Permission> permissions;  ///< inbound
};
Group read_group(Node item);

cloud::Subnet read_subnet(Node item);

}  // namespace ccloud::aws
