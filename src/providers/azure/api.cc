// The dialect: a bearer token, a new one after a 401; operations as the Resource Manager's
// guidelines have them (Azure-AsyncOperation, then Location, then provisioningState).
#include "providers/azure/api.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/caller.h"
#include "cloud/paging.h"
#include "cloud/renewing.h"
#include "providers/azure/errors.h"
#include "providers/azure/tokens.h"

namespace ccloud::azure {
namespace {

/// Its buckets hold 200 writes per region, and a node takes three (fact sheet 8).
constexpr std::size_t calls_at_once = 64;
constexpr std::chrono::milliseconds shortest_wait{100};
constexpr std::chrono::milliseconds longest_wait{10'000};

std::string with_version(std::string url, std::string_view version) {
  return fmt::format("{}{}api-version={}", url, url.find('?') == std::string::npos ? '?' : '&',
                     version);
}

Result<json::Document> read_body(const std::string& body) {
  return json::parse(trim(body).empty() ? std::string_view("null") : std::string_view(body));
}

/// Ids come in any case; ours are in one, so that they can be compared.
Login with_lower_subscription(Login login) {
  login.subscription = to_lower(login.subscription);
  return login;
}

bool has_ended(std::string_view state) { return state.empty() || state == "succeeded"; }
bool has_failed(std::string_view state) { return state == "failed" || state == "canceled"; }

Error failure_of(const Operation& operation, json::Value error, std::string_view state) {
  Error out = classify(error, 0);
  if (error.get("message").string_or().empty()) {
    out = make_error(ErrorCode::internal, fmt::format("the operation ended as {}", state));
  }
  out.region = operation.region;
  return with_context(std::move(out), operation.what);
}

}  // namespace

struct Api::State : cloud::Dialect {
  State(cloud::Host h, cloud::ProviderSettings s, Login l)
      : host(h),
        settings(std::move(s)),
        login(with_lower_subscription(std::move(l))),
        token(*h.loop, std::chrono::minutes(5),
              [this](Context ctx) { return fetch_token(ctx, host, logins, login); }),
        caller(h, *this,
               {.provider = settings.name,
                .user_agent = cloud::user_agent(settings),
                .concurrency = settings.concurrency.value_or(calls_at_once)}),
        logins(h, *this,
               {.provider = settings.name,
                .user_agent = cloud::user_agent(settings),
                .concurrency = 1}) {}

  Task<cloud::Signed> sign(Context ctx, const cloud::Call& call, async::WallTime) override {
    cloud::Signed out{.request = call.request};
    auto& headers = out.request.headers;
    if (call.service != "arm") co_return out;
    const auto current = co_await token.get(ctx);
    out.credentials = current.generation;
    http::set_header(headers, "Authorization", "Bearer " + current.value);
    http::set_header(headers, "Accept", "application/json");
    if (!out.request.body.empty()) http::set_header(headers, "Content-Type", "application/json");
    co_return out;
  }

  std::optional<cloud::Failure> classify(const cloud::Call& call,
                                         const http::Response& response) override {
    if (response.status < 400) return std::nullopt;
    if (call.service == "login") return cloud::Failure{.error = classify_login(response)};
    cloud::Failure failure{.error = azure::classify(response)};
    if (call.service == "arm" && is_expired_token(failure.error)) {
      failure.hint = cloud::Hint::renew_credentials;
    }
    return failure;
  }

  void drop_credentials(std::uint64_t generation) override { token.drop(generation); }

  /// Resource Manager's buckets per region and principal. An endpoint of one's own has others: it
  /// tells by 429.
  async::Rate rate_of(const std::string& method) const {
    const bool is_azures = login.cloud.arm == login.cloud.resource;
    if (!is_azures) return {.burst = 5000, .per_second = 2000};
    if (method == "GET") return {.burst = 250, .per_second = 25};
    return {.burst = 200, .per_second = 10};
  }

  Task<http::Response> call(Context ctx, Call one, std::string url) {
    cloud::Call out{.what = one.what,
                    .service = "arm",
                    .region = one.region,
                    .request = {.method = one.method,
                                .url = std::move(url),
                                .headers = std::move(one.headers),
                                .body = std::move(one.body)},
                    .send = {.timeout = std::chrono::seconds(120)}};
    out.rate_class = one.method == "GET" ? "reads" : one.method == "DELETE" ? "deletes" : "writes";
    out.rate = rate_of(one.method);
    co_return co_await caller.call(ctx, std::move(out));
  }

  cloud::Host host;
  cloud::ProviderSettings settings;
  Login login;
  cloud::Renewing<std::string> token;
  cloud::Caller caller;
  cloud::Caller logins;
};

Api::Api(cloud::Host host, cloud::ProviderSettings settings, Login login)
    : state_(std::make_unique<State>(std::move(host), std::move(settings), std::move(login))) {}
Api::~Api() = default;

const Login& Api::login() const { return state_->login; }

Task<std::string> Api::subscription(Context ctx) {
  auto& known = state_->login.subscription;
  if (!known.empty()) co_return known;
  const auto found = co_await pages(ctx, {.path = "/subscriptions",
                                          .version = versions().subscriptions,
                                          .what = "looking for the subscription"});
  std::vector<std::string> ids;
  for (const auto& page : found) {
    for (const auto& item : page.root().get("value").items()) {
      if (item.get("state").string_or("Enabled") != "Enabled") continue;
      ids.push_back(item.get("subscriptionId").string_or());
    }
  }
  if (ids.size() != 1) {
    co_return make_error(
        ids.empty() ? ErrorCode::permission_denied : ErrorCode::invalid_argument,
        ids.empty() ? std::string("these credentials see no Azure subscription")
                    : fmt::format("these credentials see {} Azure subscriptions", ids.size()),
        "set AZURE_SUBSCRIPTION_ID, or the provider's `account`");
  }
  known = to_lower(ids.front());
  co_return known;
}

Task<json::Document> Api::get(Context ctx, Call call) {
  auto url = with_version(login().cloud.arm + call.path, call.version);
  const auto response = co_await state_->call(ctx, std::move(call), std::move(url));
  co_return co_await read_body(response.body);
}

Task<json::Document> Api::page(Context ctx, Call call, std::string url) {
  if (!is_same_origin(url, login().cloud.arm)) {
    co_return make_error(ErrorCode::protocol, fmt::format("{}: the list's next page is not at {}",
                                                          call.what, login().cloud.arm));
  }
  const auto response = co_await state_->call(ctx, std::move(call), std::move(url));
  co_return co_await read_body(response.body);
}

Task<std::vector<json::Document>> Api::pages(Context ctx, Call call) {
  std::vector<json::Document> out;
  const auto first = with_version(login().cloud.arm + call.path, call.version);
  const auto fetch = [&](const std::string& next) {
    return page(ctx, call, next.empty() ? first : next);
  };
  co_await cloud::for_each_page(ctx, fetch, [&](json::Document got) {
    out.push_back(std::move(got));
    return out.back().root().get("nextLink").string_or();
  });
  co_return out;
}

Task<Accepted> Api::send(Context ctx, Call call) {
  const auto url = with_version(login().cloud.arm + call.path, call.version);
  const auto response = co_await state_->call(ctx, call, url);
  Accepted out{.status = response.status,
               .body = co_await read_body(response.body),
               .operation = std::nullopt};
  Operation operation{.url = {}, .region = call.region, .what = call.what};
  operation.wait = cloud::retry_after_of(response, ctx.wall_now());
  const std::string status_url(http::find_header(response.headers, "azure-asyncoperation"));
  const std::string location(http::find_header(response.headers, "location"));
  const auto state =
      to_lower(out.body.root().get("properties").get("provisioningState").string_or());
  const bool is_change = call.method == "PUT" || call.method == "PATCH";
  if (!status_url.empty()) {
    operation.url = status_url;
    operation.has_status_document = true;
  } else if (response.status == 202 && !location.empty()) {
    operation.url = location;
  } else if (is_change && has_failed(state)) {
    co_return failure_of(operation, json::Value(), state);
  } else if (is_change && !has_ended(state)) {
    operation.url = url;
    operation.is_resource = true;
  } else {
    co_return out;
  }
  if (!is_same_origin(operation.url, login().cloud.arm)) {
    co_return make_error(ErrorCode::protocol, fmt::format("{}: the operation is not at {}",
                                                          call.what, login().cloud.arm));
  }
  out.operation = std::move(operation);
  co_return out;
}

Task<bool> Api::wait(Context ctx, Operation operation, async::Duration patience) {
  const auto begin = ctx.now();
  auto pause = std::chrono::milliseconds(1000);
  int unknown = 0;
  while (true) {
    const auto wanted = std::max(operation.wait.value_or(pause), shortest_wait);
    if (ctx.now() + wanted - begin > patience) co_return false;
    co_await ctx.sleep(wanted);
    pause = std::min(pause + pause / 2, longest_wait);
    auto polled =
        co_await state_
            ->call(ctx, {.region = operation.region, .what = operation.what}, operation.url)
            .result();
    if (!polled) {
      const bool is_gone = polled.error().code == ErrorCode::not_found;
      // What was just accepted may not be known everywhere yet.
      if (is_gone && operation.has_status_document && ++unknown < 5) continue;
      if (is_gone && !operation.has_status_document) co_return true;
      co_return polled.error();
    }
    operation.wait = cloud::retry_after_of(*polled, ctx.wall_now());
    const auto body = co_await read_body(polled->body);
    const auto root = body.root();
    if (operation.has_status_document) {
      const auto status = to_lower(root.get("status").string_or());
      if (has_failed(status)) co_return failure_of(operation, root.get("error"), status);
      if (has_ended(status)) co_return true;
    } else if (operation.is_resource) {
      const auto state = to_lower(root.get("properties").get("provisioningState").string_or());
      if (has_failed(state)) co_return failure_of(operation, json::Value(), state);
      if (has_ended(state)) co_return true;
    } else if (polled->status != 202) {
      co_return true;
    }
  }
}

Task<json::Document> Api::carry_out(Context ctx, Call call, async::Duration patience) {
  const auto what = call.what;
  auto accepted = co_await send(ctx, std::move(call));
  if (accepted.operation) {
    const bool is_done = co_await wait(ctx, *accepted.operation, patience);
    if (!is_done) {
      co_return make_error(ErrorCode::timed_out,
                           fmt::format("{}: not done after {}", what, format_duration(patience)),
                           "run the command again; it takes up where this one ended");
    }
  }
  co_return std::move(accepted.body);
}

Task<std::string> Api::read_blob(Context ctx, std::string url, std::string what) {
  cloud::Call call{.what = std::move(what), .service = "blob", .request = {.url = std::move(url)}};
  const auto response = co_await state_->caller.call(ctx, std::move(call));
  co_return response.body;
}

}  // namespace ccloud::azure
