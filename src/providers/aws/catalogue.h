// What a region offers and what the account may use: images, types per zone, identity, quotas.
#pragma once

#include "providers/aws/api.h"

namespace ccloud::aws {

Task<cloud::Image> resolve_image(Context ctx, Api& api, std::string region,
                                 cloud::ImageQuery query);
Task<cloud::RegionCatalogue> catalogue(Context ctx, Api& api, std::string region,
                                       std::vector<std::string> types);
Task<cloud::Account> check_account(Context ctx, Api& api);
Task<std::vector<cloud::Quota>> quotas(Context ctx, Api& api, std::string region);

}  // namespace ccloud::aws
