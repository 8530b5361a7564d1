// Order and names as the vendor's credentials library has them.
#include "providers/alibaba/credentials.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "providers/alibaba/profiles.h"

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

/// What the CLI's External mode reads from a program: the keys of a profile (mode AK or StsToken),
/// or what STS answers. A token that does not say when it ends is asked for again after a while.
Task<Found> from_credentials_command(Context ctx, cloud::Host host, std::string command) {
  const std::string source = "credentials.command";
  const std::vector<std::string> argv = {"/bin/sh", "-c", command};
  const auto printed = co_await host.run_command(ctx, argv);
  const auto document = json::parse(printed);
  const auto root = document ? document->root() : json::Value();
  Found found{.credentials = {.id = root.get("access_key_id").string_or(),
                              .secret = root.get("access_key_secret").string_or(),
                              .token = root.get("sts_token").string_or()},
              .expires = parse_time(root.get("expiration").string_or()),
              .source = source};
  if (auto stated = read_temporary(root, source)) found = std::move(*stated);
  if (found.credentials.id.empty() || found.credentials.secret.empty()) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("{} printed no access key", source),
                         "it must print {\"mode\": \"StsToken\", \"access_key_id\": ..., "
                         "\"access_key_secret\": ..., \"sts_token\": ...}");
  }
  if (!found.credentials.token.empty() && !found.expires) {
    found.expires = ctx.wall_now() + std::chrono::minutes(10);
  }
  co_return found;
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

/// Where a profile stands, for messages and for what it refers to.
struct Origin {
  std::string source;
  std::string text;  ///< of the command line's file; empty for the other one
  std::string sts;
  int depth = 0;  ///< of profiles that lead to profiles
};

std::string session_of(const cloud::Host& host, const std::string& asked) {
  if (!asked.empty()) return asked;
  const auto given = variable(host, {"ALIBABA_CLOUD_ROLE_SESSION_NAME"});
  return given.empty() ? "ccloud" : given;
}

Params role_params(const cloud::Host& host, const Profile& profile) {
  Params params = {{"RoleArn", profile.role_arn},
                   {"RoleSessionName", session_of(host, profile.session_name)}};
  auto external = profile.external_id;
  if (external.empty()) external = variable(host, {"ALIBABA_CLOUD_EXTERNAL_ID"});
  if (!external.empty()) params.emplace_back("ExternalId", external);
  if (profile.role_seconds > 0) {
    params.emplace_back("DurationSeconds", std::to_string(profile.role_seconds));
  }
  return params;
}

Result<Found> keys_of(const Profile& profile, const std::string& source) {
  if (profile.id.empty() || profile.secret.empty()) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("{} holds no access key (mode {})", source, profile.mode),
                      "run `aliyun configure`, or name another profile in credentials.profile");
  }
  return Found{.credentials = {.id = profile.id, .secret = profile.secret, .token = profile.token},
               .expires = std::nullopt,
               .source = source};
}

/// What a log-in in the browser left behind; a new one is the command line's business.
Result<Found> cached_keys(const Profile& profile, const std::string& source, async::WallTime now) {
  const async::WallTime end{std::chrono::seconds(profile.expires)};
  if (profile.id.empty() || end <= now) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("the log-in of {} is over (mode {})", source, profile.mode),
                      "any command of the CLI renews it: aliyun sts GetCallerIdentity");
  }
  auto found = keys_of(profile, source);
  if (found) found->expires = end;
  return found;
}

Task<Found> from_token_file(Context ctx, cloud::Host host, Profile profile, std::string sts) {
  const auto token = co_await host.read_file(profile.oidc_token_file);
  RoleRequest request{.params = {{"RoleArn", profile.role_arn},
                                 {"OIDCProviderArn", profile.oidc_provider_arn},
                                 {"OIDCToken", std::string(trim(token))},
                                 {"RoleSessionName", session_of(host, profile.session_name)}},
                      .signer = std::nullopt};
  if (profile.role_seconds > 0) {
    request.params.emplace_back("DurationSeconds", std::to_string(profile.role_seconds));
  }
  co_return co_await assume(ctx, host, std::move(sts), std::move(request));
}

Task<Found> from_uri(Context ctx, cloud::Host host, std::string uri, std::string source) {
  const auto response = co_await ask(ctx, host, {.url = std::move(uri)}, false);
  const auto document = co_await json::parse(response.body);
  co_return co_await read_temporary(document.root(), std::move(source));
}

Task<Found> from_profile(Context ctx, cloud::Host host, Profile profile, Origin origin);

/// By the keys of the profile that it names.
Task<Found> from_chain(Context ctx, cloud::Host host, Profile profile, Origin origin) {
  auto base = profile_from_json(origin.text, profile.source_profile);
  if (!base || profile.source_profile.empty()) {
    co_return make_error(
        ErrorCode::unauthenticated,
        fmt::format("{}: there is no profile \"{}\" to assume the role with", origin.source,
                    profile.source_profile),
        "correct its source_profile (`aliyun configure list` shows what there is)");
  }
  const auto sts = origin.sts;
  const auto found = co_await from_profile(ctx, host, std::move(*base), std::move(origin));
  RoleRequest request{.params = role_params(host, profile), .signer = found.credentials};
  co_return co_await assume(ctx, host, sts, std::move(request));
}

/// The command prints a profile as the file has them.
Task<Found> from_command(Context ctx, cloud::Host host, Profile profile, Origin origin) {
  std::vector<std::string> words;
  for (auto& word : split(profile.command, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  if (words.empty() || !host.run_command) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("{} names no process_command", origin.source));
  }
  const auto text = co_await host.run_command(ctx, std::move(words));
  const auto document = json::parse(text);
  if (!document) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("the process_command of {} printed no JSON", origin.source));
  }
  auto printed = read_profile(document->root());
  origin.source = "the process_command of " + origin.source;
  co_return co_await from_profile(ctx, host, std::move(printed), std::move(origin));
}

Task<Found> from_profile(Context ctx, cloud::Host host, Profile profile, Origin origin) {
  constexpr int deepest = 5;
  if (++origin.depth > deepest) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("{}: its profiles lead in a circle", origin.source),
                         "correct their source_profile or process_command");
  }
  switch (mode_of(profile)) {
    case Mode::keys:
      co_return co_await keys_of(profile, origin.source);
    case Mode::cached:
      co_return co_await cached_keys(profile, origin.source, ctx.wall_now());
    case Mode::machine:
      co_return co_await from_machine(ctx, host, profile.ram_role);
    case Mode::chained_role:
      co_return co_await from_chain(ctx, host, std::move(profile), std::move(origin));
    case Mode::oidc_role:
      co_return co_await from_token_file(ctx, host, std::move(profile), origin.sts);
    case Mode::command:
      co_return co_await from_command(ctx, host, std::move(profile), std::move(origin));
    case Mode::uri:
      co_return co_await from_uri(ctx, host, profile.uri, origin.source);
    case Mode::role: {
      const auto keys = co_await keys_of(profile, origin.source);
      RoleRequest request{.params = role_params(host, profile), .signer = keys.credentials};
      co_return co_await assume(ctx, host, origin.sts, std::move(request));
    }
    case Mode::not_supported:
      break;
  }
  co_return make_error(
      ErrorCode::unauthenticated,
      fmt::format("{} has the mode {}, which is not supported", origin.source, profile.mode),
      "use a profile of another mode (docs/providers/alibaba.md), or External "
      "with a command that prints keys");
}

}  // namespace

Task<Found> find_credentials(Context ctx, cloud::Host host, cloud::ProviderSettings settings,
                             std::string sts_endpoint) {
  if (!settings.credentials_command.empty()) {
    co_return co_await from_credentials_command(ctx, host, settings.credentials_command);
  }
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
    Profile profile;
    profile.role_arn = variable(host, {"ALIBABA_CLOUD_ROLE_ARN"});
    profile.oidc_provider_arn = variable(host, {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN"});
    profile.oidc_token_file = token_file;
    co_return co_await from_token_file(ctx, host, std::move(profile), sts_endpoint);
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
      Origin origin{.source = "a profile of " + cli_file, .text = *text, .sts = sts_endpoint};
      co_return co_await from_profile(ctx, host, std::move(*profile), std::move(origin));
    }
  }
  if (const auto text = host.read_file(ini_file)) {
    if (auto profile = profile_from_ini(*text, wanted)) {
      Origin origin{.source = "a section of " + ini_file, .text = {}, .sts = sts_endpoint};
      co_return co_await from_profile(ctx, host, std::move(*profile), std::move(origin));
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
    co_return co_await from_uri(ctx, host, uri, "ALIBABA_CLOUD_CREDENTIALS_URI");
  }
  co_return make_error(ErrorCode::unauthenticated,
                       wanted.empty()
                           ? std::string("no Alibaba Cloud credentials were found")
                           : fmt::format("there is no Alibaba Cloud profile \"{}\"", wanted),
                       "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or "
                       "run `aliyun configure`");
}

}  // namespace ccloud::alibaba
