// Order and names as the vendor's credentials library has them.
#include "providers/alibaba/credentials.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"

namespace ccloud::alibaba {
namespace {

std::string variable(const cloud::Host& host, std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (auto value = host.env(name); value && !value->empty()) return *value;
  }
  return {};
}

/// {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"} of metadata, STS and URIs.
Result<Found> read_temporary(json::Value body, std::string source) {
  Found found{.credentials = {.id = body.get("AccessKeyId").string_or(),
                              .secret = body.get("AccessKeySecret").string_or(),
                              .token = body.get("SecurityToken").string_or()},
              .expires = parse_time(body.get("Expiration").string_or()),
              .source = std::move(source)};
  if (found.credentials.id.empty() || found.credentials.secret.empty()) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("{} gave no credentials", found.source));
  }
  return found;
}

Task<http::Response> ask(Context ctx, cloud::Host host, http::Request request, bool is_metadata) {
  http::SendOptions options;
  if (is_metadata) {
    options = {.timeout = std::chrono::seconds(1),
               .connect_timeout = std::chrono::seconds(1),
               .use_proxy = false};
  }
  auto response = co_await host.http->send(ctx, std::move(request), options);
  if (response.status != 200) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("HTTP status {}", response.status));
  }
  co_return response;
}

/// Version 2 with a session token, version 1 where that is refused.
Task<Found> from_machine(Context ctx, cloud::Host host, std::string role) {
  const std::string base = "http://100.100.100.200/latest";
  http::Headers headers;
  auto token = co_await ask(ctx, host,
                            {.method = "PUT",
                             .url = base + "/api/token",
                             .headers = {{"X-aliyun-ecs-metadata-token-ttl-seconds", "21600"}}},
                            true)
                   .result();
  if (token) headers.emplace_back("X-aliyun-ecs-metadata-token", token->body);
  if (!token && host.env("ALIBABA_CLOUD_IMDSV1_DISABLED").value_or("") == "true")
    co_return token.error();
  const auto path = base + "/meta-data/ram/security-credentials/";
  if (role.empty()) {
    const auto named = co_await ask(ctx, host, {.url = path, .headers = headers}, true);
    role = trim(named.body);
  }
  const auto response = co_await ask(ctx, host, {.url = path + role, .headers = headers}, true);
  const auto document = co_await json::parse(response.body);
  co_return co_await read_temporary(document.root(), "the machine's RAM role " + role);
}

struct RoleRequest {
  Params params;
  std::optional<Credentials> signer;  ///< none: AssumeRoleWithOIDC is not signed
};

Task<Found> assume(Context ctx, cloud::Host host, std::string endpoint, RoleRequest request) {
  const auto url = http::parse_url(endpoint);
  if (!url)
    co_return make_error(ErrorCode::invalid_argument, fmt::format("\"{}\" is no URL", endpoint));
  const std::string action = request.signer ? "AssumeRole" : "AssumeRoleWithOIDC";
  SignInput input{.host = http::authority(*url),
                  .action = action,
                  .version = "2015-04-01",
                  .date = format_time(ctx.wall_now()),
                  .nonce = hex(random_bytes(16)),
                  .query = request.params};
  http::Request out{.method = "POST", .url = endpoint + "/?" + canonical_query(input.query)};
  if (request.signer) {
    out.headers = sign(input, *request.signer);
  } else {
    out.headers = {{"x-acs-action", action},
                   {"x-acs-version", input.version},
                   {"x-acs-date", input.date},
                   {"x-acs-signature-nonce", input.nonce}};
  }
  auto answered = co_await ask(ctx, host, std::move(out), false).result();
  if (!answered) co_return with_context(answered.error(), "assuming the role");
  const auto& response = *answered;
  const auto document = co_await json::parse(response.body);
  co_return co_await read_temporary(document.root().get("Credentials"),
                                    "the role " + request.params[0].second);
}

Task<Found> from_profile(Context ctx, cloud::Host host, Profile profile, std::string source,
                         std::string endpoint) {
  const Credentials keys{.id = profile.id, .secret = profile.secret, .token = profile.token};
  if (profile.mode == "EcsRamRole" || profile.mode == "ecs_ram_role") {
    co_return co_await from_machine(ctx, host, profile.ram_role);
  }
  if (keys.id.empty() || keys.secret.empty()) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("{} holds no access key (mode {})", source, profile.mode),
                         "use a profile of mode AK, StsToken, RamRoleArn or EcsRamRole");
  }
  if (profile.mode == "RamRoleArn" || profile.mode == "ram_role_arn") {
    RoleRequest request{
        .params = {{"RoleArn", profile.role_arn},
                   {"RoleSessionName",
                    profile.session_name.empty() ? "ccloud" : profile.session_name}},
        .signer = keys};
    co_return co_await assume(ctx, host, endpoint, std::move(request));
  }
  co_return Found{.credentials = keys, .expires = std::nullopt, .source = source};
}

}  // namespace

std::optional<Profile> profile_from_json(std::string_view text, std::string_view name) {
  const auto document = json::parse(text);
  if (!document) return std::nullopt;
  const auto root = document->root();
  const std::string wanted =
      name.empty() ? root.get("current").string_or("default") : std::string(name);
  for (const auto& one : root.get("profiles").items()) {
    if (one.get("name").string_or() != wanted) continue;
    return Profile{.mode = one.get("mode").string_or("AK"),
                   .id = one.get("access_key_id").string_or(),
                   .secret = one.get("access_key_secret").string_or(),
                   .token = one.get("sts_token").string_or(),
                   .role_arn = one.get("ram_role_arn").string_or(),
                   .session_name = one.get("ram_session_name").string_or(),
                   .ram_role = one.get("ram_role_name").string_or(),
                   .region = one.get("region_id").string_or()};
  }
  return std::nullopt;
}

std::optional<Profile> profile_from_ini(std::string_view text, std::string_view name) {
  const std::string wanted = name.empty() ? "default" : std::string(name);
  std::map<std::string, std::string> keys;
  bool is_inside = false;
  bool is_there = false;
  for (const auto& line : split(text, '\n')) {
    const auto clean = trim(line);
    if (clean.empty() || clean.front() == '#' || clean.front() == ';') continue;
    if (clean.front() == '[') {
      is_inside = trim(clean.substr(1, clean.find(']') - 1)) == wanted;
      is_there |= is_inside;
      continue;
    }
    const auto equal = clean.find('=');
    if (is_inside && equal != std::string_view::npos) {
      keys[std::string(trim(clean.substr(0, equal)))] = trim(clean.substr(equal + 1));
    }
  }
  if (!is_there) return std::nullopt;
  return Profile{.mode = keys["type"],
                 .id = keys["access_key_id"],
                 .secret = keys["access_key_secret"],
                 .token = keys["security_token"],
                 .role_arn = keys["role_arn"],
                 .session_name = keys["role_session_name"],
                 .ram_role = keys["role_name"],
                 .region = ""};
}

Task<Found> find_credentials(Context ctx, cloud::Host host, cloud::ProviderSettings settings,
                             std::string sts_endpoint) {
  const bool is_chosen = !settings.profile.empty() || !settings.credentials_file.empty();
  const auto id = variable(host, {"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY"});
  const auto secret = variable(host, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY"});
  if (!is_chosen && !id.empty() && !secret.empty()) {
    co_return Found{.credentials = {.id = id,
                                    .secret = secret,
                                    .token = variable(host, {"ALIBABA_CLOUD_SECURITY_TOKEN"})},
                    .expires = std::nullopt,
                    .source = "the environment"};
  }
  const auto token_file = variable(host, {"ALIBABA_CLOUD_OIDC_TOKEN_FILE"});
  if (!is_chosen && !token_file.empty()) {
    const auto token = co_await host.read_file(token_file);
    RoleRequest request{
        .params = {{"RoleArn", variable(host, {"ALIBABA_CLOUD_ROLE_ARN"})},
                   {"OIDCProviderArn", variable(host, {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN"})},
                   {"OIDCToken", std::string(trim(token))},
                   {"RoleSessionName", "ccloud"}},
        .signer = std::nullopt};
    co_return co_await assume(ctx, host, sts_endpoint, std::move(request));
  }
  std::string wanted =
      settings.profile.empty() ? variable(host, {"ALIBABA_CLOUD_PROFILE"}) : settings.profile;
  std::string cli_file = variable(host, {"ALIBABA_CLOUD_CONFIG_FILE"});
  if (cli_file.empty()) cli_file = "~/.aliyun/config.json";
  std::string ini_file = variable(host, {"ALIBABA_CLOUD_CREDENTIALS_FILE"});
  if (ini_file.empty()) ini_file = "~/.alibabacloud/credentials";
  if (!settings.credentials_file.empty()) cli_file = ini_file = settings.credentials_file;
  if (const auto text = host.read_file(cli_file);
      text && variable(host, {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED"}) != "true") {
    if (auto profile = profile_from_json(*text, wanted)) {
      co_return co_await from_profile(ctx, host, *profile, "a profile of " + cli_file,
                                      sts_endpoint);
    }
  }
  if (const auto text = host.read_file(ini_file)) {
    if (auto profile = profile_from_ini(*text, wanted)) {
      co_return co_await from_profile(ctx, host, *profile, "a section of " + ini_file,
                                      sts_endpoint);
    }
  }
  const bool has_machine = variable(host, {"ALIBABA_CLOUD_ECS_METADATA_DISABLED"}) != "true";
  if (!is_chosen && has_machine) {
    auto found =
        co_await from_machine(ctx, host, variable(host, {"ALIBABA_CLOUD_ECS_METADATA"})).result();
    if (found) co_return found;
  }
  const auto uri = variable(host, {"ALIBABA_CLOUD_CREDENTIALS_URI"});
  if (!is_chosen && !uri.empty()) {
    const auto response = co_await ask(ctx, host, {.url = uri}, false);
    const auto document = co_await json::parse(response.body);
    co_return co_await read_temporary(document.root(), "ALIBABA_CLOUD_CREDENTIALS_URI");
  }
  co_return make_error(ErrorCode::unauthenticated,
                       wanted.empty()
                           ? std::string("no Alibaba Cloud credentials were found")
                           : fmt::format("there is no Alibaba Cloud profile \"{}\"", wanted),
                       "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or "
                       "run `aliyun configure`");
}

}  // namespace ccloud::alibaba
