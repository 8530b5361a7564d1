// Index, zone and double rules (contract, "count is a number").
#include "plan/counts.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"

namespace ccloud::plan {
namespace {

/// The nodes of one zone by index; the last one goes first.
using ByZone = std::map<std::string, std::vector<Slot>>;

ByZone by_zone(const std::vector<Slot>& slots) {
  ByZone zones;
  for (const auto& slot : slots) zones[slot.instance->zone].push_back(slot);
  return zones;
}

/// The fullest zone; among equals the one with the highest index at its end.
ByZone::iterator fullest(ByZone& zones) {
  return std::ranges::max_element(zones, [](const auto& a, const auto& b) {
    const auto rank = [](const std::vector<Slot>& slots) {
      return std::pair(slots.size(), slots.empty() ? 0 : slots.back().index);
    };
    return rank(a.second) < rank(b.second);
  });
}

void scale_down(Allotment& result, std::vector<Slot> present, std::int64_t count) {
  auto excess = static_cast<std::int64_t>(present.size()) - count;
  // Broken ones first, the highest index first among them.
  for (auto at = present.end(); excess > 0 && at != present.begin();) {
    --at;
    if (!is_broken(*at->instance)) continue;
    result.surplus.push_back(*at);
    at = present.erase(at);
    --excess;
  }
  auto zones = by_zone(present);
  for (; excess > 0; --excess) {
    auto& slots = fullest(zones)->second;
    result.surplus.push_back(slots.back());
    slots.pop_back();
  }
  for (auto& [zone, slots] : zones) {
    result.kept.insert(result.kept.end(), slots.begin(), slots.end());
  }
  std::ranges::sort(result.kept, {}, &Slot::index);
  std::ranges::sort(result.surplus, {}, &Slot::index);
}

void scale_up(Allotment& result, std::int64_t count, const std::vector<std::string>& zones) {
  std::map<std::string, std::int64_t> load;
  for (const auto& slot : result.kept) ++load[slot.instance->zone];
  auto missing = count - static_cast<std::int64_t>(result.kept.size());
  auto taken = result.kept.begin();
  for (std::int64_t index = 1; missing > 0; ++index) {
    while (taken != result.kept.end() && taken->index < index) ++taken;
    if (taken != result.kept.end() && taken->index == index) continue;
    NewNode node{.index = index, .zone = {}};
    if (!zones.empty()) {
      node.zone =
          *std::ranges::min_element(zones, {}, [&](const std::string& zone) { return load[zone]; });
      ++load[node.zone];
    }
    result.made.push_back(std::move(node));
    --missing;
  }
}

}  // namespace

Allotment allot(std::vector<Slot> present, std::int64_t count,
                const std::vector<std::string>& zones) {
  std::ranges::sort(present, {}, &Slot::index);
  Allotment result;
  if (static_cast<std::int64_t>(present.size()) > count) {
    scale_down(result, std::move(present), count);
  } else {
    result.kept = std::move(present);
    scale_up(result, count, zones);
  }
  return result;
}

const cloud::Instance* choose_among(const std::vector<const cloud::Instance*>& doubles,
                                    const std::string& network_id) {
  const auto rank = [&](const cloud::Instance* instance) {
    const bool is_elsewhere = !network_id.empty() && instance->network_id != network_id;
    return std::tuple(is_broken(*instance), is_elsewhere, std::string_view(instance->created),
                      std::string_view(instance->id));
  };
  return *std::ranges::min_element(doubles, {}, rank);
}

bool parse_node_name(std::string_view name, std::string_view cluster, std::string_view& place,
                     std::int64_t& index) {
  if (cluster.empty() || !name.starts_with(cluster)) return false;
  name.remove_prefix(cluster.size());
  const auto dash = name.rfind('-');
  if (!name.starts_with('-') || dash == 0) return false;
  const auto number = parse_int(name.substr(dash + 1));
  if (!number || *number < 1 || name[dash + 1] == '0' || name[dash + 1] == '+') return false;
  place = name.substr(1, dash - 1);
  index = *number;
  return true;
}

bool is_broken(const cloud::Instance& instance) {
  return instance.state == cloud::NodeState::error;
}

bool is_gone(const cloud::Instance& instance) {
  return instance.state == cloud::NodeState::terminating ||
         instance.state == cloud::NodeState::terminated ||
         instance.state == cloud::NodeState::missing;
}

}  // namespace ccloud::plan
