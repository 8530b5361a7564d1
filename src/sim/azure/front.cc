// Takes requests apart, checks tokens and versions, finds the handler, adds the headers of every
// answer. One port serves the login host, Resource Manager and the boot diagnostics' storage.
#include "sim/azure/front.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/azure/login.h"
#include "sim/azure/parts.h"
#include "sim/azure/permissions.h"
#include "sim/private_file.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::string_view tags_suffix = "/providers/microsoft.resources/tags/default";
constexpr std::string_view blob_prefix = "/_blob/";

std::string_view path_of(std::string_view url) { return url.substr(0, url.find('?')); }

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (auto& part : split(path, '/')) {
    if (!part.empty()) out.push_back(percent_decode(part));
  }
  return out;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments,
             std::vector<std::string>& args) {
  if (pattern.size() != segments.size()) return false;
  args.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{}") {
      args.push_back(segments[i]);
    } else if (!equals_ignoring_case(pattern[i], segments[i])) {
      return false;
    }
  }
  return true;
}

/// "PUT virtualMachines", "POST virtualMachines/start", "GET resourceGroups".
std::string action_of(const Request& request) {
  if (is_login(request.url)) return "POST token";
  const auto path = path_of(request.url);
  if (path.starts_with(blob_prefix)) return "GET blob";
  if (to_lower(path).ends_with(tags_suffix)) return request.method + " tags";
  const auto segments = segments_of(path);
  std::size_t at = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (equals_ignoring_case(segments[i], "providers")) at = i + 2;
  }
  if (at == 0) {
    if (segments.size() < 3) return request.method + " subscriptions";
    const bool is_inside = segments.size() > 4;
    return request.method + " " + (is_inside ? segments[4] : segments[2]);
  }
  // Types and names take turns; locations/{name}/{type} as well.
  std::string out;
  for (std::size_t i = at; i < segments.size(); i += 2) {
    out += (out.empty() ? "" : "/") + segments[i];
  }
  return request.method + " " + out;
}

struct Compiled {
  std::string_view method;
  std::vector<std::string> pattern;
  Handler run;
};

class AzureFront final : public Front {
 public:
  explicit AzureFront(World& world) : world_(world) {
    for (const auto& part :
         {group_routes(), network_routes(), security_routes(), interface_routes(), machine_routes(),
          machine_put_routes(), action_routes(), disk_routes(), compute_routes(),
          operation_routes()}) {
      for (const auto& route : part) {
        routes_.push_back({route.method, segments_of(route.path), route.run});
      }
    }
  }

  std::string_view cloud() const override { return cloud_name; }
  CallInfo identify(const Request& request) const override;
  Response handle(const Call& call) override;
  Response refuse(const Call& call, Refusal why,
                  std::optional<std::chrono::seconds> retry_after) override;
  void served_at(const Served& served) override { served_ = served; }
  Result<std::vector<Variable>> environment(const Served& served) const override;
  std::vector<OfferedOperation> operations() const override;
  void reset() override { memory_ = {}; }

 private:
  std::string base_of(const Request& request) const;
  std::string region_of(const Request& request) const;
  Response blob(const Request& request) const;
  Response dispatch(Arm& arm);
  Response resource_manager(const Call& call, const std::string& base);
  void bury_groups();

  World& world_;
  Memory memory_;
  Served served_;
  std::vector<Compiled> routes_;
};

std::string AzureFront::base_of(const Request& request) const {
  const auto host = http::find_header(request.headers, "Host");
  const bool is_tls = served_.https_url.ends_with(fmt::format("//{}", host));
  return fmt::format("{}://{}", is_tls ? "https" : "http", host);
}

/// Of a resource that is there, or of the body that makes one.
std::string AzureFront::region_of(const Request& request) const {
  const auto known = memory_.where.find(to_lower(path_of(request.url)));
  if (known != memory_.where.end()) return known->second.region;
  const auto segments = segments_of(path_of(request.url));
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    if (equals_ignoring_case(segments[i], "locations")) return to_lower(segments[i + 1]);
  }
  constexpr std::string_view mark = "\"location\":\"";
  const auto at = request.body.find(mark);
  if (at == std::string::npos) return {};
  const auto begin = at + mark.size();
  return to_lower(request.body.substr(begin, request.body.find('"', begin) - begin));
}

CallInfo AzureFront::identify(const Request& request) const {
  const auto account = login_of(world_).subscription;
  CallInfo info{
      .action = action_of(request),
      .account = account,
      .region = region_of(request),
      .is_write = request.method != "GET" && request.method != "HEAD" && !is_login(request.url),
      .buckets = {}};
  if (is_login(request.url) || path_of(request.url).starts_with(blob_prefix)) return info;
  // Resource Manager's token buckets, per principal and region.
  const auto key = fmt::format("{}/{}", account, info.region);
  if (request.method == "DELETE") {
    info.buckets.push_back({key + "/deletes", 200, 10});
  } else if (info.is_write) {
    info.buckets.push_back({key + "/writes", 200, 10});
  } else {
    info.buckets.push_back({key + "/reads", 250, 25});
  }
  return info;
}

/// The last machine of a group that is being deleted takes the group along.
void AzureFront::bury_groups() {
  std::erase_if(memory_.dying_groups, [&](const std::string& id) {
    const auto where = memory_.where.find(id);
    auto* group = where == memory_.where.end() ? nullptr : world_.find(where->second, id);
    if (group == nullptr) return true;
    const auto name = group_of(id);
    for (const auto& place : world_.places()) {
      if (place.cloud != cloud_name) continue;
      for (const auto& [serial, machine] : world_.list(place, type::machine)) {
        if (group_of(machine->id) == name) return false;
      }
    }
    world_.remove(*group);
    return true;
  });
}

Response AzureFront::blob(const Request& request) const {
  const auto segments = segments_of(path_of(request.url));
  const bool is_signed = request.url.find("sig=simulated") != std::string::npos;
  if (segments.size() != 3 || !is_signed) return nothing(403);
  for (const auto& place : world_.places()) {
    if (place.cloud != cloud_name) continue;
    for (const auto& [serial, resource] : world_.list(place, type::machine)) {
      const auto& machine = static_cast<const Machine&>(*resource);
      if (field(machine, "vm_id") != segments[1]) continue;
      return {.status = 200,
              .headers = {{"Content-Type", "text/plain"}},
              .body = segments[2].ends_with(".log") ? world_.console(machine) : "BM"};
    }
  }
  return nothing(404);
}

Response AzureFront::dispatch(Arm& arm) {
  const auto path = path_of(arm.call.request.url);
  if (to_lower(path).ends_with(tags_suffix)) {
    // Clients put a scope that begins with '/' behind another '/'.
    const auto scope =
        segments_of(percent_decode(path.substr(0, path.size() - tags_suffix.size())));
    return serve_tags(arm, "/" + join(scope, "/"));
  }
  const auto segments = segments_of(path);
  bool is_path_known = false;
  for (const auto& route : routes_) {
    if (!matches(route.pattern, segments, arm.args)) continue;
    is_path_known = true;
    if (route.method == arm.method) return route.run(arm);
  }
  if (is_path_known) {
    return refusal(
        405, "MethodNotAllowed",
        fmt::format("The requested resource does not support http method '{}'.", arm.method));
  }
  return refusal(404, "InvalidResourceType",
                 "The resource type could not be found in the namespace, or the simulator does not "
                 "have it.");
}

bool is_version(std::string_view text) {
  return text.size() >= 10 && text[4] == '-' && text[7] == '-' && text.substr(0, 4) >= "2015" &&
         text.substr(0, 10).find_first_not_of("0123456789-") == std::string_view::npos;
}

Response AzureFront::resource_manager(const Call& call, const std::string& base) {
  if (auto refused = check_token(world_, memory_, call.request)) return *refused;
  auto document =
      json::parse(trim(call.request.body).empty() ? std::string_view("null")
                                                  : std::string_view(call.request.body));
  if (!document) {
    return refusal(400, "InvalidRequestContent",
                   "The request content was invalid and could not be deserialized.");
  }
  Arm arm{.world = world_,
          .memory = memory_,
          .call = call,
          .base = base,
          .method = call.request.method,
          .subscription = login_of(world_).subscription,
          .version = {},
          .args = {},
          .query = {},
          .body = document->root()};
  const auto question = call.request.url.find('?');
  if (question != std::string::npos) {
    arm.query = http::decode_query(call.request.url.substr(question + 1));
  }
  arm.version = arm.param("api-version");
  if (arm.version.empty()) {
    return refusal(400, "MissingApiVersionParameter",
                   "The api-version query parameter (?api-version=) is required for all requests.");
  }
  if (!is_version(arm.version)) {
    return refusal(400, "InvalidApiVersionParameter",
                   fmt::format("The api-version '{}' is invalid.", arm.version));
  }
  const auto segments = segments_of(path_of(call.request.url));
  if (segments.size() > 1 && equals_ignoring_case(segments[0], "subscriptions") &&
      !equals_ignoring_case(segments[1], arm.subscription)) {
    return refusal(404, "SubscriptionNotFound",
                   fmt::format("The subscription '{}' could not be found.", segments[1]));
  }
  if (auto refused = check_permissions(arm, login_of(world_).client_id)) return *refused;
  return dispatch(arm);
}

Response AzureFront::handle(const Call& call) {
  bury_groups();
  const auto base = base_of(call.request);
  if (auto done = serve_login(world_, memory_, call.request, base)) return *done;
  if (path_of(call.request.url).starts_with(blob_prefix)) return blob(call.request);
  auto response = resource_manager(call, base);
  auto& headers = response.headers;
  headers.emplace_back("x-ms-request-id", world_.uuid());
  headers.emplace_back("x-ms-correlation-request-id", world_.uuid());
  const auto kind = call.request.method == "DELETE" ? "deletes"
                    : call.info.is_write            ? "writes"
                                                    : "reads";
  headers.emplace_back(fmt::format("x-ms-ratelimit-remaining-subscription-{}", kind),
                       call.info.is_write ? "199" : "249");
  if (call.info.action == "PUT virtualMachines") {
    headers.emplace_back("x-ms-ratelimit-remaining-resource",
                         "Microsoft.Compute/PutVM3Min;239,Microsoft.Compute/PutVM30Min;1198");
  }
  return response;
}

Response AzureFront::refuse(const Call& call, Refusal why,
                            std::optional<std::chrono::seconds> retry_after) {
  Response response;
  switch (why) {
    case Refusal::throttled:
      response = refusal(429, "TooManyRequests",
                         fmt::format("Number of '{}' requests exceeded the limit. Please retry "
                                     "after the given time.",
                                     call.info.is_write ? "write" : "read"));
      // Always told here.
      if (!retry_after) retry_after = std::chrono::seconds(1);
      break;
    case Refusal::internal_error:
      response = refusal(500, "InternalServerError", "Encountered internal server error.");
      break;
    case Refusal::unavailable:
      response = refusal(503, "ServerTimeout", "The request timed out in the service.");
      break;
    case Refusal::expired:
      memory_.tokens.clear();
      response = expired_token();
      break;
  }
  if (retry_after) {
    response.headers.emplace_back("Retry-After", std::to_string(retry_after->count()));
  }
  response.headers.emplace_back("x-ms-request-id", world_.uuid());
  return response;
}

Result<std::vector<Variable>> AzureFront::environment(const Served& served) const {
  const auto login = login_of(world_);
  // For workload identity: AZURE_FEDERATED_TOKEN_FILE can name it instead of the secret.
  const auto token_file = served.directory + "/azure-federated-token";
  if (auto written = write_private_file(token_file, login.federated_token); !written) {
    return written.error();
  }
  return std::vector<Variable>{{"CCLOUD_AZURE_ENDPOINT", served.http_url},
                               {"AZURE_TENANT_ID", login.tenant},
                               {"AZURE_CLIENT_ID", login.client_id},
                               {"AZURE_CLIENT_SECRET", login.secret},
                               {"AZURE_SUBSCRIPTION_ID", login.subscription},
                               // Microsoft's own clients insist on HTTPS; the same host serves
                               // Resource Manager.
                               {"AZURE_AUTHORITY_HOST", served.https_url},
                               {"NODE_EXTRA_CA_CERTS", served.ca_file}};
}

std::vector<OfferedOperation> AzureFront::operations() const {
  std::vector<OfferedOperation> out;
  for (const auto& route : routes_) {
    const auto provider = std::ranges::find_if(route.pattern, [](const std::string& segment) {
      return equals_ignoring_case(segment.substr(0, 10), "microsoft.");
    });
    const std::string service = provider == route.pattern.end() ? "Microsoft.Resources" : *provider;
    out.push_back({service, fmt::format("{} /{}", route.method, join(route.pattern, "/")), {}});
  }
  return out;
}

std::string uuid_of(const World& world, std::string_view purpose) {
  const auto id = world.derive(purpose);
  return fmt::format("{}-{}-4{}-8{}-{}", id.substr(0, 8), id.substr(8, 4), id.substr(13, 3),
                     id.substr(17, 3), id.substr(20, 12));
}

}  // namespace

Login login_of(const World& world) {
  return {.tenant = uuid_of(world, "azure/tenant"),
          .client_id = uuid_of(world, "azure/client"),
          .secret = world.derive("azure/secret").substr(0, 40),
          .subscription = uuid_of(world, "azure/subscription"),
          .federated_token = "simulated." + world.derive("azure/federated")};
}

std::unique_ptr<Front> make_front(World& world) { return std::make_unique<AzureFront>(world); }

}  // namespace ccloud::sim::azure
