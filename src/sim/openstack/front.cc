// Takes requests apart, checks tokens, finds the handler.
//   /identity/v3/...                 Keystone
//   /{region}/compute/v2.1/...       Nova
//   /{region}/network/v2.0/...       Neutron
//   /{region}/image/v2/...           Glance
#include "sim/openstack/front.h"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/openstack/rest.h"

namespace ccloud::sim::openstack {
namespace {

constexpr int newest_microversion = 93;

struct Target {
  bool is_known = false;
  Service service = Service::identity;
  std::string region;
  bool has_version = false;
  std::vector<std::string> rest;  ///< segments after the version
};

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (auto& part : split(path, '/')) {
    if (!part.empty()) out.push_back(percent_decode(part));
  }
  return out;
}

std::string_view path_of(std::string_view url) { return url.substr(0, url.find('?')); }

Target parse_target(std::string_view url) {
  auto segments = segments_of(path_of(url));
  Target target;
  if (segments.empty()) return target;
  std::size_t used = 1;
  if (segments[0] == "identity") {
    target.is_known = true;
    target.region = region_names[0];
  } else if (segments.size() > 1 &&
             std::ranges::find(region_names, segments[0]) != std::end(region_names)) {
    target.region = segments[0];
    static constexpr std::array<std::pair<std::string_view, Service>, 3> services = {
        {{"compute", Service::compute}, {"network", Service::network}, {"image", Service::image}}};
    for (const auto& [name, service] : services) {
      if (segments[1] != name) continue;
      target.service = service;
      target.is_known = true;
    }
    used = 2;
  }
  if (segments.size() > used && segments[used].starts_with('v')) {
    target.has_version = true;
    ++used;
  }
  target.rest.assign(
      segments.begin() + static_cast<std::ptrdiff_t>(std::min(used, segments.size())),
      segments.end());
  return target;
}

/// "/servers/{}/action" against the segments; the wildcards' values go into `args`.
bool matches(std::string_view pattern, const std::vector<std::string>& segments,
             std::vector<std::string>& args) {
  const auto wanted = segments_of(pattern);
  if (wanted.size() != segments.size()) return false;
  args.clear();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{}") {
      args.push_back(segments[i]);
    } else if (wanted[i] != segments[i]) {
      return false;
    }
  }
  return true;
}

/// "POST /servers", with ids left out: what faults and counts go by.
std::string action_of(const Request& request, const Target& target) {
  std::string out = request.method;
  for (const auto& segment : target.rest) {
    const bool is_id = segment.size() == 36 && segment[8] == '-';
    out += is_id ? " {id}" : fmt::format("{}{}", out == request.method ? " /" : "/", segment);
  }
  return replace_all(out, " {id}", "/{id}");
}

class OpenstackFront final : public Front {
 public:
  explicit OpenstackFront(World& world) : world_(world) {
    for (auto part : {identity_routes(), image_routes(), server_routes(), compute_routes(),
                      network_routes(), port_routes(), group_routes()}) {
      routes_.insert(routes_.end(), part.begin(), part.end());
    }
  }

  std::string_view cloud() const override { return cloud_name; }
  bool denies_the_unseen() const override { return true; }

  CallInfo identify(const Request& request) const override {
    const auto target = parse_target(request.url);
    return {.action = action_of(request, target),
            .account = login_of(world_).project_id,
            .region = target.service == Service::identity ? "" : target.region,
            .is_write = request.method != "GET" && request.method != "HEAD" &&
                        target.service != Service::identity,
            .buckets = {}};
  }

  Response handle(const Call& call) override;
  Response refuse(const Call& call, Refusal why,
                  std::optional<std::chrono::seconds> retry_after) override;
  Result<std::vector<Variable>> environment(const Served& served) const override;
  std::vector<OfferedOperation> operations() const override;
  void reset() override { memory_.tokens.clear(); }

 private:
  Response versions(const Target& target, const std::string& base) const;
  bool is_authorised(const Request& request) const;
  Response dispatch(Rest& rest, const Target& target);

  World& world_;
  Memory memory_;
  std::vector<Route> routes_;
};

bool OpenstackFront::is_authorised(const Request& request) const {
  const auto token = std::string(http::find_header(request.headers, "X-Auth-Token"));
  const auto known = memory_.tokens.find(token);
  return known != memory_.tokens.end() && known->second.expires > world_.now();
}

Response OpenstackFront::versions(const Target& target, const std::string& base) const {
  const auto list = [&](std::string_view path, std::string_view versions) {
    return answer(
        target.service == Service::network ? 200 : 300,
        fmt::format(R"({{"versions":[{{{},"links":[{{"rel":"self","href":"{}/{}{}/"}}]}}]}})",
                    versions, base, target.region, path));
  };
  switch (target.service) {
    case Service::compute:
      return list(
          "/compute/v2.1",
          fmt::format(
              R"("id":"v2.1","status":"CURRENT","version":"2.{}","min_version":"2.1","updated":"2013-07-23T11:33:21Z")",
              newest_microversion));
    case Service::network:
      return list("/network/v2.0", R"("id":"v2.0","status":"CURRENT")");
    case Service::image:
      return list("/image/v2", R"("id":"v2.16","status":"CURRENT")");
    case Service::identity:
      return answer(
          300,
          fmt::format(
              R"({{"versions":{{"values":[{{"id":"v3.14","status":"stable","updated":"2020-04-07T00:00:00Z","links":[{{"rel":"self","href":"{}/identity/v3/"}}],"media-types":[]}}]}}}})",
              base));
  }
  return no_content(404);
}

/// Nova's version document at its own root.
Response compute_version(const Rest& rest) {
  return answer(
      200,
      fmt::format(
          R"({{"version":{{"id":"v2.1","status":"CURRENT","version":"2.{}","min_version":"2.1","updated":"2013-07-23T11:33:21Z","links":[{{"rel":"self","href":"{}/{}/compute/v2.1/"}}]}}}})",
          newest_microversion, rest.base, rest.place.region));
}

/// Names as the services' default policies have them, for what ccloud calls.
std::string rule_of(const Rest& rest, const Target& target) {
  std::string verb = rest.method == "POST"     ? "create"
                     : rest.method == "DELETE" ? "delete"
                     : rest.method == "GET"    ? "get"
                                               : "update";
  auto thing = target.rest.empty() ? std::string("versions") : target.rest[0];
  if (target.service == Service::network) {
    if (thing.ends_with('s')) thing.pop_back();
    return fmt::format("rule:{}_{}", verb, replace_all(thing, "-", "_"));
  }
  if (target.rest.size() == 3 && target.rest[2] == "action" && !rest.body.members().empty()) {
    verb = rest.body.members().front().key;
  }
  return fmt::format("os_compute_api:{}:{}", thing, verb);
}

/// There are two roles: who only reads, and a member.
std::optional<Response> check_role(const Rest& rest, const Target& target) {
  if (target.service == Service::identity) return std::nullopt;
  const auto role = rest.call.info.is_write ? "member" : "reader";
  if (!rest.world.permissions().missing(cloud_name, {role})) return std::nullopt;
  const auto rule = rule_of(rest, target);
  if (target.service == Service::network) {
    return neutron_error(403, "PolicyNotAuthorized", rule + " is disallowed by policy");
  }
  return nova_error(403, fmt::format("Policy doesn't allow {} to be performed.", rule));
}

Response OpenstackFront::dispatch(Rest& rest, const Target& target) {
  if (auto refused = check_role(rest, target)) return *refused;
  bool is_path_known = false;
  for (const auto& route : routes_) {
    if (route.service != target.service || !matches(route.path, target.rest, rest.args)) continue;
    is_path_known = true;
    if (route.method == rest.method) return route.run(rest);
  }
  const int status = is_path_known ? 405 : 404;
  const auto text = is_path_known ? "The method is not allowed for the requested URL."
                                  : "The resource could not be found.";
  if (target.service == Service::network) return neutron_error(status, "HTTPNotFound", text);
  if (target.service == Service::identity) return keystone_error(status, "Not Found", text);
  return nova_error(status, text);
}

Response OpenstackFront::handle(const Call& call) {
  const auto target = parse_target(call.request.url);
  const auto base = fmt::format("http://{}", http::find_header(call.request.headers, "Host"));
  if (!target.is_known) return keystone_error(404, "Not Found", "no such service here");
  if (!target.has_version && target.rest.empty()) return versions(target, base);

  const auto text = call.request.body.empty() ? std::string("null") : call.request.body;
  auto document = json::parse(text);
  if (!document) return nova_error(400, "Malformed request body");
  Rest rest{.world = world_,
            .memory = memory_,
            .call = call,
            .service = target.service,
            .base = base,
            .method = call.request.method};
  rest.place = {std::string(cloud_name), login_of(world_).project_id, target.region};
  rest.body = document->root();
  const auto question = call.request.url.find('?');
  if (question != std::string::npos)
    rest.query = http::decode_query(call.request.url.substr(question + 1));

  const bool is_open =
      target.service == Service::identity && (target.rest.empty() || rest.method == "POST");
  const bool is_version = target.service != Service::identity && target.rest.empty();
  if (!is_open && !is_version && !is_authorised(call.request)) return unauthorized(target.service);
  furnish(world_, rest.place);
  if (target.service != Service::compute) return dispatch(rest, target);

  const auto asked = http::find_header(call.request.headers, "OpenStack-API-Version");
  const auto legacy = http::find_header(call.request.headers, "X-OpenStack-Nova-API-Version");
  std::string version(asked.empty() ? legacy : asked.substr(asked.rfind(' ') + 1));
  if (version == "latest") version = fmt::format("2.{}", newest_microversion);
  if (!version.empty()) {
    const auto minor = parse_int(version.substr(version.find('.') + 1));
    if (!version.starts_with("2.") || !minor || *minor < 1 || *minor > newest_microversion) {
      return nova_error(
          406,
          fmt::format("Version {} is not supported by the API. Minimum is 2.1 and maximum is 2.{}.",
                      version, newest_microversion));
    }
    rest.microversion = static_cast<int>(*minor);
  }
  auto response = is_version ? compute_version(rest) : dispatch(rest, target);
  response.headers.emplace_back("OpenStack-API-Version",
                                fmt::format("compute 2.{}", rest.microversion));
  response.headers.emplace_back("Vary", "OpenStack-API-Version");
  response.headers.emplace_back("X-Openstack-Request-Id", "req-" + world_.uuid());
  return response;
}

Response OpenstackFront::refuse(const Call&, Refusal why,
                                std::optional<std::chrono::seconds> retry_after) {
  Response response;
  switch (why) {
    case Refusal::throttled:
      response = nova_error(429, "This request was rate-limited.");
      break;
    case Refusal::internal_error:
      response = nova_error(500, "Unexpected API Error.");
      break;
    case Refusal::unavailable:
      response = nova_error(503, "The service is unavailable.");
      break;
    case Refusal::expired:
      memory_.tokens.clear();
      response = unauthorized(Service::compute);
      break;
  }
  if (retry_after)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after->count()));
  return response;
}

Result<std::vector<Variable>> OpenstackFront::environment(const Served& served) const {
  const auto login = login_of(world_);
  return std::vector<Variable>{{"OS_AUTH_URL", served.http_url + "/identity/v3"},
                               {"OS_USERNAME", login.user},
                               {"OS_PASSWORD", login.password},
                               {"OS_PROJECT_NAME", login.project},
                               {"OS_USER_DOMAIN_NAME", "Default"},
                               {"OS_PROJECT_DOMAIN_NAME", "Default"},
                               {"OS_REGION_NAME", std::string(region_names[0])},
                               {"OS_INTERFACE", "public"},
                               {"OS_IDENTITY_API_VERSION", "3"}};
}

std::vector<OfferedOperation> OpenstackFront::operations() const {
  const auto name_of = [](Service service) {
    switch (service) {
      case Service::compute:
        return "compute";
      case Service::network:
        return "network";
      case Service::image:
        return "image";
      case Service::identity:
        break;
    }
    return "identity";
  };
  std::vector<OfferedOperation> out;
  for (const auto& route : routes_) {
    out.push_back({name_of(route.service), fmt::format("{} {}", route.method, route.path), {}});
  }
  return out;
}

}  // namespace

Login login_of(const World& world) {
  return {.user = "sim",
          .user_id = world.derive("openstack/user").substr(0, 32),
          .password = world.derive("openstack/password").substr(0, 32),
          .project = "sim",
          .project_id = world.derive("openstack/project").substr(0, 32),
          .application_id = world.derive("openstack/application").substr(0, 32),
          .application_secret = world.derive("openstack/secret").substr(0, 43)};
}

std::unique_ptr<Front> make_front(World& world) { return std::make_unique<OpenstackFront>(world); }

}  // namespace ccloud::sim::openstack
