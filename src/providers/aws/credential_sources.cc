// Sources that need no metadata service: environment, helpers, SSO's cached token, STS.
#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/caller.h"
#include "json/reader.h"
#include "providers/aws/credentials.h"
#include "providers/aws/errors.h"
#include "providers/aws/form.h"
#include "providers/aws/xml.h"

namespace ccloud::aws {
namespace {

/// Signs with what it was given, or not at all.
class StsDialect final : public cloud::Dialect {
 public:
  StsDialect(std::optional<Credentials> base, std::string action)
      : base_(std::move(base)), action_(std::move(action)) {}

  Task<cloud::Signed> sign(Context, const cloud::Call& call, async::WallTime now) override {
    cloud::Signed made{.request = call.request};
    if (base_.has_value()) {
      sign_v4(made.request, *base_, {.region = call.region, .service = "sts"}, now, keys_);
    }
    co_return made;
  }
  std::optional<cloud::Failure> classify(const cloud::Call&,
                                         const http::Response& response) override {
    return aws::classify(response, action_);
  }
  void drop_credentials(std::uint64_t) override {}

 private:
  SigningKeys keys_;
  std::optional<Credentials> base_;
  std::string action_;
};

Error sso_expired(const std::string& profile) {
  return make_error(
      ErrorCode::unauthenticated,
      fmt::format("the SSO session of profile {} has expired or was never opened", profile),
      fmt::format("run `aws sso login --profile {}`", profile));
}

}  // namespace

std::optional<Credentials> environment_credentials(const cloud::Host& host) {
  const auto get = [&](const char* name) { return host.env(name).value_or(""); };
  Credentials keys{.access_key_id = get("AWS_ACCESS_KEY_ID"),
                   .secret_access_key = get("AWS_SECRET_ACCESS_KEY"),
                   .session_token = get("AWS_SESSION_TOKEN"),
                   .expires = parse_time(get("AWS_CREDENTIAL_EXPIRATION")),
                   .source = "the environment"};
  if (keys.session_token.empty()) keys.session_token = get("AWS_SECURITY_TOKEN");
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return std::nullopt;
  return keys;
}

Result<Credentials> parse_credentials_json(std::string_view text, std::string_view source) {
  const auto document = json::parse(text);
  if (!document.has_value()) {
    return make_error(ErrorCode::unauthenticated, fmt::format("{} gave no JSON", source));
  }
  const json::Value root = document->root();
  Credentials keys{.access_key_id = root.get("AccessKeyId").string_or(),
                   .secret_access_key = root.get("SecretAccessKey").string_or(),
                   .session_token = root.get("SessionToken").string_or(),
                   .expires = parse_time(root.get("Expiration").string_or()),
                   .source = std::string(source)};
  if (keys.session_token.empty()) keys.session_token = root.get("Token").string_or();
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("{} gave no AccessKeyId and SecretAccessKey", source));
  }
  return keys;
}

Task<Credentials> process_credentials(Context ctx, cloud::Host host, std::string command) {
  auto text = co_await host.run_command(ctx, {"/bin/sh", "-c", command}).result();
  if (!text.has_value()) {
    Error error = with_context(text.error(), "running the credentials command");
    error.code = ErrorCode::unauthenticated;
    error.retryable = false;
    co_return error;
  }
  co_return parse_credentials_json(*text, "the credentials command");
}

/// The token that `aws sso login` left in ~/.aws/sso/cache, exchanged for keys of the role.
Task<Credentials> sso_credentials(Context ctx, cloud::Host host, Profile profile,
                                  std::map<std::string, Section> config) {
  const std::string session = profile.get("sso_session");
  Section from = profile.config;
  if (!session.empty() && config.contains("sso-session " + session)) {
    from.merge(config["sso-session " + session]);
  }
  const std::string key = session.empty() ? from["sso_start_url"] : session;
  const auto cached = host.read_file(fmt::format("~/.aws/sso/cache/{}.json", hex(sha1(key))));
  if (!cached.has_value()) co_return sso_expired(profile.name);
  const auto document = json::parse(*cached);
  if (!document.has_value()) co_return sso_expired(profile.name);
  const auto expires = parse_time(document->root().get("expiresAt").string_or());
  if (!expires.has_value() || *expires <= ctx.wall_now()) co_return sso_expired(profile.name);
  http::Request request{
      .url = fmt::format("https://portal.sso.{}.{}/federation/credentials?{}", from["sso_region"],
                         partition_of(from["sso_region"]).suffix,
                         http::encode_query({{"role_name", from["sso_role_name"]},
                                             {"account_id", from["sso_account_id"]}})),
      .headers = {{"x-amz-sso_bearer_token", document->root().get("accessToken").string_or()}}};
  const auto response = co_await host.http->send(ctx, std::move(request), {});
  if (response.status == 401) co_return sso_expired(profile.name);
  if (response.status != 200) {
    co_return with_context(cloud::error_of_status(response, ""), "fetching the SSO role's keys");
  }
  const auto answer = co_await json::parse(response.body);
  const json::Value keys = answer.root().get("roleCredentials");
  co_return Credentials{.access_key_id = keys.get("accessKeyId").string_or(),
                        .secret_access_key = keys.get("secretAccessKey").string_or(),
                        .session_token = keys.get("sessionToken").string_or(),
                        .expires = std::chrono::system_clock::time_point(
                            std::chrono::milliseconds(keys.get("expiration").int_or(0))),
                        .source = fmt::format("the SSO session of profile {}", profile.name)};
}

Task<Credentials> assume_role_at_sts(Context ctx, cloud::Host host, RoleRequest request,
                                     std::optional<Credentials> base) {
  const bool is_web = !request.web_identity_token.empty();
  Form form(is_web ? "AssumeRoleWithWebIdentity" : "AssumeRole");
  form.add("RoleArn", request.role_arn).add("RoleSessionName", request.session_name);
  if (!request.external_id.empty()) form.add("ExternalId", request.external_id);
  if (!request.duration_seconds.empty()) form.add("DurationSeconds", request.duration_seconds);
  if (is_web) form.add("WebIdentityToken", request.web_identity_token);
  StsDialect dialect(std::move(base), "sts:" + form.action());
  cloud::Caller caller(host, dialect, {});
  cloud::Call call{
      .what = fmt::format("assuming the role {}", request.role_arn),
      .service = "sts",
      .region = request.region,
      .request = {
          .method = "POST",
          .url = endpoint_url(Service::sts, request.region, request.endpoint, {}, host.env) + "/",
          .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
          .body = form.body("2011-06-15")}};
  const auto response = co_await caller.call(ctx, std::move(call));
  const auto xml = co_await Xml::parse(response.body);
  const Node keys = xml.root().find(form.action() + "Result/Credentials");
  Credentials made{.access_key_id = keys.text("AccessKeyId"),
                   .secret_access_key = keys.text("SecretAccessKey"),
                   .session_token = keys.text("SessionToken"),
                   .expires = parse_time(keys.text("Expiration")),
                   .source = fmt::format("the role {}", request.role_arn)};
  if (made.access_key_id.empty()) {
    co_return make_error(ErrorCode::protocol,
                         fmt::format("STS gave no keys for the role {}", request.role_arn));
  }
  co_return made;
}

}  // namespace ccloud::aws
