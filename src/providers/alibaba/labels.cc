// Tags. ECS and VPC have the same calls for their own kinds of things, but for one letter.
#include <algorithm>

#include <fmt/format.h>

#include "cloud/marks.h"
#include "providers/alibaba/driver.h"

namespace ccloud::alibaba {

Task<void> Driver::relabel(Context ctx, std::string region, std::string kind, std::string id,
                           cloud::Labels labels, std::vector<std::string> removed) {
  const bool is_vpc = kind.starts_with('V');
  Action action{.region = std::move(region),
                .product = is_vpc ? Product::vpc : Product::ecs,
                .params = {{"ResourceType", kind}, {"ResourceId.1", id}},
                .what = fmt::format("labelling {}", id)};
  if (!labels.empty()) {
    Action set = action;
    set.name = "TagResources";
    add_tags(set.params, labels);
    static_cast<void>(co_await api_.call_patiently(ctx, std::move(set)));
  }
  if (!removed.empty()) {
    action.name = is_vpc ? "UnTagResources" : "UntagResources";
    add_list(action.params, "TagKey", removed);
    static_cast<void>(co_await api_.call_patiently(ctx, std::move(action)));
  }
  co_return {};
}

/// What was made a moment ago has its labels from its creation.
Task<void> Driver::relabel_network(Context ctx, cloud::NetworkSpec spec, cloud::Network network) {
  const auto mark = spec.labels.find(std::string(cloud::mark_project));
  if (mark == spec.labels.end()) co_return {};
  cloud::RegionInventory found;
  found.region = spec.region;
  co_await find_networks(ctx, mark->second, found);
  const auto seen = std::ranges::find(found.networks, network.id, &cloud::Network::id);
  if (seen == found.networks.end()) co_return {};
  const auto set = cloud::label_change(spec.labels, seen->labels).set;
  co_await relabel(ctx, spec.region, "VPC", network.id, set, spec.remove_labels);
  for (const auto& subnet : network.subnets) {
    co_await relabel(ctx, spec.region, "VSWITCH", subnet.id, set, spec.remove_labels);
  }
  co_return {};
}

}  // namespace ccloud::alibaba
