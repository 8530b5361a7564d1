// Keystone's answer: the token and the project's catalogue of services.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "async/loop.h"
#include "http/message.h"
#include "providers/openstack/login.h"

namespace ccloud::openstack {

enum class Service { compute, network, image, volume };
std::string_view to_string(Service service);

struct Endpoint {
  std::string type;
  std::string interface;
  std::string region;
  std::string url;
};

struct Token {
  std::string value;
  async::WallTime expires{};
  std::string project_id;
  std::string project_name;
  std::string user_name;
  std::vector<Endpoint> endpoints;
};

/// From POST /auth/tokens; the token is in the header X-Subject-Token.
Result<Token> parse_token(const http::Response& response);

/// Where the service lives in that region, with the version's path added where the catalogue lacks
/// it; not_found when the project has no such service there.
Result<std::string> endpoint_of(const Token& token, const Login& login, Service service,
                                std::string_view region);

/// The regions that have a compute service, in the catalogue's order; where the entry of
/// clouds.yaml lists `regions`, only those.
std::vector<std::string> regions_of(const Token& token, const Login& login);

}  // namespace ccloud::openstack
