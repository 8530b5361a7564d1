#include "cloud/existing.h"

#include <algorithm>

#include <fmt/format.h>

namespace ccloud::cloud {

Error no_such_network(const NetworkSpec& spec) {
  return make_error(ErrorCode::not_found,
                    fmt::format("there is no network {} in {}", spec.id, spec.region),
                    "check the network's `id`, its region and the account of the credentials");
}

Result<std::vector<Subnet>> chosen_subnets(const NetworkSpec& spec, std::vector<Subnet> wanted,
                                           const std::vector<Subnet>& seen) {
  constexpr auto remedy = "check `subnets` of the network in the config";
  for (const auto& [id, zone, cidr] : wanted) {
    const auto found = std::ranges::find(seen, id, &Subnet::id);
    if (found == seen.end()) {
      return make_error(ErrorCode::not_found,
                        fmt::format("the network {} has no subnet {}", spec.id, id), remedy);
    }
    if (!found->zone.empty() && found->zone != zone) {
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("the subnet {} is in {}, not in {}", id, found->zone, zone),
                        remedy);
    }
  }
  return wanted;
}

}  // namespace ccloud::cloud
