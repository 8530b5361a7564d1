// Takes requests apart, checks tokens, projects, places, parameters and bodies, finds the handler.
#include "sim/gcp/front.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/gcp/login.h"
#include "sim/gcp/parts.h"
#include "sim/gcp/permissions.h"
#include "sim/gcp/schema.h"
#include "sim/private_file.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::string_view api_prefix = "/compute/v1/projects/";
constexpr std::string_view usual_params =
    "alt prettyPrint fields key access_token oauth_token quotaUser userIp uploadType callback "
    "upload_protocol $.xgafv $alt $prettyPrint $fields userProject";

std::string_view path_part(std::string_view url) { return url.substr(0, url.find('?')); }

bool has_word(std::string_view words, std::string_view word) {
  for (const auto& one : split(words, ' ')) {
    if (one == word) return true;
  }
  return false;
}

struct Compiled {
  Route route;
  std::vector<std::string> pattern;
};

struct Match {
  const Route* route = nullptr;
  bool is_path_known = false;
  std::string project, zone, region;
  std::vector<std::string> args;
};

class GcpFront final : public Front {
 public:
  explicit GcpFront(World& world) : world_(world), project_(project_of(world)) {
    for (const auto& part :
         {catalogue_routes(), image_routes(), operation_routes(), network_routes(),
          subnetwork_routes(), firewall_routes(), address_routes(), disk_routes(),
          instance_routes(), insert_routes(), action_routes(), attribute_routes()}) {
      for (const auto& route : part) routes_.push_back({route, segments_of(route.path)});
    }
  }

  std::string_view cloud() const override { return cloud_name; }
  bool denies_the_unseen() const override { return true; }
  CallInfo identify(const Request& request) const override;
  Response handle(const Call& call) override;
  Duration hold(const Call& call) override;
  Response refuse(const Call& call, Refusal why,
                  std::optional<std::chrono::seconds> retry_after) override;
  void served_at(const Served& served) override { served_ = served; }
  Result<std::vector<Variable>> environment(const Served& served) const override;
  std::vector<OfferedOperation> operations() const override;
  void reset() override { memory_ = {}; }

 private:
  static std::vector<std::string> segments_of(std::string_view path);
  Match match(const Request& request) const;
  Login login() { return {world_, memory_, project_, key_, served_.http_url, served_.https_url}; }
  Response compute(const Call& call, const std::string& user);
  std::optional<Response> check_place(const Match& found) const;
  Gce request_of(const Call& call, const Match& found, json::Value body);

  World& world_;
  Project project_;
  Memory memory_;
  Served served_;
  KeyPair key_;
  std::vector<Compiled> routes_;
};

std::vector<std::string> GcpFront::segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (auto& part : split(path, '/')) {
    if (!part.empty()) out.push_back(percent_decode(part));
  }
  return out;
}

Match GcpFront::match(const Request& request) const {
  Match found;
  const auto path = path_part(request.url);
  if (!path.starts_with(api_prefix)) return found;
  auto segments = segments_of(path.substr(api_prefix.size()));
  if (segments.empty()) return found;
  found.project = segments[0];
  segments.erase(segments.begin());
  for (const auto& [route, pattern] : routes_) {
    if (pattern.size() != segments.size()) continue;
    bool fits = true;
    for (std::size_t i = 0; fits && i < pattern.size(); ++i) {
      fits = pattern[i] == "{}" || pattern[i] == segments[i];
    }
    if (!fits) continue;
    found.is_path_known = true;
    if (route.method != request.method) continue;
    found.route = &route;
    // The place of a place itself is its name only.
    const bool is_in_place = pattern.size() > 2;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != "{}") continue;
      const bool is_zone = is_in_place && i == 1 && pattern[0] == "zones";
      const bool is_region = is_in_place && i == 1 && pattern[0] == "regions";
      if (is_zone) found.zone = segments[i];
      if (is_region) found.region = segments[i];
      if (!is_zone && !is_region) found.args.push_back(segments[i]);
    }
    return found;
  }
  return found;
}

CallInfo GcpFront::identify(const Request& request) const {
  CallInfo info{
      .action = "unknown", .account = project_.id, .region = {}, .is_write = false, .buckets = {}};
  if (is_token_url(request.url)) {
    info.action = "token";
    return info;
  }
  if (is_metadata_url(request.url)) {
    info.action = "metadata";
    return info;
  }
  const auto found = match(request);
  if (found.route != nullptr) info.action = found.route->id;
  info.region = found.zone.empty() ? found.region : region_of_zone(found.zone);
  const bool is_wait = info.action.ends_with(".wait");
  info.is_write = request.method != "GET" && !is_wait;
  // Per project and group of methods, by the minute.
  const std::string_view group = info.action.find("perations.") != std::string::npos ? "operations"
                                 : info.is_write                                     ? "mutations"
                                                                                     : "queries";
  info.buckets.push_back({fmt::format("{}/{}", project_.id, group), 1500, 25});
  return info;
}

std::optional<Response> GcpFront::check_place(const Match& found) const {
  if (!found.zone.empty() && !has_zone(found.zone))
    return invalid("zone", found.zone, "Unknown zone.");
  if (!found.region.empty() && find_region(found.region) == nullptr) {
    return invalid("region", found.region, "Unknown region.");
  }
  static constexpr std::string_view public_projects[] = {"debian-cloud", "ubuntu-os-cloud",
                                                         "rocky-linux-cloud", "centos-cloud"};
  if (found.project == project_.id || found.project == project_.number) return std::nullopt;
  const bool is_public =
      std::ranges::find(public_projects, found.project) != std::end(public_projects);
  if (is_public && found.route->id.starts_with("images.")) return std::nullopt;
  if (is_public) {
    return refusal(403, "forbidden",
                   fmt::format("Required 'compute.{}' permission for 'projects/{}'",
                               found.route->id, found.project));
  }
  return refusal(404, "notFound",
                 fmt::format("The resource 'projects/{}' was not found", found.project));
}

bool is_uuid(const std::string& text) {
  static const std::regex form("[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}");
  return std::regex_match(text, form) && text.find_first_not_of("0-") != std::string::npos;
}

std::optional<Response> check_query(const Gce& gce, const Route& route) {
  for (const auto& [name, value] : gce.query) {
    if (has_word(route.params, name) || has_word(usual_params, name)) continue;
    return refusal(400, "badRequest",
                   fmt::format("Invalid JSON payload received. Unknown name \"{}\": Cannot bind "
                               "query parameter. Field '{}' could not be found in request message.",
                               name, name));
  }
  if (gce.has_param("requestId") && !is_uuid(gce.request_id)) {
    return invalid("requestId", gce.request_id, "Must be a UUID other than the zero one.");
  }
  return std::nullopt;
}

/// Names of one collection's things, or their numbers.
std::optional<Response> check_args(const Gce& gce, const Route& route) {
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.size() <= 20 && text[0] != '0' &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  static constexpr std::string_view strict[] = {"instances",   "disks",     "networks",
                                                "subnetworks", "firewalls", "addresses"};
  const auto collection = route.id.substr(0, route.id.find('.'));
  if (gce.args.empty() || std::ranges::find(strict, collection) == std::end(strict))
    return std::nullopt;
  if (is_name(gce.args[0]) || is_number(gce.args[0])) return std::nullopt;
  const auto word = collection == "addresses"
                        ? "address"
                        : std::string(collection.substr(0, collection.size() - 1));
  return invalid(word, gce.args[0],
                 "Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?|[1-9][0-9]{0,19}'");
}

Gce GcpFront::request_of(const Call& call, const Match& found, json::Value body) {
  Gce gce{.world = world_,
          .memory = memory_,
          .call = call,
          .project = project_,
          .user = {},
          .owner = found.project == project_.number ? project_.id : found.project,
          .zone = found.zone,
          .region = found.region,
          .args = found.args,
          .query = {},
          .body = body,
          .request_id = {}};
  const auto question = call.request.url.find('?');
  if (question != std::string::npos)
    gce.query = http::decode_query(replace_all(call.request.url.substr(question + 1), "+", "%20"));
  gce.request_id = gce.param("requestId");
  return gce;
}

Response GcpFront::compute(const Call& call, const std::string& user) {
  const auto found = match(call.request);
  if (found.route == nullptr) {
    if (!found.is_path_known)
      return refusal(404, "notFound", "The requested URL was not found on this server.");
    return refusal(405, "httpMethodNotAllowed", "The method is not allowed for this URL.");
  }
  if (auto bad = check_place(found)) return *bad;
  const auto text = trim(call.request.body);
  auto document = json::parse(text.empty() ? std::string_view("null") : text);
  if (!document) {
    return refusal(400, "parseError", "Invalid JSON payload received. Parse error.");
  }
  auto gce = request_of(call, found, document->root());
  gce.user = user;
  if (!memory_.is_furnished) furnish(gce);
  const auto& route = *found.route;
  if (auto bad = check_permissions(gce, route)) return *bad;
  if (auto bad = check_query(gce, route)) return *bad;
  if (auto bad = check_args(gce, route)) return *bad;
  if (!route.body.empty()) {
    if (auto bad = check_body(gce.body, route.body)) return *bad;
  }
  if (!gce.request_id.empty()) {
    const auto before = memory_.requests.find(gce.request_id);
    if (before != memory_.requests.end()) {
      auto& operations = memory_.operations[before->second.first];
      if (const auto same = operations.find(before->second.second); same != operations.end()) {
        return show_operation(gce, same->second);
      }
    }
  }
  return route.run(gce);
}

/// operations.wait answers when the operation is over.
Duration GcpFront::hold(const Call& call) {
  if (!call.info.action.ends_with("perations.wait")) return Duration(0);
  const auto found = match(call.request);
  auto gce = request_of(call, found, {});
  const auto all = memory_.operations.find(gce.scope());
  if (all == memory_.operations.end()) return Duration(0);
  const auto operation = all->second.find(found.args.at(0));
  if (operation == all->second.end()) return Duration(0);
  show_operation(gce, operation->second);  // it may be over by now
  if (operation->second.is_done) return Duration(0);
  using namespace std::chrono;
  const auto left = duration_cast<Duration>(operation->second.ready - world_.now());
  // When a machine will be up nobody knows.
  return left > Duration(0) ? left + milliseconds(1) : milliseconds(50);
}

Response GcpFront::handle(const Call& call) {
  const auto here = login();
  if (is_token_url(call.request.url)) return serve_token(here, call.request);
  if (is_metadata_url(call.request.url)) return serve_metadata(here, call.request);
  const auto caller = check_token(here, call.request, call.info.is_write);
  auto response = caller.refused ? *caller.refused : compute(call, caller.email);
  response.headers.emplace_back("Server", "ESF");
  response.headers.emplace_back("Cache-Control", "private");
  return response;
}

Response with_status(int code, std::string_view status, std::string_view domain,
                     std::string_view reason, std::string_view message) {
  json::Writer out;
  out.begin_object().key("error").begin_object().member("code", code).member("message", message);
  out.key("errors").begin_array().begin_object().member("message", message);
  out.member("domain", domain).member("reason", reason).end_object().end_array();
  out.member("status", status).end_object().end_object();
  return answer(code, out.take());
}

Response GcpFront::refuse(const Call& call, Refusal why,
                          std::optional<std::chrono::seconds> retry_after) {
  Response response;
  const bool is_token = call.info.action == "token";
  switch (why) {
    case Refusal::throttled:
      // The usual way is a 403 without a word on when; 429 where a time is given.
      response = retry_after
                     ? with_status(429, "RESOURCE_EXHAUSTED", "usageLimits", "rateLimitExceeded",
                                   "Quota exceeded for quota metric 'Queries' of service "
                                   "'compute.googleapis.com'.")
                     : with_status(403, "PERMISSION_DENIED", "usageLimits", "rateLimitExceeded",
                                   "Rate Limit Exceeded");
      break;
    case Refusal::internal_error:
      response =
          with_status(500, "INTERNAL", "global", "backendError", "Internal error encountered.");
      break;
    case Refusal::unavailable:
      response = {.status = 503,
                  .headers = {{"Content-Type", "text/html; charset=UTF-8"}},
                  .body =
                      "<!DOCTYPE html><html><title>Error 503 (Server Error)!!1</title><p>The "
                      "service you requested is not available yet. Please try again in 30 "
                      "seconds.</html>"};
      break;
    case Refusal::expired:
      memory_.tokens.clear();
      response = is_token ? expired_grant() : expired_token();
      break;
  }
  if (retry_after)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after->count()));
  return response;
}

Result<std::vector<Variable>> GcpFront::environment(const Served& served) const {
  Memory none;
  const Login here{world_, none, project_, key_, served.http_url, served.https_url};
  const auto file = served.directory + "/gcp-service-account.json";
  const auto subject = served.directory + "/gcp-subject-token";
  // GOOGLE_APPLICATION_CREDENTIALS can name the others instead.
  const std::pair<std::string, std::string> files[] = {
      {file, key_file(here)},
      {served.directory + "/gcp-authorized-user.json", user_file(here)},
      {served.directory + "/gcp-external-account.json", workload_file(here, subject)},
      {subject, project_.subject_token}};
  for (const auto& [path, text] : files) {
    if (auto written = write_private_file(path, text); !written) return written.error();
  }
  return std::vector<Variable>{
      {"GOOGLE_APPLICATION_CREDENTIALS", file},
      {"GOOGLE_CLOUD_PROJECT", project_.id},
      {"CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", served.http_url + "/compute/v1/"}};
}

std::vector<OfferedOperation> GcpFront::operations() const {
  std::vector<OfferedOperation> out;
  for (const auto& [route, pattern] : routes_) {
    out.push_back({"compute", std::string(route.id), std::string(route.params)});
  }
  return out;
}

}  // namespace

std::unique_ptr<Front> make_front(World& world) { return std::make_unique<GcpFront>(world); }

}  // namespace ccloud::sim::gcp
