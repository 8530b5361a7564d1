// The catalogue's rules: accept each service's types by age, prefer the asked interface, and add
// the version where operators leave it out (Neutron and Glance often, Nova never).
#include "providers/openstack/identity.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"

namespace ccloud::openstack {
namespace {

struct ServiceFacts {
  std::string_view name;
  std::array<std::string_view, 3> types;
  std::string_view version;  ///< path to add when the URL names none
};

const ServiceFacts& facts_of(Service service) {
  static constexpr std::array<ServiceFacts, 4> facts = {{
      {"compute", {"compute", "", ""}, ""},
      {"network", {"network", "", ""}, "/v2.0"},
      {"image", {"image", "", ""}, "/v2"},
      {"block_storage", {"block-storage", "volumev3", "volume"}, ""},
  }};
  return facts.at(static_cast<std::size_t>(service));
}

/// True when a path segment looks like v2 or v2.1.
bool has_version(std::string_view url) {
  for (const auto& segment : split(url, '/')) {
    if (segment.size() >= 2 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9')
      return true;
  }
  return false;
}

std::string finish_url(std::string url, std::string_view version) {
  while (url.ends_with('/')) url.pop_back();
  return has_version(url) ? url : url + std::string(version);
}

}  // namespace

std::string_view to_string(Service service) { return facts_of(service).name; }

Result<Token> parse_token(const http::Response& response) {
  Token token;
  token.value = http::find_header(response.headers, "x-subject-token");
  auto document = json::parse(response.body);
  if (!document || token.value.empty()) {
    return make_error(ErrorCode::protocol, "the identity service's answer holds no token",
                      "check that OS_AUTH_URL points at Keystone (.../v3)");
  }
  const auto body = document->root().get("token");
  token.expires = parse_time(body.get("expires_at").string_or()).value_or(async::WallTime::max());
  token.project_id = body.get("project").get("id").string_or();
  token.project_name = body.get("project").get("name").string_or();
  token.user_name = body.get("user").get("name").string_or();
  for (const auto& service : body.get("catalog").items()) {
    const auto type = service.get("type").string_or();
    for (const auto& endpoint : service.get("endpoints").items()) {
      token.endpoints.push_back({
          .type = type,
          .interface = endpoint.get("interface").string_or(),
          .region = endpoint.get("region_id").string_or(endpoint.get("region").string_or()),
          .url = endpoint.get("url").string_or(),
      });
    }
  }
  if (token.endpoints.empty()) {
    return make_error(ErrorCode::unauthenticated,
                      "the token has no catalogue: it belongs to no project",
                      "name the project: OS_PROJECT_NAME and OS_PROJECT_DOMAIN_NAME");
  }
  return token;
}

Result<std::string> endpoint_of(const Token& token, const Login& login, Service service,
                                std::string_view region) {
  const auto& facts = facts_of(service);
  const auto given = login.endpoints.find(std::string(facts.name));
  if (given != login.endpoints.end()) return finish_url(given->second, facts.version);
  for (const auto type : facts.types) {
    if (type.empty()) continue;
    for (const auto& endpoint : token.endpoints) {
      if (endpoint.type == type && endpoint.interface == login.interface &&
          (region.empty() || endpoint.region == region)) {
        return finish_url(endpoint.url, facts.version);
      }
    }
  }
  return make_error(ErrorCode::not_found,
                    fmt::format("the project has no {} service in region {}", facts.name, region),
                    "check the region's name and OS_INTERFACE (openstack catalog list)");
}

std::vector<std::string> regions_of(const Token& token, const Login& login) {
  std::vector<std::string> regions;
  const auto is_asked = [&](const std::string& region) {
    return login.regions.empty() || std::ranges::find(login.regions, region) != login.regions.end();
  };
  for (const auto& endpoint : token.endpoints) {
    if (endpoint.type != "compute" || endpoint.interface != login.interface) continue;
    if (!is_asked(endpoint.region)) continue;
    if (std::ranges::find(regions, endpoint.region) == regions.end())
      regions.push_back(endpoint.region);
  }
  return regions;
}

}  // namespace ccloud::openstack
