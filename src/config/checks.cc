#include "config/checks.h"

namespace ccloud::config {

bool Checks::is_catalogued(std::string_view name) const {
  const Provider* provider = config().find_provider(name);
  if (provider == nullptr || provider->endpoint) return false;
  return catalog::builtin().knows(provider->driver.value);
}

void Checks::error(std::string_view code, Span span, std::string message,
                   std::optional<std::string> suggestion) const {
  diagnostics.error(code, span, std::move(message));
  diagnostics.items().back().suggestion = std::move(suggestion);
}

void Checks::warning(std::string_view code, Span span, std::string message) const {
  diagnostics.warning(code, span, std::move(message));
}

void check_all(const Checks& checks) { static_cast<void>(checks); }

}  // namespace ccloud::config
