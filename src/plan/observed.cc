// Order for what clouds list in any order, so that the same state gives the same plan.
#include "plan/observed.h"

#include <algorithm>

#include "plan/shared_accounts.h"

namespace ccloud::plan {

void normalise(Observed& observed, const config::Config& config) {
  settle_shared(observed, config);
  for (auto& [name, provider] : observed.providers) {
    auto& regions = provider.inventory.regions;
    std::ranges::sort(regions, {}, &cloud::RegionInventory::region);
    for (auto& region : regions) {
      std::ranges::sort(region.nodes, {}, &cloud::Instance::id);
      std::ranges::sort(region.networks, {}, &cloud::Network::id);
      std::ranges::sort(region.firewalls, {}, &cloud::Firewall::id);
      for (auto& firewall : region.firewalls) std::ranges::sort(firewall.rules);
      std::ranges::sort(region.keys, {}, &cloud::Key::id);
      std::ranges::sort(region.leftovers);
    }
  }
}

const cloud::RegionInventory* ProviderObserved::find_region(std::string_view name) const {
  const auto at = std::ranges::find(inventory.regions, name, &cloud::RegionInventory::region);
  return at == inventory.regions.end() ? nullptr : &*at;
}

const ProviderObserved* Observed::find(std::string_view provider) const {
  const auto at = providers.find(provider);
  return at == providers.end() ? nullptr : &at->second;
}

}  // namespace ccloud::plan
