#include "plan/shared_accounts.h"

#include <algorithm>
#include <set>

#include "plan/counts.h"
#include "plan/desired.h"

namespace ccloud::plan {
namespace {

template <class T>
bool are_same(const std::optional<config::Located<T>>& a,
              const std::optional<config::Located<T>>& b) {
  return a.has_value() == b.has_value() && (!a || a->value == b->value);
}

bool is_same_login(const config::Provider& a, const config::Provider& b) {
  const auto& mine = a.credentials;
  const auto& others = b.credentials;
  return mine.profile == others.profile && mine.file == others.file &&
         mine.command == others.command && are_same(a.cloud, b.cloud) &&
         are_same(a.endpoint, b.endpoint) && are_same(a.account, b.account);
}

/// An id alone may be another account's, too, where a cloud makes it of the name.
bool share_a_node(const ProviderObserved& a, const ProviderObserved& b) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
  for (const auto& region : a.inventory.regions) {
    for (const auto& node : region.nodes) seen.emplace(node.id, node.name, node.created);
  }
  return std::ranges::any_of(b.inventory.regions, [&](const cloud::RegionInventory& region) {
    return std::ranges::any_of(region.nodes, [&](const cloud::Instance& node) {
      return !node.created.empty() && seen.contains({node.id, node.name, node.created});
    });
  });
}

/// Who of the config's providers wants what.
class Wants {
 public:
  explicit Wants(const config::Config& config) : desired_(make_desired(config)) {}

  bool operator()(const std::string& provider, const std::string& region,
                  const cloud::Instance& node) const {
    std::string_view code;
    std::int64_t index = 0;
    if (!parse_node_name(node.name, node.cluster, code, index)) return false;
    const auto* place = desired_.find_place(node.cluster, code);
    return place != nullptr && is_there(place->network, provider, region);
  }
  bool operator()(const std::string& provider, const std::string& region,
                  const cloud::Network& network) const {
    return desired_.networks.contains({provider, region, network.name});
  }
  bool operator()(const std::string& provider, const std::string& region,
                  const cloud::Firewall& firewall) const {
    return std::ranges::any_of(desired_.firewalls, [&](const auto& entry) {
      return entry.first.second == firewall.name && is_there(entry.first.first, provider, region);
    });
  }
  bool operator()(const std::string& provider, const std::string& region,
                  const cloud::Key& key) const {
    return std::ranges::any_of(desired_.places, [&](const PlaceWant& place) {
      return place.key_name == key.name && is_there(place.network, provider, region);
    });
  }

 private:
  static bool is_there(const NetworkKey& key, const std::string& provider,
                       const std::string& region) {
    return key.provider == provider && key.region == region;
  }

  Desired desired_;
};

/// One of the two providers, in one region.
struct Side {
  const std::string& provider;
  cloud::RegionInventory* region;  ///< null: it does not look there
};

bool has_answered(const Side& side) {
  return side.region != nullptr && !side.region->error && !side.region->is_forbidden;
}

/// What `to` wants and `from` does not goes to `to`, also where only `from` shows it yet.
template <class T>
void hand_over(std::vector<T> cloud::RegionInventory::* list, const Side& from, const Side& to,
               const std::string& region, const Wants& wants) {
  std::erase_if(from.region->*list, [&](T& one) {
    if (!wants(to.provider, region, one) || wants(from.provider, region, one)) return false;
    if (has_answered(to)) {
      auto& others = to.region->*list;
      if (std::ranges::find(others, one.id, &T::id) == others.end()) {
        others.push_back(std::move(one));
      }
    }
    return true;
  });
}

/// What neither wants stays with the first.
template <class T>
void keep_once(std::vector<T> cloud::RegionInventory::* list, const Side& first, const Side& second,
               const std::string& region, const Wants& wants) {
  std::set<std::string, std::less<>> seen;
  for (const auto& one : first.region->*list) {
    if (!wants(second.provider, region, one)) seen.insert(one.id);
  }
  std::erase_if(second.region->*list, [&](const T& one) { return seen.contains(one.id); });
}

cloud::RegionInventory* region_of(ProviderObserved& provider, const std::string& name) {
  auto& regions = provider.inventory.regions;
  const auto at = std::ranges::find(regions, name, &cloud::RegionInventory::region);
  return at == regions.end() ? nullptr : &*at;
}

template <class T>
void settle(std::vector<T> cloud::RegionInventory::* list, const Side& first, const Side& second,
            const std::string& region, const Wants& wants) {
  hand_over(list, second, first, region, wants);
  if (first.region == nullptr) return;
  hand_over(list, first, second, region, wants);
  keep_once(list, first, second, region, wants);
}

/// `first` comes first in the order of names.
void settle_pair(const std::string& first_name, ProviderObserved& first,
                 const std::string& second_name, ProviderObserved& second, const Wants& wants) {
  for (auto& there : second.inventory.regions) {
    const Side a{first_name, region_of(first, there.region)};
    const Side b{second_name, &there};
    settle(&cloud::RegionInventory::nodes, a, b, there.region, wants);
    settle(&cloud::RegionInventory::networks, a, b, there.region, wants);
    settle(&cloud::RegionInventory::firewalls, a, b, there.region, wants);
    settle(&cloud::RegionInventory::keys, a, b, there.region, wants);
    if (a.region == nullptr) continue;
    std::erase_if(there.leftovers, [&](const std::string& leftover) {
      return std::ranges::find(a.region->leftovers, leftover) != a.region->leftovers.end();
    });
  }
  // Where the second one did not answer, the first one may show what is the second's.
  for (auto& here : first.inventory.regions) {
    if (region_of(second, here.region) != nullptr) continue;
    const Side a{first_name, &here};
    const Side b{second_name, nullptr};
    hand_over(&cloud::RegionInventory::nodes, a, b, here.region, wants);
    hand_over(&cloud::RegionInventory::networks, a, b, here.region, wants);
    hand_over(&cloud::RegionInventory::firewalls, a, b, here.region, wants);
    hand_over(&cloud::RegionInventory::keys, a, b, here.region, wants);
  }
}

}  // namespace

void settle_shared(Observed& observed, const config::Config& config) {
  std::optional<Wants> wants;
  for (auto first = observed.providers.begin(); first != observed.providers.end(); ++first) {
    for (auto second = std::next(first); second != observed.providers.end(); ++second) {
      const auto* a = config.find_provider(first->first);
      const auto* b = config.find_provider(second->first);
      if (a == nullptr || b == nullptr || a->driver.value != b->driver.value) continue;
      if (!is_same_login(*a, *b) && !share_a_node(first->second, second->second)) continue;
      if (!wants) wants.emplace(config);
      settle_pair(first->first, first->second, second->first, second->second, *wants);
    }
  }
}

}  // namespace ccloud::plan
