// The list of drivers.
#include "registry/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "providers/alibaba/provider.h"
#include "providers/aws/provider.h"
#include "providers/azure/provider.h"
#include "providers/gcp/provider.h"
#include "providers/openstack/provider.h"

namespace ccloud::registry {
namespace {

using Make = Result<std::unique_ptr<cloud::Provider>> (*)(cloud::Host, cloud::ProviderSettings);

constexpr std::array<std::pair<std::string_view, Make>, 5> factories = {{
    {"aws", &aws::make_provider},
    {"azure", &azure::make_provider},
    {"gcp", &gcp::make_provider},
    {"alibaba", &alibaba::make_provider},
    {"openstack", &openstack::make_provider},
}};

}  // namespace

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings) {
  const auto at =
      std::ranges::find(factories, settings.driver, &std::pair<std::string_view, Make>::first);
  if (at != factories.end()) return at->second(std::move(host), std::move(settings));
  Error error = make_error(ErrorCode::invalid_argument,
                           fmt::format("this version has no driver for {}", settings.driver),
                           "take the provider out of the config, or use a newer ccloud");
  error.raw_code = "not-supported";
  error.provider = settings.name;
  return error;
}

std::vector<std::string_view> drivers() {
  std::vector<std::string_view> names;
  for (const auto& [name, make] : factories) names.push_back(name);
  return names;
}

}  // namespace ccloud::registry
