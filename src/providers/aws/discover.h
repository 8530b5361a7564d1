// Finding what is the project's, in every region at once (design 4.6).
#pragma once

#include "providers/aws/api.h"
#include "providers/aws/read.h"

namespace ccloud::aws {

Task<cloud::Inventory> discover(Context ctx, Api& api, cloud::DiscoverRequest request);
Task<std::vector<cloud::Instance>> find_existing(Context ctx, Api& api,
                                                 cloud::MatchRequest request);
Task<void> delete_leftover(Context ctx, Api& api, std::string region, std::string leftover);
Task<std::vector<cloud::RegionInfo>> list_regions(Context ctx, Api& api);

}  // namespace ccloud::aws
