// What nothing needs any more, and what destroy takes: leftovers, firewalls, networks and keys,
// after the nodes that stand on them.
#include <algorithm>

#include <fmt/format.h>

#include "plan/builder.h"

namespace ccloud::plan {

std::uint32_t Builder::append_removal(Kind kind, std::string address, std::string_view provider,
                                      std::string_view region, Facts before,
                                      std::vector<std::uint32_t> depends_on, Work work) {
  Change change;
  change.address = std::move(address);
  change.kind = kind;
  change.action = Action::destroy;
  change.reason = is_destruction_ ? Reason::asked : Reason::unused;
  change.why =
      is_destruction_ ? "destroy was asked for" : "nothing in the config needs it any more";
  change.provider = provider;
  change.region = region;
  change.before = std::move(before);
  std::ranges::sort(depends_on);
  const auto [first, last] = std::ranges::unique(depends_on);
  depends_on.erase(first, last);
  change.depends_on = std::move(depends_on);
  change.work = std::move(work);
  return append(std::move(change));
}

bool Builder::knows_cluster(const cloud::Labels& labels) const {
  const auto at = labels.find(std::string(cloud::mark_cluster));
  const std::string cluster = at == labels.end() ? std::string() : at->second;
  return config_.find_cluster(cluster) != nullptr ||
         std::ranges::any_of(options_.deployed_here,
                             [&](const auto& known) { return known.first == cluster; });
}

/// After the nodes: what they stood on, in the order in which clouds let go of it.
void Builder::plan_unused(bool all) {
  if (all) {
    for (const auto& [name, provider] : observed_.providers) {
      for (const auto& region : provider.inventory.regions) {
        const auto at = leavers_.find(name + "/" + region.region);
        for (const auto& leftover : region.leftovers) {
          const auto index =
              append_removal(Kind::network,
                             fmt::format("network.{}.{}.{}", name, region.region,
                                         leftover.substr(leftover.find(' ') + 1)),
                             name, region.region, {{"what", leftover}},
                             at == leavers_.end() ? std::vector<std::uint32_t>() : at->second,
                             LeftoverWork{leftover});
          leavers_["leftovers " + name + "/" + region.region].push_back(index);
        }
      }
    }
  }
  remove_firewalls(all);
  remove_networks(all);
  remove_keys(all);
}

void Builder::remove_firewalls(bool all) {
  std::set<std::pair<std::string, std::string>> wanted;  // network id, name
  for (const auto& [key, want] : desired_.firewalls) {
    wanted.emplace(network_id(key.first), key.second);
  }
  for (const auto& [name, provider] : observed_.providers) {
    for (const auto& region : provider.inventory.regions) {
      for (const auto& firewall : region.firewalls) {
        if (!all && wanted.contains({firewall.network_id, firewall.name})) continue;
        std::vector<std::uint32_t> after;
        const std::string here = name + "/" + region.region;
        for (const auto& id : {firewall.id, "any firewall " + here, "leftovers " + here}) {
          const auto at = leavers_.find(id);
          if (at != leavers_.end()) after.insert(after.end(), at->second.begin(), at->second.end());
        }
        FirewallWork work;
        work.spec.name = firewall.name;
        work.spec.region = region.region;
        work.observed = firewall;
        const auto index = append_removal(Kind::firewall,
                                          fmt::format("firewall.{}.{}.{}.{}", name, region.region,
                                                      firewall.network_id, firewall.name),
                                          name, region.region, {{"id", firewall.id}},
                                          std::move(after), std::move(work));
        plan_.changes[index].needs_prune = !all && !knows_cluster(firewall.labels);
        leavers_[firewall.network_id].push_back(index);
      }
    }
  }
}

void Builder::remove_networks(bool all) {
  for (const auto& [name, provider] : observed_.providers) {
    for (const auto& region : provider.inventory.regions) {
      std::set<std::string> seen;
      for (const auto& network : region.networks) {
        const NetworkKey key{name, region.region, network.name};
        const auto at = desired_.networks.find(key);
        // A second one of the same name is settled by ensure_network.
        const bool is_wanted = at != desired_.networks.end() && at->second.is_owned();
        if (!network.is_owned || (!all && is_wanted)) continue;
        std::string address = network_address(key);
        const bool is_known = options_.deployed_here.contains({"", address});
        if (!seen.insert(network.name).second) address += "@" + network.id;
        std::vector<std::uint32_t> after;
        for (const auto& id : {network.id, "leftovers " + name + "/" + region.region}) {
          const auto found = leavers_.find(id);
          if (found == leavers_.end()) continue;
          after.insert(after.end(), found->second.begin(), found->second.end());
        }
        NetworkWork work;
        work.spec.name = network.name;
        work.spec.region = region.region;
        work.observed = network;
        const auto index = append_removal(Kind::network, std::move(address), name, region.region,
                                          {{"id", network.id}, {"cidr", network.cidr}},
                                          std::move(after), std::move(work));
        plan_.changes[index].needs_prune = !all && !is_known;
      }
    }
  }
}

void Builder::remove_keys(bool all) {
  std::set<std::tuple<std::string, std::string, std::string>> wanted;
  for (const auto& want : desired_.places) {
    wanted.emplace(want.network.provider, want.network.region, want.key_name);
  }
  for (const auto& [name, provider] : observed_.providers) {
    for (const auto& region : provider.inventory.regions) {
      for (const auto& key : region.keys) {
        if (!all && wanted.contains({name, region.region, key.name})) continue;
        KeyWork work;
        work.spec.name = key.name;
        work.spec.region = region.region;
        work.observed = key;
        const auto index =
            append_removal(Kind::key, fmt::format("key.{}.{}.{}", name, region.region, key.name),
                           name, region.region, {{"id", key.id}}, {}, std::move(work));
        plan_.changes[index].needs_prune = !all && !knows_cluster(key.labels);
      }
    }
  }
}

}  // namespace ccloud::plan
