// The dialect: X-Auth-Token, the microversion of the region, a new token after a 401.
#include "providers/openstack/api.h"

#include <map>

#include <fmt/format.h>

#include "cloud/caller.h"
#include "cloud/paging.h"
#include "cloud/renewing.h"
#include "providers/openstack/errors.h"
#include "providers/openstack/versions.h"

namespace ccloud::openstack {
namespace {

/// Nova's answer to a microversion that it does not know.
constexpr int not_acceptable = 406;
constexpr std::string_view version_refused = "microversion";

/// No limits by default, and a node takes three calls; how many servers are made at once is bounded
/// by itself.
constexpr std::size_t calls_at_once = 64;

}  // namespace

struct Api::State : cloud::Dialect {
  State(cloud::Host h, cloud::ProviderSettings s, Login l)
      : host(h),
        settings(std::move(s)),
        login(std::move(l)),
        token(*h.loop, std::chrono::minutes(2), [this](Context ctx) { return fetch(ctx); }),
        caller(h, *this,
               {.provider = settings.name,
                .concurrency = settings.concurrency.value_or(calls_at_once)}),
        // Logging in is a call like the others, but for the token it does not have yet.
        identity(h, *this, {.provider = settings.name, .concurrency = 1}) {}

  Task<cloud::Renewing<Token>::Fetched> fetch(Context ctx) {
    cloud::Call call{.what = fmt::format("logging in at {}", login.auth_url),
                     .service = "identity",
                     .request = {.method = "POST",
                                 .url = login.auth_url + "/auth/tokens",
                                 .headers = {{"Content-Type", "application/json"},
                                             {"Accept", "application/json"}},
                                 .body = login.token_request},
                     .max_attempts = 4};
    const auto response = co_await identity.call(ctx, std::move(call));
    Token fresh = co_await parse_token(response);
    const auto expires = fresh.expires;
    co_return cloud::Renewing<Token>::Fetched{.value = std::move(fresh), .expires = expires};
  }

  Task<cloud::Signed> sign(Context ctx, const cloud::Call& call, async::WallTime) override {
    cloud::Signed out{.request = call.request};
    auto& headers = out.request.headers;
    http::set_header(headers, "User-Agent", cloud::user_agent(settings));
    if (call.service == "identity") co_return out;
    const auto current = co_await token.get(ctx);
    out.credentials = current.generation;
    http::set_header(headers, "X-Auth-Token", current.value.value);
    http::set_header(headers, "Accept", "application/json");
    if (!out.request.body.empty()) http::set_header(headers, "Content-Type", "application/json");
    if (call.service == "compute") {
      http::set_header(headers, "OpenStack-API-Version",
                       fmt::format("compute 2.{}", minor_of(call.region)));
    }
    co_return out;
  }

  int minor_of(const std::string& region) const {
    const auto known = minors.find(region);
    return known == minors.end() ? newest_minor : known->second;
  }

  std::optional<cloud::Failure> classify(const cloud::Call& call,
                                         const http::Response& response) override {
    if (response.status < 400) return std::nullopt;
    cloud::Failure failure{.error = openstack::classify(response)};
    if (failure.error.code == ErrorCode::unauthenticated && call.service != "identity") {
      failure.hint = cloud::Hint::renew_credentials;
    }
    if (response.status == not_acceptable && call.service == "compute") {
      failure.error.raw_code = version_refused;
    }
    return failure;
  }

  void drop_credentials(std::uint64_t generation) override { token.drop(generation); }

  cloud::Host host;
  cloud::ProviderSettings settings;
  Login login;
  std::map<std::string, int> minors;  ///< of the regions that refused ours
  cloud::Renewing<Token> token;
  cloud::Caller caller;
  cloud::Caller identity;
};

Api::Api(cloud::Host host, cloud::ProviderSettings settings, Login login)
    : state_(std::make_unique<State>(std::move(host), std::move(settings), std::move(login))) {}
Api::~Api() = default;

const Login& Api::login() const { return state_->login; }

Task<Token> Api::token(Context ctx) { co_return (co_await state_->token.get(ctx)).value; }

Task<json::Document> Api::send(Context ctx, Call call) {
  const auto current = co_await token(ctx);
  const auto base = co_await endpoint_of(current, state_->login, call.service, call.region);
  cloud::Call out{
      .what = call.what,
      .service = std::string(to_string(call.service)),
      .region = call.region,
      .request = {.method = call.method, .url = base + call.path, .headers = {}, .body = call.body},
      .idempotency = call.idempotency,
      .send = {.timeout = std::chrono::seconds(180)}};
  const int minor = state_->minor_of(call.region);
  auto first = co_await state_->caller.call(ctx, out).result();
  if (!first && first.error().raw_code == version_refused && minor == newest_minor) {
    co_await agree(ctx, call.region, base);
    first =
        co_await state_->caller.call(ctx, std::move(out)).result();  // the refused one did nothing
  }
  const auto response = co_await std::move(first);
  co_return co_await json::parse(response.body.empty() ? std::string_view("null")
                                                       : std::string_view(response.body));
}

Task<void> Api::agree(Context ctx, std::string region, std::string endpoint) {
  cloud::Call ask{.what = "asking for the compute API's versions",
                  .service = "versions",
                  .region = region,
                  .request = {.method = "GET", .url = version_root(endpoint)}};
  const auto response = co_await state_->caller.call(ctx, std::move(ask));
  const auto document = co_await json::parse(response.body);
  state_->minors[region] = co_await common_minor(document.root());
  co_return {};
}

Task<std::vector<json::Document>> Api::pages(Context ctx, Call call, std::string collection) {
  std::vector<json::Document> out;
  const auto fetch = [&](const std::string& marker) {
    Call page = call;
    if (!marker.empty()) {
      page.path +=
          fmt::format("{}marker={}", page.path.find('?') == std::string::npos ? '?' : '&', marker);
    }
    return send(ctx, std::move(page));
  };
  co_await cloud::for_each_page(ctx, fetch, [&](json::Document page) {
    out.push_back(std::move(page));
    const auto root = out.back().root();
    const auto items = root.get(collection).items();
    // The service links to the next page when there may be one; the marker is the last id.
    if (items.empty() || root.get(collection + "_links").size() == 0) return std::string();
    return items.back().get("id").string_or();
  });
  co_return out;
}

}  // namespace ccloud::openstack
