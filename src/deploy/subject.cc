// Selectors on nodes as clouds show them.
#include "deploy/subject.h"

#include <algorithm>

#include "base/text.h"
#include "plan/counts.h"

namespace ccloud::deploy {

std::vector<std::string> services_of(const config::Config& config, std::string_view cluster) {
  std::vector<std::string> names;
  for (const auto& service : config.services) {
    const bool is_here = std::ranges::any_of(
        service.clusters, [&](const auto& name) { return name.value == cluster; });
    if (is_here) names.push_back(service.name);
  }
  return names;
}

std::optional<NodeRow> row_of(const config::Config& config, const std::string& provider,
                              const cloud::Instance& node) {
  const auto* entry = config.find_provider(provider);
  const auto* cluster = config.find_cluster(node.cluster);
  if (entry == nullptr || cluster == nullptr) return std::nullopt;
  std::string_view code;
  std::int64_t index = 0;
  if (!plan::parse_node_name(node.name, node.cluster, code, index)) return std::nullopt;
  const auto* place = cluster->find_place(code);
  if (place == nullptr) return std::nullopt;
  NodeRow row;
  row.name = node.name;
  row.cluster = node.cluster;
  row.place = place->code;
  row.provider = provider;
  row.driver = std::string(config::to_string(entry->driver.value));
  row.region = node.region;
  row.instance = node;
  row.labels = place->labels;
  row.ssh = place->ssh;
  return row;
}

bool is_young(const cloud::Instance& node, async::WallTime now) {
  constexpr std::chrono::minutes longest_boot{5};
  const auto made = parse_time(node.created);
  return made && now - *made < longest_boot;
}

bool is_selected(const config::Config& config, const plan::PlanOptions& options,
                 std::string_view provider, const cloud::Instance& node) {
  if (options.selectors.empty()) return true;
  const auto services = services_of(config, node.cluster);
  plan::Subject subject{.name = node.name,
                        .cluster = node.cluster,
                        .place = {},
                        .provider = provider,
                        .region = node.region,
                        .zone = node.zone,
                        .state = cloud::to_string(node.state),
                        .labels = &node.labels,
                        .services = &services,
                        .has_failed = options.failed_nodes.contains(node.name)};
  std::int64_t index = 0;
  plan::parse_node_name(node.name, node.cluster, subject.place, index);
  return plan::matches_any(options.selectors, subject);
}

bool is_configured(const config::Config& config, std::string_view name) {
  return std::ranges::any_of(config.clusters, [&](const config::Cluster& cluster) {
    std::string_view code;
    std::int64_t index = 0;
    if (!plan::parse_node_name(name, cluster.name, code, index)) return false;
    const auto* place = cluster.find_place(code);
    return place != nullptr && index <= place->count.value;
  });
}

bool names_a_node(const config::Config& config, const plan::PlanOptions& options) {
  for (const auto& cluster : config.clusters) {
    for (const auto& place : cluster.places) {
      for (std::int64_t index = 1; index <= place.count.value; ++index) {
        const auto name = config::node_name(cluster.name, place.code, index);
        const plan::Subject subject{.name = name,
                                    .cluster = cluster.name,
                                    .place = place.code,
                                    .provider = {},
                                    .region = {},
                                    .zone = {},
                                    .state = {},
                                    .labels = &place.labels,
                                    .services = nullptr,
                                    .has_failed = false};
        if (plan::matches_any(options.selectors, subject)) return true;
      }
    }
  }
  return false;
}

}  // namespace ccloud::deploy
