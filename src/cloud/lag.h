// How long a cloud's lists may lack what was just made; less where the cloud is a simulated one.
#pragma once

#include <string>
#include <string_view>

#include "cloud/provider.h"

namespace ccloud::cloud {

/// `usual`, or the less that `ccloud sim env` says (CCLOUD_SIM_LAG_MS) for a provider at `url` if
/// that is the simulator's: the same loopback address as in `variable`, which `sim env` sets for
/// this cloud. So neither a variable that was left over nor another provider of the same config, a
/// real cloud, gets less than it needs.
async::Duration visibility_lag(const Host& host, std::string_view url, const std::string& variable,
                               async::Duration usual);

}  // namespace ccloud::cloud
