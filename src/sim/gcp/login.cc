// Grants and refusals as Google's token server words them.
#include "sim/gcp/login.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::chrono::seconds lifetime{3599};
constexpr std::string_view scope_prefix = "https://www.googleapis.com/auth/";
constexpr std::string_view jwt_grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view exchange_grant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view access_token_type = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view jwt_type = "urn:ietf:params:oauth:token-type:jwt";
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view path_of_url(std::string_view url) { return url.substr(0, url.find('?')); }

std::string value_of(const Pairs& pairs, std::string_view name) {
  const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
  return found == pairs.end() ? std::string() : found->second;
}

Response refuse(int status, std::string_view error, std::string_view text) {
  json::Writer out;
  out.begin_object().member("error", error).member("error_description", text).end_object();
  return answer(status, out.take());
}

Response bad_grant(std::string_view text) { return refuse(400, "invalid_grant", text); }

std::vector<std::string> scopes_in(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& scope : split(text, ' ')) {
    if (!scope.empty()) out.push_back(scope);
  }
  return out;
}

std::string issue(const Login& login, const std::string& email, std::vector<std::string> scopes) {
  auto token = "ya29.c." + base64url(login.world.hex_id(96));
  login.memory.tokens[token] = {login.world.now() + lifetime, std::move(scopes), email};
  return token;
}

Response give(const Login& login, const std::string& email, std::vector<std::string> scopes,
              bool says_type = false) {
  json::Writer out;
  const auto scope = join(scopes, " ");
  out.begin_object().member("access_token", issue(login, email, std::move(scopes)));
  out.member("expires_in", lifetime.count()).member("token_type", "Bearer");
  if (says_type) out.member("issued_token_type", access_token_type);
  out.end_object();
  auto response = answer(200, out.take());
  response.headers.emplace_back("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  return response;
}

struct Assertion {
  std::string email, scope, audience, problem;
};

/// A JWT that the service account has signed; `problem` says what is wrong with it.
Assertion read_assertion(const Login& login, const std::string& text) {
  Assertion it;
  const auto fail = [&](std::string_view why) {
    it.problem = why;
    return it;
  };
  const auto parts = split(text, '.');
  if (parts.size() != 3) return fail("Invalid JWT: Failed to parse.");
  const auto header_text = decode_base64(parts[0]);
  const auto claims_text = decode_base64(parts[1]);
  const auto signature = decode_base64(parts[2]);
  if (!header_text || !claims_text || !signature) return fail("Invalid JWT: Failed to parse.");
  const auto header = json::parse(*header_text);
  const auto claims = json::parse(*claims_text);
  if (!header || !claims) return fail("Invalid JWT: Failed to parse.");
  if (header->root().get("alg").string_or() != "RS256")
    return fail("Invalid JWT: alg must be RS256.");
  it.email = claims->root().get("iss").string_or();
  if (it.email != login.project.email) return fail("Invalid grant: account not found");
  const auto kid = header->root().get("kid").string_or(login.key.id());
  const bool is_signed = login.key.has_signed(fmt::format("{}.{}", parts[0], parts[1]), *signature);
  if (kid != login.key.id() || !is_signed) return fail("Invalid JWT Signature.");
  using namespace std::chrono;
  const auto now = duration_cast<seconds>(login.world.now().time_since_epoch()).count();
  const auto issued = claims->root().get("iat").as_int();
  const auto ends = claims->root().get("exp").as_int();
  constexpr std::int64_t skew = 300;
  const bool is_timely = issued && ends && *issued <= now + skew && *ends > now - skew &&
                         *ends > *issued && *ends - *issued <= 3600;
  if (!is_timely) {
    return fail(
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe. Check your iat and exp values in the JWT claim.");
  }
  it.scope = claims->root().get("scope").string_or();
  it.audience = claims->root().get("aud").string_or();
  return it;
}

std::vector<std::string> token_urls(const Login& login) {
  return {login.http_url + "/token", login.https_url + "/token",
          "https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token",
          "https://accounts.google.com/o/oauth2/token"};
}

Response jwt_bearer(const Login& login, const Pairs& form) {
  const auto assertion = read_assertion(login, value_of(form, "assertion"));
  if (!assertion.problem.empty()) return bad_grant(assertion.problem);
  const auto audiences = token_urls(login);
  if (std::ranges::find(audiences, assertion.audience) == audiences.end()) {
    return bad_grant("Invalid JWT: Failed audience check.");
  }
  auto scopes = scopes_in(assertion.scope);
  if (scopes.empty()) {
    return refuse(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  }
  for (const auto& scope : scopes) {
    const bool is_known = scope.starts_with(scope_prefix) || scope == "openid" || scope == "email";
    if (!is_known)
      return refuse(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  }
  return give(login, assertion.email, std::move(scopes));
}

Response refresh(const Login& login, const Pairs& form) {
  const auto& project = login.project;
  if (value_of(form, "client_id") != project.client_id) {
    return refuse(401, "invalid_client", "The OAuth client was not found.");
  }
  if (value_of(form, "client_secret") != project.client_secret) {
    return refuse(401, "invalid_client", "Unauthorized");
  }
  if (value_of(form, "refresh_token") != project.refresh_token) {
    return bad_grant("Token has been expired or revoked.");
  }
  return give(login, project.user_email, {std::string(scope_prefix) + "cloud-platform"});
}

/// Workload federation: the workload's own token for one of ours.
Response exchange_token(const Login& login, const Pairs& form) {
  const auto audience = fmt::format(
      "//iam.googleapis.com/projects/{}/locations/global/"
      "workloadIdentityPools/simulated/providers/simulated",
      login.project.number);
  if (value_of(form, "audience") != audience) {
    return refuse(400, "invalid_request", "Invalid value for \"audience\".");
  }
  if (value_of(form, "requested_token_type") != access_token_type) {
    return refuse(400, "invalid_request", "Invalid value for \"requested_token_type\".");
  }
  if (value_of(form, "subject_token_type") != jwt_type ||
      value_of(form, "subject_token") != login.project.subject_token) {
    return bad_grant("The subject token is not valid.");
  }
  auto scopes = scopes_in(value_of(form, "scope"));
  if (scopes.empty()) return refuse(400, "invalid_scope", "Invalid or missing \"scope\".");
  return give(login, login.project.email, std::move(scopes), true);
}

Response unauthorized(std::string_view reason, std::string_view message) {
  json::Writer out;
  out.begin_object().key("error").begin_object().member("code", 401).member("message", message);
  out.key("errors").begin_array().begin_object().member("message", "Invalid Credentials");
  out.member("domain", "global").member("reason", reason).member("location", "Authorization");
  out.member("locationType", "header").end_object().end_array();
  out.member("status", "UNAUTHENTICATED").end_object().end_object();
  auto response = answer(401, out.take());
  response.headers.emplace_back(
      "WWW-Authenticate", "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
  return response;
}

Response too_narrow() {
  constexpr std::string_view message = "Request had insufficient authentication scopes.";
  json::Writer out;
  out.begin_object().key("error").begin_object().member("code", 403).member("message", message);
  out.key("errors").begin_array().begin_object().member("message", "Insufficient Permission");
  out.member("domain", "global")
      .member("reason", "insufficientPermissions")
      .end_object()
      .end_array();
  out.member("status", "PERMISSION_DENIED").key("details").begin_array().begin_object();
  out.member("@type", "type.googleapis.com/google.rpc.ErrorInfo");
  out.member("reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT").member("domain", "googleapis.com");
  out.end_object().end_array().end_object().end_object();
  return answer(403, out.take());
}

bool suffices(const std::vector<std::string>& scopes, bool is_write) {
  return std::ranges::any_of(scopes, [&](std::string_view scope) {
    if (!scope.starts_with(scope_prefix)) return false;
    const auto name = scope.substr(scope_prefix.size());
    if (name == "cloud-platform" || name == "compute") return true;
    return !is_write && (name == "compute.readonly" || name == "cloud-platform.read-only");
  });
}

/// A self-signed JWT says the service itself, or scopes, and not both.
Caller check_self_signed(const Login& login, const std::string& token, bool is_write) {
  const auto assertion = read_assertion(login, token);
  if (!assertion.problem.empty()) return {{}, expired_token()};
  const std::array services = {std::string("https://compute.googleapis.com/"), login.http_url + "/",
                               login.https_url + "/"};
  const bool has_audience = std::ranges::find(services, assertion.audience) != services.end();
  if (has_audience && assertion.scope.empty()) return {assertion.email, std::nullopt};
  if (!assertion.audience.empty() || assertion.scope.empty()) return {{}, expired_token()};
  if (!suffices(scopes_in(assertion.scope), is_write)) return {{}, too_narrow()};
  return {assertion.email, std::nullopt};
}

Response metadata_text(std::string text, std::string_view kind = "application/text") {
  return {.status = 200,
          .headers = {{"Metadata-Flavor", "Google"},
                      {"Content-Type", std::string(kind)},
                      {"Server", "Metadata Server for VM"}},
          .body = std::move(text)};
}

Response machine_token(const Login& login, const Request& request) {
  const auto question = request.url.find('?');
  const auto query = question == std::string::npos
                         ? Pairs()
                         : http::decode_query(request.url.substr(question + 1));
  auto wanted = replace_all(value_of(query, "scopes"), ",", " ");
  if (wanted.empty()) wanted = std::string(scope_prefix) + "cloud-platform";
  json::Writer out;
  out.begin_object().member("access_token",
                            issue(login, login.project.node_account, scopes_in(wanted)));
  out.member("expires_in", lifetime.count()).member("token_type", "Bearer").end_object();
  return metadata_text(out.take(), "application/json");
}

}  // namespace

bool is_token_url(std::string_view url) {
  const auto path = path_of_url(url);
  return path == "/token" || path == "/v1/token" || path == "/oauth2/v4/token" ||
         path == "/o/oauth2/token";
}

bool is_metadata_url(std::string_view url) {
  const auto path = path_of_url(url);
  return path == "/" || path.starts_with("/computeMetadata");
}

Response serve_token(const Login& login, const Request& request) {
  if (request.method != "POST") return {.status = 405, .headers = {}, .body = {}};
  auto form = http::decode_query(replace_all(request.body, "+", "%20"));
  if (http::find_header(request.headers, "Content-Type").starts_with("application/json")) {
    form.clear();
    if (const auto body = json::parse(request.body)) {
      for (const auto& member : body->root().members())
        form.emplace_back(member.key, member.value.string_or());
    }
  }
  const auto grant = value_of(form, "grant_type");
  if (path_of_url(request.url) == "/v1/token") {
    return grant == exchange_grant
               ? exchange_token(login, form)
               : refuse(400, "unsupported_grant_type", "Invalid grant_type: " + grant);
  }
  if (grant == jwt_grant) return jwt_bearer(login, form);
  if (grant == "refresh_token") return refresh(login, form);
  return refuse(400, "unsupported_grant_type", "Invalid grant_type: " + grant);
}

Response serve_metadata(const Login& login, const Request& request) {
  const auto path = path_of_url(request.url);
  if (path == "/") return metadata_text("0.1/\ncomputeMetadata/\n");
  const auto flavor = http::find_header(request.headers, "Metadata-Flavor");
  const bool is_forwarded = !http::find_header(request.headers, "X-Forwarded-For").empty();
  if (flavor != "Google" || is_forwarded) {
    return {.status = 403,
            .headers = {{"Metadata-Flavor", "Google"}},
            .body = "Missing Metadata-Flavor:Google header."};
  }
  constexpr std::string_view base = "/computeMetadata/v1";
  auto rest = std::string(path.starts_with(base) ? path.substr(base.size()) : "");
  while (rest.ends_with('/')) rest.pop_back();
  constexpr std::string_view accounts = "/instance/service-accounts/";
  const auto& project = login.project;
  if (rest.starts_with(accounts)) {
    const auto parts = split(rest.substr(accounts.size()), '/');
    const bool is_known = parts[0] == "default" || parts[0] == project.node_account;
    const auto what = parts.size() > 1 ? parts[1] : std::string();
    if (is_known && what == "token") return machine_token(login, request);
    if (is_known && what == "email") return metadata_text(project.node_account);
    if (is_known && what == "scopes")
      return metadata_text(std::string(scope_prefix) + "cloud-platform\n");
    if (is_known && what.empty()) return metadata_text("aliases\nemail\nidentity\nscopes\ntoken\n");
  }
  if (rest == "/project/project-id") return metadata_text(project.id);
  if (rest == "/project/numeric-project-id") return metadata_text(project.number);
  if (rest == "/instance/zone")
    return metadata_text(fmt::format("projects/{}/zones/us-central1-a", project.number));
  if (rest == "/universe/universe-domain") return metadata_text("googleapis.com");
  if (rest.empty() || rest == "/instance") return metadata_text("instance/\nproject/\n");
  return {.status = 404, .headers = {{"Metadata-Flavor", "Google"}}, .body = "Not Found"};
}

Response expired_token() {
  return unauthorized("authError",
                      "Request had invalid authentication credentials. Expected OAuth 2 access "
                      "token, login cookie or other valid authentication credential.");
}

Response expired_grant() { return bad_grant("Token has been expired or revoked."); }

Caller check_token(const Login& login, const Request& request, bool is_write) {
  const auto header = http::find_header(request.headers, "Authorization");
  if (header.empty()) {
    return {{},
            unauthorized("required",
                         "Request is missing required authentication credential. Expected OAuth 2 "
                         "access token, login cookie or other valid authentication credential.")};
  }
  if (!header.starts_with("Bearer ")) return {{}, expired_token()};
  const std::string token(header.substr(7));
  if (token.starts_with("ey")) return check_self_signed(login, token, is_write);
  const auto known = login.memory.tokens.find(token);
  if (known == login.memory.tokens.end() || known->second.ends <= login.world.now())
    return {{}, expired_token()};
  if (!suffices(known->second.scopes, is_write)) return {{}, too_narrow()};
  return {known->second.email, std::nullopt};
}

std::string key_file(const Login& login) {
  const auto& project = login.project;
  json::Writer out(json::Layout::pretty);
  out.begin_object().member("type", "service_account").member("project_id", project.id);
  out.member("private_key_id", login.key.id());
  out.member("private_key", login.key.private_pem().value_or(std::string()));
  out.member("client_email", project.email).member("client_id", project.number);
  out.member("auth_uri", "https://accounts.google.com/o/oauth2/auth");
  out.member("token_uri", login.http_url + "/token").member("universe_domain", "googleapis.com");
  return out.end_object().take() + "\n";
}

std::string user_file(const Login& login) {
  const auto& project = login.project;
  json::Writer out(json::Layout::pretty);
  out.begin_object().member("type", "authorized_user").member("client_id", project.client_id);
  out.member("client_secret", project.client_secret).member("refresh_token", project.refresh_token);
  out.member("quota_project_id", project.id).member("token_uri", login.http_url + "/token");
  out.member("universe_domain", "googleapis.com");
  return out.end_object().take() + "\n";
}

std::string workload_file(const Login& login, const std::string& subject_file) {
  json::Writer out(json::Layout::pretty);
  out.begin_object().member("type", "external_account");
  out.member("audience", fmt::format("//iam.googleapis.com/projects/{}/locations/global/"
                                     "workloadIdentityPools/simulated/providers/simulated",
                                     login.project.number));
  out.member("subject_token_type", jwt_type).member("token_url", login.http_url + "/v1/token");
  out.key("credential_source").begin_object().member("file", subject_file).end_object();
  out.member("universe_domain", "googleapis.com");
  return out.end_object().take() + "\n";
}

}  // namespace ccloud::sim::gcp
