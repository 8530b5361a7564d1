// What the clouds have, as the planner reads it: one inventory per provider, or why there is none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/provider.h"
#include "config/model.h"

namespace ccloud::plan {

struct ProviderObserved {
  cloud::Capabilities capabilities;
  cloud::Inventory inventory;
  std::optional<Error> error;  ///< nothing could be asked at all

  const cloud::RegionInventory* find_region(std::string_view name) const;
};

/// What one entry of `existing` finds: machines that others made.
struct OfOthers {
  std::string cluster;
  std::string provider;
  std::string region;
  std::string match;  ///< "Role=gateway"
  std::vector<cloud::Instance> nodes;
  std::optional<Error> error;  ///< it could not be asked
};

struct Observed {
  std::map<std::string, ProviderObserved, std::less<>> providers;  ///< by the config's name
  cloud::Depth depth = cloud::Depth::everything;
  /// In the config's order; their addresses stand in rules.
  std::vector<OfOthers> existing;

  const ProviderObserved* find(std::string_view provider) const;
};

/// Settles what several providers show (plan/shared_accounts.h) and sorts everything by id: clouds
/// list in any order, plans and fingerprints must not depend on it.
void normalise(Observed& observed, const config::Config& config);

}  // namespace ccloud::plan
