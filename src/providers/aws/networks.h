// Networks of our own (VPC, a subnet per zone, gateway, default route) and existing ones.
#pragma once

#include <set>

#include "providers/aws/api.h"
#include "providers/aws/read.h"

namespace ccloud::aws {

/// Two machines may each have made a VPC for the same network: everyone must choose alike (design
/// 4.3). Ages are not to be had.
struct Contender {
  std::string id;
  bool has_nodes = false;
  bool has_subnets = false;
};
/// Index of the winner: has nodes, else subnets, else the smallest id. `all` is not empty.
std::size_t elect(const std::vector<Contender>& all);

/// The zone's fixed eighth, by its letter: "us-east-1c" is 2. nullopt beyond "h".
std::optional<std::size_t> zone_index(std::string_view zone);

/// The VPCs with these filters and what belongs to them; `is_complete` says whether traffic flows.
Task<std::vector<cloud::Network>> list_networks(Context ctx, Api& api, std::string region,
                                                Form filters);

Task<cloud::Network> choose_network(Context ctx, Api& api, cloud::NetworkSpec spec);
Task<cloud::Network> complete_network(Context ctx, Api& api, cloud::NetworkSpec spec,
                                      cloud::Network chosen);
Task<void> delete_network(Context ctx, Api& api, cloud::Network network);
/// Detaches (when attached) and deletes.
Task<void> delete_gateway(Context ctx, Api& api, std::string region, std::string gateway_id,
                          std::string network_id);

}  // namespace ccloud::aws
