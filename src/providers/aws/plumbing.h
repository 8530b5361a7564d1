// What a VPC needs beside its subnets: names for its nodes, a gateway, a way out.
#pragma once

#include <string>

#include "cloud/model.h"
#include "cloud/paging.h"
#include "providers/aws/api.h"

namespace ccloud::aws {

/// Of what no token guards and whose reply was lost.
inline constexpr int most_attempts = 4;

/// Gateways with the network's marks that are attached to nothing.
enum class Loose { taken, left };

struct Plumbing {
  std::string gateway_id;
  std::string route_table_id;
  std::string default_route;  ///< the gateway it leads to; empty: none
  bool is_blackhole = false;
};

Task<Plumbing> read_plumbing(Context ctx, Api& api, std::string region, std::string vpc);
/// Makes what is missing.
Task<void> ensure_plumbing(Context ctx, Api& api, const cloud::NetworkSpec& spec,
                           const std::string& vpc, Loose loose);

}  // namespace ccloud::aws
