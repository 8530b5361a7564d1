// OAuth 2 grants (RFC 7523, RFC 8693), IAM's generateAccessToken, the metadata server.
#include "providers/gcp/tokens.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"
#include "providers/gcp/jwt.h"

namespace ccloud::gcp {
namespace {

using Form = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view scope = "https://www.googleapis.com/auth/cloud-platform";
/// What a command prints says nothing of its end; gcloud renews its tokens an hour long.
constexpr std::chrono::minutes presumed_life{30};

cloud::Call login_call(std::string what, http::Request request) {
  cloud::Call call{.what = std::move(what), .service = "login", .request = std::move(request)};
  call.send = {.timeout = std::chrono::seconds(20)};
  call.max_attempts = 4;
  return call;
}

std::string logging_in(const Credentials& credentials) {
  return fmt::format("logging in to Google Cloud ({})", credentials.source);
}

Task<Fetched> post_form(Context ctx, cloud::Caller& caller, const Credentials& credentials,
                        Form form) {
  http::Request request{.method = "POST",
                        .url = credentials.token_url,
                        .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                                    {"Accept", "application/json"}},
                        .body = http::encode_query(form)};
  if (credentials.way == Way::federated && !credentials.client_id.empty()) {
    const auto pair = credentials.client_id + ":" + credentials.client_secret;
    http::set_header(request.headers, "Authorization", "Basic " + base64(pair));
  }
  const auto response =
      co_await caller.call(ctx, login_call(logging_in(credentials), std::move(request)));
  co_return co_await read_token(response.body, ctx.wall_now());
}

Task<Fetched> by_key(Context ctx, cloud::Caller& caller, const Credentials& credentials) {
  const bool is_google = credentials.universe == "googleapis.com";
  const Assertion assertion{.email = credentials.email,
                            .key_id = credentials.key_id,
                            .audience = is_google ? credentials.token_url : std::string(),
                            .scope = std::string(scope),
                            .now = ctx.wall_now()};
  auto jwt = co_await sign_assertion(credentials.private_key, assertion);
  if (!is_google) {  // other universes have no token server: the assertion is the token
    co_return Fetched{.value = std::move(jwt), .expires = ctx.wall_now() + std::chrono::hours(1)};
  }
  co_return co_await post_form(ctx, caller, credentials,
                               {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                {"assertion", std::move(jwt)}});
}

/// The other identity's token; read each time, since whoever writes the file replaces it.
Task<std::string> subject_token(Context ctx, cloud::Host& host, cloud::Caller& caller,
                                const Credentials& credentials) {
  std::string text;
  if (!credentials.subject_file.empty()) {
    auto read = host.read_file(credentials.subject_file);
    if (!read) {
      co_return make_error(ErrorCode::unauthenticated,
                           fmt::format("the token file {} cannot be read ({})",
                                       credentials.subject_file, credentials.source),
                           "is the workload's identity token mounted there?");
    }
    text = std::move(*read);
  } else {
    auto call = login_call("asking for the workload's own token", {.url = credentials.subject_url});
    for (const auto& [name, value] : credentials.subject_headers) {
      http::set_header(call.request.headers, name, value);
    }
    call.send.use_proxy = false;
    text = (co_await caller.call(ctx, std::move(call))).body;
  }
  if (credentials.subject_field.empty()) co_return std::string(trim(text));
  const auto document = json::parse(text);
  auto token = document ? document->root().get(credentials.subject_field).string_or() : "";
  if (token.empty()) {
    co_return make_error(ErrorCode::unauthenticated,
                         fmt::format("the workload's token has no field \"{}\" ({})",
                                     credentials.subject_field, credentials.source));
  }
  co_return token;
}

Task<Fetched> impersonate(Context ctx, cloud::Caller& caller, const Credentials& credentials,
                          std::string token) {
  json::Writer body;
  body.begin_object();
  if (!credentials.delegates.empty()) body.member("delegates", credentials.delegates);
  body.key("scope").begin_array().value(scope).end_array().member("lifetime", "3600s").end_object();
  http::Request request{
      .method = "POST",
      .url = credentials.impersonation_url,
      .headers = {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
      .body = body.take()};
  const auto response = co_await caller.call(
      ctx, login_call(fmt::format("becoming {}", credentials.who), std::move(request)));
  co_return co_await read_token(response.body, ctx.wall_now());
}

Task<Fetched> federated(Context ctx, cloud::Host& host, cloud::Caller& caller,
                        const Credentials& credentials) {
  auto subject = co_await subject_token(ctx, host, caller, credentials);
  Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
            {"audience", credentials.audience},
            {"scope", std::string(scope)},
            {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
            {"subject_token_type", credentials.subject_token_type},
            {"subject_token", std::move(subject)}};
  auto fetched = co_await post_form(ctx, caller, credentials, std::move(form));
  if (credentials.impersonation_url.empty()) co_return fetched;
  co_return co_await impersonate(ctx, caller, credentials, std::move(fetched.value));
}

Task<Fetched> by_command(Context ctx, cloud::Host& host, const Credentials& credentials) {
  const auto printed = co_await host.run_command(ctx, {"/bin/sh", "-c", credentials.command});
  auto token = read_token(printed, ctx.wall_now());
  if (!token) {
    Error error = token.error();
    error.remedy =
        "credentials.command must print a token, as gcloud auth print-access-token does, or JSON "
        "with access_token";
    co_return error;
  }
  co_return token;
}

/// One GET at the metadata server, which answers within a second or is not there.
Task<std::string> ask_metadata(Context ctx, cloud::Host& host, const Login& login,
                               std::string path) {
  http::Request request{.url = login.metadata + "/computeMetadata/v1/" + path,
                        .headers = {{"Metadata-Flavor", "Google"}}};
  const http::SendOptions options{.timeout = std::chrono::seconds(3),
                                  .connect_timeout = std::chrono::seconds(1),
                                  .use_proxy = false};
  const auto answer = co_await host.http->send(ctx, std::move(request), options).result();
  if (ctx.ended()) co_return *ctx.ended();
  std::string why;
  if (!answer) {
    why = answer.error().message;
  } else if (http::find_header(answer->headers, "metadata-flavor") != "Google") {
    why = "what answers there is not Google's metadata server";  // other clouds have one, too
  } else if (answer->status == 404) {
    why = "it has no service account";
  } else if (answer->status != 200) {
    why = fmt::format("its metadata server answered HTTP {}", answer->status);
  } else {
    co_return answer->body;
  }
  co_return make_error(
      ErrorCode::unauthenticated,
      fmt::format("there are no Google Cloud credentials, and this machine has none of its own: {}",
                  why),
      "gcloud auth application-default login, or point GOOGLE_APPLICATION_CREDENTIALS at a key "
      "file");
}

}  // namespace

Result<Fetched> read_token(std::string_view body, async::WallTime now) {
  const auto text = trim(body);
  const auto nothing = [] {
    return make_error(ErrorCode::unauthenticated, "the answer holds no access token",
                      "check the credentials and the token server");
  };
  if (!text.starts_with('{')) {
    const bool is_token = !text.empty() && text.find_first_of(" \t\r\n<") == std::string_view::npos;
    if (!is_token) return nothing();
    return Fetched{.value = std::string(text), .expires = now + presumed_life};
  }
  const auto document = json::parse(text);
  if (!document) return nothing();
  auto root = document->root();
  if (root.get("credential").is_object()) root = root.get("credential");  // config-helper
  Fetched out;
  for (const auto* name : {"access_token", "accessToken", "token"}) {
    if (out.value.empty()) out.value = root.get(name).string_or();
  }
  if (out.value.empty()) return nothing();
  for (const auto* name : {"expireTime", "token_expiry", "expiry"}) {
    if (const auto at = parse_time(root.get(name).string_or())) out.expires = *at;
  }
  if (!out.expires) {
    const auto seconds = root.get("expires_in").to_int();
    out.expires = seconds ? now + std::chrono::seconds(*seconds) : now + presumed_life;
  }
  return out;
}

Task<Fetched> fetch_token(Context ctx, cloud::Host& host, cloud::Caller& caller,
                          const Login& login) {
  const auto& credentials = login.credentials;
  switch (credentials.way) {
    case Way::service_account:
      co_return co_await by_key(ctx, caller, credentials);
    case Way::user:
      co_return co_await post_form(ctx, caller, credentials,
                                   {{"grant_type", "refresh_token"},
                                    {"client_id", credentials.client_id},
                                    {"client_secret", credentials.client_secret},
                                    {"refresh_token", credentials.refresh_token}});
    case Way::federated:
      co_return co_await federated(ctx, host, caller, credentials);
    case Way::impersonated: {
      Login inner = login;
      inner.credentials = *credentials.base;
      auto base = co_await fetch_token(ctx, host, caller, inner);
      co_return co_await impersonate(ctx, caller, credentials, std::move(base.value));
    }
    case Way::command:
      co_return co_await by_command(ctx, host, credentials);
    case Way::metadata: {
      const auto body =
          co_await ask_metadata(ctx, host, login, "instance/service-accounts/default/token");
      co_return co_await read_token(body, ctx.wall_now());
    }
  }
  co_return make_error(ErrorCode::internal, "an unknown way to log in");
}

Task<std::string> fetch_project(Context ctx, cloud::Host& host, const Login& login) {
  const auto body = co_await ask_metadata(ctx, host, login, "project/project-id");
  co_return std::string(trim(body));
}

}  // namespace ccloud::gcp
