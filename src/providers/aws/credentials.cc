// The chain's order and the rules of profiles.
#include "providers/aws/credentials.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::aws {
namespace {

std::string read_or_empty(const cloud::Host& host, const std::string& path) {
  const auto text = host.read_file(path);
  return text.has_value() ? *text : std::string();
}

Error no_credentials(std::string message, std::string remedy) {
  return make_error(ErrorCode::unauthenticated, std::move(message), std::move(remedy));
}

std::optional<Credentials> keys_of(const Section& section, const std::string& source) {
  const auto get = [&](const char* key) {
    const auto found = section.find(key);
    return found == section.end() ? std::string() : found->second;
  };
  Credentials keys{.access_key_id = get("aws_access_key_id"),
                   .secret_access_key = get("aws_secret_access_key"),
                   .session_token = get("aws_session_token"),
                   .source = source};
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return std::nullopt;
  return keys;
}

std::string session_name(const Profile& profile, const cloud::ProviderSettings& settings) {
  const std::string chosen = profile.get("role_session_name");
  if (!chosen.empty()) return chosen;
  std::string name = "ccloud";
  if (!settings.run_id.empty()) name += "-" + settings.run_id;
  std::erase_if(name, [](char c) {
    return !(std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.');
  });
  return name.substr(0, 64);
}

}  // namespace

ProfileFiles read_profile_files(const cloud::Host& host, const cloud::ProviderSettings& settings) {
  ProfileFiles files;
  const std::string keys =
      !settings.credentials_file.empty()
          ? settings.credentials_file
          : host.env("AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials");
  files.config =
      parse_ini(read_or_empty(host, host.env("AWS_CONFIG_FILE").value_or("~/.aws/config")));
  files.credentials = parse_ini(read_or_empty(host, keys));
  return files;
}

std::string profile_name(const cloud::Host& host, const cloud::ProviderSettings& settings) {
  if (!settings.profile.empty()) return settings.profile;
  for (const auto* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    const auto value = host.env(name);
    if (value.has_value() && !value->empty()) return *value;
  }
  return "default";
}

CredentialChain::CredentialChain(cloud::Host host, cloud::ProviderSettings settings,
                                 std::string region)
    : host_(std::move(host)), settings_(std::move(settings)), region_(std::move(region)) {}

Task<Credentials> CredentialChain::find(Context ctx) {
  files_ = read_profile_files(host_, settings_);
  if (!settings_.credentials_command.empty()) {
    co_return co_await process_credentials(ctx, host_, settings_.credentials_command);
  }
  const bool is_chosen = !settings_.profile.empty() || !settings_.credentials_file.empty();
  if (!is_chosen) {
    auto found = environment_credentials(host_);
    if (found.has_value()) co_return std::move(*found);
  }
  const std::string name = profile_name(host_, settings_);
  const Profile profile = find_profile(name, files_.config, files_.credentials);
  if (!profile.exists && (is_chosen || name != "default")) {
    co_return no_credentials(
        fmt::format("there is no AWS profile \"{}\"", name),
        "check its name in ~/.aws/config and ~/.aws/credentials (aws configure list-profiles)");
  }
  if (profile.exists) {
    auto found = co_await from_profile(ctx, name, {}).result();
    if (found.has_value() || found.error().code != ErrorCode::not_found || is_chosen) {
      if (!found.has_value() && found.error().code == ErrorCode::not_found) {
        found.error().code = ErrorCode::unauthenticated;
      }
      co_return found;
    }
  }
  const auto role = host_.env("AWS_ROLE_ARN");
  const auto token_file = host_.env("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (role.has_value() && token_file.has_value()) {
    RoleRequest request{.role_arn = *role,
                        .session_name = host_.env("AWS_ROLE_SESSION_NAME").value_or("ccloud"),
                        .region = region_,
                        .endpoint = settings_.endpoint};
    request.web_identity_token = trim(co_await host_.read_file(*token_file));
    co_return co_await assume_role_at_sts(ctx, host_, std::move(request), std::nullopt);
  }
  auto container = co_await container_credentials(ctx, host_).result();
  if (container.has_value() || container.error().code != ErrorCode::not_found) {
    co_return container;
  }
  auto instance = co_await instance_credentials(ctx, host_).result();
  if (instance.has_value() || instance.error().code != ErrorCode::not_found) co_return instance;
  co_return no_credentials(
      fmt::format("no AWS credentials: none in the environment, in profile \"{}\" of ~/.aws, from "
                  "a container or an instance role",
                  name),
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run `aws configure`, or name a profile in "
      "the provider's credentials");
}

/// `path` holds the profiles that led here: a role's source may have a role itself.
Task<Credentials> CredentialChain::from_profile(Context ctx, std::string name,
                                                std::vector<std::string> path) {
  const Profile profile = find_profile(name, files_.config, files_.credentials);
  if (!profile.exists) {
    co_return no_credentials(fmt::format("there is no AWS profile \"{}\"", name),
                             "check source_profile in ~/.aws/config");
  }
  const std::string source = fmt::format("profile {}", name);
  // A profile may be its own source: then its keys are meant.
  const bool is_again = std::ranges::find(path, name) != path.end();
  if (!profile.get("role_arn").empty() && !is_again) {
    path.push_back(name);
    co_return co_await assume_role(ctx, profile, std::move(path));
  }
  if (!profile.get("sso_account_id").empty()) {
    co_return co_await sso_credentials(ctx, host_, profile, files_.config);
  }
  auto keys = keys_of(profile.credentials, source);
  if (keys.has_value()) co_return std::move(*keys);
  const std::string command = profile.get("credential_process");
  if (!command.empty()) co_return co_await process_credentials(ctx, host_, command);
  keys = keys_of(profile.config, source);
  if (keys.has_value()) co_return std::move(*keys);
  if (!profile.get("login_session").empty()) {
    co_return no_credentials(
        fmt::format("{} uses a console login session, which ccloud does not read", source),
        "export its keys with `aws configure export-credentials --format env`");
  }
  co_return make_error(ErrorCode::not_found, fmt::format("{} holds no credentials", source),
                       "run `aws configure`, or choose another profile");
}

Task<Credentials> CredentialChain::assume_role(Context ctx, const Profile& profile,
                                               std::vector<std::string> path) {
  if (!profile.get("mfa_serial").empty()) {
    co_return no_credentials(
        fmt::format("profile {} asks for an MFA code, which ccloud cannot ask for", profile.name),
        "export session keys with `aws configure export-credentials --format env`");
  }
  RoleRequest request{.role_arn = profile.get("role_arn"),
                      .session_name = session_name(profile, settings_),
                      .external_id = profile.get("external_id"),
                      .duration_seconds = profile.get("duration_seconds"),
                      .region = region_,
                      .endpoint = settings_.endpoint};
  const std::string token_file = profile.get("web_identity_token_file");
  if (!token_file.empty()) {
    request.web_identity_token = trim(co_await host_.read_file(token_file));
    co_return co_await assume_role_at_sts(ctx, host_, std::move(request), std::nullopt);
  }
  auto base = co_await from_source(ctx, profile, std::move(path));
  co_return co_await assume_role_at_sts(ctx, host_, std::move(request), std::move(base));
}

Task<Credentials> CredentialChain::from_source(Context ctx, const Profile& profile,
                                               std::vector<std::string> path) {
  const std::string source_profile = profile.get("source_profile");
  if (!source_profile.empty()) {
    co_return co_await from_profile(ctx, source_profile, std::move(path));
  }
  const std::string source = profile.get("credential_source");
  if (source == "Environment") {
    auto found = environment_credentials(host_);
    if (found.has_value()) co_return std::move(*found);
    co_return no_credentials(
        fmt::format("profile {} takes its keys from the environment, where there are none",
                    profile.name),
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (source == "Ec2InstanceMetadata") co_return co_await instance_credentials(ctx, host_);
  if (source == "EcsContainer") co_return co_await container_credentials(ctx, host_);
  co_return no_credentials(
      fmt::format("profile {} has a role_arn, but no source_profile or credential_source",
                  profile.name),
      "name one of them in ~/.aws/config");
}

}  // namespace ccloud::aws
