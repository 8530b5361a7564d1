// Matching of operations against what is permitted.
#include "sim/permissions.h"

#include <algorithm>

#include "base/text.h"

namespace ccloud::sim {

void Permissions::limit(const std::string& cloud, const std::vector<std::string>& operations) {
  auto& list = limits_[cloud];
  list.clear();
  for (const auto& one : operations) {
    list.push_back({.name = one, .pattern = to_lower(one), .is_used = false});
  }
}

std::optional<std::string> Permissions::missing(std::string_view cloud,
                                                const std::vector<std::string>& needed) {
  const auto list = limits_.find(cloud);
  if (list == limits_.end()) return std::nullopt;
  for (const auto& one : needed) {
    const auto name = to_lower(one);
    const auto covering = std::ranges::find_if(
        list->second, [&](const Entry& entry) { return glob_match(entry.pattern, name); });
    if (covering == list->second.end()) return one;
    covering->is_used = true;
  }
  return std::nullopt;
}

std::vector<std::string> Permissions::unused(std::string_view cloud) const {
  std::vector<std::string> out;
  const auto list = limits_.find(cloud);
  if (list == limits_.end()) return out;
  for (const auto& entry : list->second) {
    if (!entry.is_used) out.push_back(entry.name);
  }
  return out;
}

}  // namespace ccloud::sim
