// Errors and their numbers as Microsoft's identity platform documents them (AADSTS...).
#include "sim/azure/login.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/azure/front.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::chrono::seconds lifetime{3599};
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view path_of(std::string_view url) { return url.substr(0, url.find('?')); }

std::string value_of(const Pairs& pairs, std::string_view name) {
  const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
  return found == pairs.end() ? std::string() : found->second;
}

Response refuse(World& world, int status, std::string_view error, int number,
                std::string_view text) {
  json::Writer out;
  out.begin_object().member("error", error);
  out.member("error_description",
             fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}", number, text,
                         world.uuid(), world.uuid(), format_time(world.now())));
  out.key("error_codes").begin_array().value(number).end_array();
  out.member("timestamp", format_time(world.now())).member("trace_id", world.uuid());
  out.member("correlation_id", world.uuid()).end_object();
  return answer(status, out.take());
}

bool is_arm_resource(std::string_view resource) {
  constexpr std::array names = {
      "https://management.azure.com",         "https://management.core.windows.net",
      "https://management.chinacloudapi.cn",  "https://management.core.chinacloudapi.cn",
      "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"};
  while (resource.ends_with('/')) resource.remove_suffix(1);
  return std::ranges::find(names, resource) != names.end();
}

/// Looks like a JWT, as the real ones do; what counts is that we gave it out.
std::string issue(World& world, Memory& memory, const Login& login) {
  json::Writer claims;
  claims.begin_object().member("aud", "https://management.azure.com");
  claims.member("iss", fmt::format("https://sts.windows.net/{}/", login.tenant));
  claims.member("appid", login.client_id).member("tid", login.tenant);
  claims.member("uti", world.hex_id(22)).end_object();
  const auto token = fmt::format("{}.{}.{}", base64url(R"({"typ":"JWT","alg":"RS256"})"),
                                 base64url(claims.take()), base64url(world.hex_id(64)));
  memory.tokens[token] = world.now() + lifetime;
  return token;
}

Response give_token(World& world, Memory& memory, const Login& login) {
  json::Writer out;
  out.begin_object().member("token_type", "Bearer").member("expires_in", lifetime.count());
  out.member("ext_expires_in", lifetime.count());
  out.member("access_token", issue(world, memory, login)).end_object();
  auto response = answer(200, out.take());
  response.headers.emplace_back("Cache-Control", "no-store, no-cache");
  return response;
}

Response token(World& world, Memory& memory, const Request& request, const std::string& tenant) {
  const auto login = login_of(world);
  const auto form = http::decode_query(request.body);
  const auto has = [&](std::string_view name) { return !value_of(form, name).empty(); };
  if (request.method != "POST") return nothing(405);
  if (!equals_ignoring_case(tenant, login.tenant)) {
    return refuse(world, 400, "invalid_request", 90002,
                  fmt::format("Tenant '{}' not found. Check to make sure you have the correct "
                              "tenant ID and are signing into the correct cloud.",
                              tenant));
  }
  if (value_of(form, "grant_type") != "client_credentials") {
    return refuse(world, 400, "unsupported_grant_type", 70003,
                  "The app requested an unsupported grant type.");
  }
  if (!equals_ignoring_case(value_of(form, "client_id"), login.client_id)) {
    return refuse(world, 400, "unauthorized_client", 700016,
                  fmt::format("Application with identifier '{}' was not found in the directory.",
                              value_of(form, "client_id")));
  }
  const auto scope = value_of(form, "scope");
  const auto suffix = scope.find("/.default");
  if (suffix == std::string::npos || !is_arm_resource(split(scope.substr(0, suffix), ' ').back())) {
    return refuse(world, 400, "invalid_scope", 70011,
                  "The provided value for the input parameter 'scope' is not valid.");
  }
  if (has("client_assertion")) {
    const bool is_bearer = value_of(form, "client_assertion_type") ==
                           "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    if (!is_bearer || value_of(form, "client_assertion") != login.federated_token) {
      return refuse(world, 401, "invalid_client", 700027,
                    "The certificate with identifier used to sign the client assertion is not "
                    "registered on application.");
    }
    return give_token(world, memory, login);
  }
  if (!has("client_secret")) {
    return refuse(world, 401, "invalid_client", 7000216,
                  "'client_assertion', 'client_secret' or 'request' is required for the "
                  "'client_credentials' grant type.");
  }
  if (value_of(form, "client_secret") != login.secret) {
    return refuse(world, 401, "invalid_client", 7000215,
                  "Invalid client secret provided. Ensure the secret being sent in the request is "
                  "the client secret value, not the client secret ID.");
  }
  return give_token(world, memory, login);
}

Response discovery(const std::string& base, const std::string& tenant) {
  const auto home = fmt::format("{}/{}", base, tenant);
  json::Writer out;
  out.begin_object().member("token_endpoint", home + "/oauth2/v2.0/token");
  out.member("authorization_endpoint", home + "/oauth2/v2.0/authorize");
  out.member("device_authorization_endpoint", home + "/oauth2/v2.0/devicecode");
  out.member("end_session_endpoint", home + "/oauth2/v2.0/logout");
  out.member("jwks_uri", home + "/discovery/v2.0/keys").member("issuer", home + "/v2.0");
  out.key("token_endpoint_auth_methods_supported").begin_array();
  out.value("client_secret_post").value("private_key_jwt").end_array();
  out.key("response_types_supported").begin_array().value("code").end_array();
  out.key("subject_types_supported").begin_array().value("pairwise").end_array();
  out.key("id_token_signing_alg_values_supported").begin_array().value("RS256").end_array();
  out.end_object();
  return answer(200, out.take());
}

/// The metadata service writes its numbers as text.
Response machine_identity(World& world, Memory& memory, const Request& request) {
  const auto login = login_of(world);
  const auto query = http::decode_query(request.url.substr(request.url.find('?') + 1));
  if (!equals_ignoring_case(http::find_header(request.headers, "Metadata"), "true")) {
    return answer(
        400,
        R"({"error":"invalid_request","error_description":"Required metadata header not specified"})");
  }
  if (!is_arm_resource(value_of(query, "resource"))) {
    return answer(
        400,
        R"({"error":"invalid_resource","error_description":"AADSTS500011: The resource principal was not found."})");
  }
  const auto expires =
      std::chrono::duration_cast<std::chrono::seconds>((world.now() + lifetime).time_since_epoch());
  json::Writer out;
  out.begin_object().member("access_token", issue(world, memory, login));
  out.member("expires_in", std::to_string(lifetime.count()));
  out.member("expires_on", std::to_string(expires.count()));
  out.member("resource", value_of(query, "resource")).member("token_type", "Bearer");
  out.member("client_id", login.client_id).end_object();
  return answer(200, out.take());
}

Response unauthorized(std::string_view code, std::string_view text) {
  auto response = refusal(401, code, text);
  response.headers.emplace_back(
      "WWW-Authenticate",
      fmt::format("Bearer authorization_uri=\"https://login.microsoftonline.com/common\", "
                  "error=\"invalid_token\", error_description=\"{}\"",
                  text));
  return response;
}

}  // namespace

Response expired_token() {
  return unauthorized("ExpiredAuthenticationToken",
                      "The access token expiry UTC time is earlier "
                      "than current UTC time.");
}

bool is_login(std::string_view url) {
  const auto path = path_of(url);
  return path.ends_with("/oauth2/v2.0/token") ||
         path.ends_with("/.well-known/openid-configuration") ||
         path == "/metadata/identity/oauth2/token";
}

std::optional<Response> serve_login(World& world, Memory& memory, const Request& request,
                                    const std::string& base) {
  if (!is_login(request.url)) return std::nullopt;
  const std::string path(path_of(request.url));
  if (path == "/metadata/identity/oauth2/token") return machine_identity(world, memory, request);
  const auto tenant = percent_decode(path.substr(1, path.find('/', 1) - 1));
  if (path.ends_with("/oauth2/v2.0/token")) return token(world, memory, request, tenant);
  return discovery(base, tenant);
}

std::optional<Response> check_token(const World& world, const Memory& memory,
                                    const Request& request) {
  const auto header = http::find_header(request.headers, "Authorization");
  if (header.empty()) {
    return unauthorized("AuthenticationFailed",
                        "Authentication failed. The 'Authorization' header is missing.");
  }
  if (!header.starts_with("Bearer ")) {
    return unauthorized("AuthenticationFailedInvalidHeader",
                        "Authentication failed. The 'Authorization' header is provided in an "
                        "invalid format.");
  }
  const auto known = memory.tokens.find(std::string(header.substr(7)));
  if (known == memory.tokens.end()) {
    return unauthorized("InvalidAuthenticationToken", "The access token is invalid.");
  }
  if (known->second <= world.now()) return expired_token();
  return std::nullopt;
}

}  // namespace ccloud::sim::azure
