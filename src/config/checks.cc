#include "config/checks.h"

#include <algorithm>

namespace ccloud::config {

namespace {

template <class T>
const T* at_index(const std::vector<T>& items,
                  const std::unordered_map<std::string, std::size_t>& index,
                  const std::string& name) {
  const auto it = index.find(name);
  return it == index.end() ? nullptr : &items[it->second];
}

}  // namespace

bool Checks::is_catalogued(const std::string& name) const {
  const Provider* provider = find_provider(name);
  if (provider == nullptr || provider->endpoint || provider->driver.span == Span{}) return false;
  return catalog::builtin().knows(provider->driver.value);
}

const Network* Checks::find_network(const std::string& name) const {
  return at_index(config().networks, draft.network_index, name);
}

const Provider* Checks::find_provider(const std::string& name) const {
  return at_index(config().providers, draft.provider_index, name);
}

const Cluster* Checks::find_cluster(const std::string& name) const {
  return at_index(config().clusters, draft.cluster_index, name);
}

bool Checks::has_refused_places(std::string_view cluster) const {
  if (is_refused(*draft.root, bad, {"clusters", cluster, "place"})) return true;
  const json::Node* places = node_at(*draft.root, {"clusters", cluster, "place"});
  return places != nullptr && std::ranges::any_of(places->members, [&](const auto& member) {
           return bad.contains(member.value);
         });
}

void Checks::error(std::string_view code, Span span, std::string message,
                   std::optional<std::string> suggestion) const {
  diagnostics.error(code, span, std::move(message));
  diagnostics.items().back().suggestion = std::move(suggestion);
}

void Checks::warning(std::string_view code, Span span, std::string message) const {
  diagnostics.warning(code, span, std::move(message));
}

const json::Node* node_at(const json::Node& root, std::initializer_list<std::string_view> path) {
  const json::Node* node = &root;
  for (const auto key : path) {
    if (node == nullptr || !node->is_object()) return nullptr;
    node = node->find(key);
  }
  return node;
}

void check_all(const Checks& checks) {
  check_names(checks);
  check_places(checks);
  check_machines(checks);
  check_networks(checks);
  check_rules(checks);
  check_drivers(checks);
  check_files(checks);
  check_services(checks);
  check_secrets(checks);
  check_references(checks);
}

}  // namespace ccloud::config
