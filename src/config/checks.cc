#include "config/checks.h"

namespace ccloud::config {

bool Checks::is_catalogued(std::string_view name) const {
  const Provider* provider = config().find_provider(name);
  if (provider == nullptr || provider->endpoint || provider->driver.span == Span{}) return false;
  return catalog::builtin().knows(provider->driver.value);
}

const Network* Checks::find_network(const std::string& name) const {
  const auto it = draft.network_index.find(name);
  return it == draft.network_index.end() ? nullptr : &config().networks[it->second];
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
