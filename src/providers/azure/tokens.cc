// OAuth 2 grants of the v2.0 endpoint, and the managed identities' own protocol.
#include "providers/azure/tokens.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "providers/azure/errors.h"
#include "providers/azure/jwt.h"

namespace ccloud::azure {
namespace {

using Form = std::vector<std::pair<std::string, std::string>>;

cloud::Call login_call(std::string what) {
  cloud::Call call{.what = std::move(what), .service = "login", .request = {}};
  call.max_attempts = 4;
  return call;
}

std::string token_url(const Login& login, const std::string& tenant) {
  return fmt::format("{}/{}/oauth2/v2.0/token", login.cloud.authority, percent_encode(tenant));
}

Task<Fetched> post_form(Context ctx, cloud::Caller& caller, const Login& login, std::string tenant,
                        Form form) {
  auto call = login_call(fmt::format("logging in at {} ({})", login.cloud.authority, login.source));
  form.emplace_back("scope", login.cloud.resource + "/.default");
  call.request = {.method = "POST",
                  .url = token_url(login, tenant),
                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                              {"Accept", "application/json"}},
                  .body = http::encode_query(form)};
  const auto response = co_await caller.call(ctx, std::move(call));
  co_return co_await read_token(response.body, ctx.wall_now());
}

Form with_assertion(const Login& login, std::string assertion) {
  return {{"grant_type", "client_credentials"},
          {"client_id", login.client_id},
          {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
          {"client_assertion", std::move(assertion)}};
}

Task<Fetched> hosted_identity(Context ctx, cloud::Caller& caller, Login login) {
  Form query{{"api-version", "2019-08-01"}, {"resource", login.cloud.resource + "/"}};
  if (!login.client_id.empty()) query.emplace_back("client_id", login.client_id);
  auto call = login_call("asking for the managed identity's token");
  call.request = {.url = login.identity_endpoint + "?" + http::encode_query(query),
                  .headers = {{"X-IDENTITY-HEADER", login.identity_header}}};
  call.send = {.timeout = std::chrono::seconds(10), .use_proxy = false};
  const auto response = co_await caller.call(ctx, std::move(call));
  co_return co_await read_token(response.body, ctx.wall_now());
}

Error no_identity(std::string_view why) {
  return make_error(
      ErrorCode::unauthenticated,
      fmt::format("there are no Azure credentials, and this machine has no managed identity ({})",
                  why),
      "az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET");
}

/// Without the header Metadata the service must refuse quickly: so it is known to be there.
Task<void> probe(Context ctx, cloud::Host& host, Login login) {
  http::Request request{.url = login.identity_endpoint +
                               "/metadata/identity/oauth2/token?api-version=2018-02-01"};
  http::SendOptions options{.timeout = std::chrono::seconds(1),
                            .connect_timeout = std::chrono::seconds(1),
                            .use_proxy = false};
  const auto answer = co_await host.http->send(ctx, std::move(request), options).result();
  if (ctx.ended()) co_return *ctx.ended();
  if (!answer) co_return no_identity(answer.error().message);
  // Other clouds have something at this address, too.
  if (answer->status != 400) co_return no_identity("its metadata service is not Azure's");
  co_return {};
}

Task<Fetched> machine_identity(Context ctx, cloud::Host& host, cloud::Caller& caller, Login login) {
  co_await probe(ctx, host, login);
  Form query{{"api-version", "2018-02-01"}, {"resource", login.cloud.resource + "/"}};
  if (!login.client_id.empty()) query.emplace_back("client_id", login.client_id);
  auto call = login_call("asking for the machine's managed identity");
  call.request = {.url = login.identity_endpoint + "/metadata/identity/oauth2/token?" +
                         http::encode_query(query),
                  .headers = {{"Metadata", "true"}}};
  call.send = {.timeout = std::chrono::seconds(10), .use_proxy = false};
  const auto response = co_await caller.call(ctx, std::move(call));
  co_return co_await read_token(response.body, ctx.wall_now());
}

Task<Fetched> cli(Context ctx, cloud::Host& host, cloud::Caller& caller, Login login) {
  const auto text = co_await host.read_file(login.cache_file);
  const auto cached = co_await read_cache(text, login, ctx.wall_now());
  if (!cached.access_token.empty()) {
    co_return Fetched{.value = cached.access_token, .expires = cached.expires};
  }
  Form form{{"grant_type", "refresh_token"},
            {"client_id", cached.client_id},
            {"refresh_token", cached.refresh_token}};
  auto fresh = co_await post_form(ctx, caller, login, cached.tenant, std::move(form)).result();
  if (!fresh && fresh.error().code == ErrorCode::unauthenticated) {
    Error error = fresh.error();
    error.remedy = "the Azure CLI's login has run out: az login";
    co_return error;
  }
  co_return fresh;
}

Task<Fetched> by_command(Context ctx, cloud::Host& host, Login login) {
  const std::vector<std::string> argv = {"/bin/sh", "-c", login.command};
  const auto printed = co_await host.run_command(ctx, argv);
  auto token = read_token(printed, ctx.wall_now());
  if (!token) {
    Error error = token.error();
    error.remedy =
        "credentials.command must print what `az account get-access-token --output json` prints";
    co_return error;
  }
  co_return token;
}

}  // namespace

Result<Fetched> read_token(std::string_view body, async::WallTime now) {
  const auto document = json::parse(body);
  const auto root = document ? document->root() : json::Value();
  Fetched out;
  out.value = root.get("access_token").string_or(root.get("accessToken").string_or());
  if (out.value.empty()) {
    return make_error(ErrorCode::unauthenticated, "the answer holds no access token",
                      "check the credentials and the login host");
  }
  if (const auto on = root.get("expires_on").to_int(); on) {
    out.expires = std::chrono::system_clock::from_time_t(static_cast<std::time_t>(*on));
  } else {
    out.expires = now + std::chrono::seconds(root.get("expires_in").to_int().value_or(600));
  }
  return out;
}

Task<Fetched> fetch_token(Context ctx, cloud::Host& host, cloud::Caller& caller, Login login) {
  switch (login.way) {
    case Way::secret: {
      Form form{{"grant_type", "client_credentials"},
                {"client_id", login.client_id},
                {"client_secret", login.secret}};
      co_return co_await post_form(ctx, caller, login, login.tenant, std::move(form));
    }
    case Way::certificate: {
      const Assertion assertion{.client_id = login.client_id,
                                .audience = token_url(login, login.tenant),
                                .jti = random_uuid(),
                                .now = ctx.wall_now()};
      const auto jwt = co_await sign_assertion(login.certificate, login.secret, assertion);
      co_return co_await post_form(ctx, caller, login, login.tenant, with_assertion(login, jwt));
    }
    case Way::federated: {
      // Read each time: whoever writes the file replaces it every hour.
      const auto token = co_await host.read_file(login.token_file);
      co_return co_await post_form(ctx, caller, login, login.tenant,
                                   with_assertion(login, std::string(trim(token))));
    }
    case Way::hosted_identity:
      co_return co_await hosted_identity(ctx, caller, login);
    case Way::machine_identity:
      co_return co_await machine_identity(ctx, host, caller, login);
    case Way::cli:
      co_return co_await cli(ctx, host, caller, login);
    case Way::command:
      co_return co_await by_command(ctx, host, login);
  }
  co_return make_error(ErrorCode::internal, "an unknown way to log in");
}

}  // namespace ccloud::azure
