// The dialect: a bearer token, a new one after a 401; operations by their `wait` calls, which have
// slots of their own so that waiting never holds up acting.
#include "providers/gcp/api.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/caller.h"
#include "cloud/paging.h"
#include "cloud/renewing.h"
#include "providers/gcp/errors.h"
#include "providers/gcp/names.h"
#include "providers/gcp/tokens.h"

namespace ccloud::gcp {
namespace {

/// `wait` blocks for two minutes at most.
constexpr std::chrono::seconds longest_wait_call{150};
/// An open wait costs a connection and nothing else.
constexpr std::size_t waits_for_a_call = 4;
constexpr std::chrono::milliseconds shortest_pause{200};
constexpr std::chrono::milliseconds longest_pause{5'000};

Result<json::Document> read_body(const http::Response& response) {
  return json::parse(trim(response.body).empty() ? std::string_view("null")
                                                 : std::string_view(response.body));
}

bool has_request_id(const Query& query) {
  for (const auto& [key, value] : query) {
    if (key == "requestId") return true;
  }
  return false;
}

/// "/projects/p" of "/projects/p/zones/z/instances".
std::string project_path_of(std::string_view path) {
  return std::string(path.substr(0, path.find('/', std::string_view("/projects/").size())));
}

Error still_open(const Operation& operation, async::Duration patience) {
  return make_error(ErrorCode::timed_out,
                    fmt::format("{}: not done after {}", operation.what, format_duration(patience)),
                    "run the command again; it takes up where this one ended");
}

}  // namespace

struct Api::State : cloud::Dialect {
  State(cloud::Host h, cloud::ProviderSettings s, Login l)
      : host(h),
        settings(std::move(s)),
        login(std::move(l)),
        token(*h.loop, std::chrono::minutes(4),
              [this](Context ctx) { return fetch_token(ctx, host, logins, login); }),
        calls_at_once(settings.concurrency.value_or(cloud::usual_concurrency)),
        caller(h, *this, options(calls_at_once)),
        machine_waits(h, *this, options(calls_at_once * waits_for_a_call)),
        ground_waits(h, *this, options(calls_at_once)),
        logins(h, *this, options(1)) {}

  cloud::CallerOptions options(std::size_t concurrency) const {
    return {.provider = settings.name,
            .user_agent = cloud::user_agent(settings),
            .concurrency = concurrency};
  }

  Task<cloud::Signed> sign(Context ctx, const cloud::Call& call, async::WallTime) override {
    cloud::Signed out{.request = call.request};
    if (call.service != "compute") co_return out;
    const auto current = co_await token.get(ctx);
    out.credentials = current.generation;
    auto& headers = out.request.headers;
    http::set_header(headers, "Authorization", "Bearer " + current.value);
    http::set_header(headers, "Accept", "application/json");
    if (!out.request.body.empty()) http::set_header(headers, "Content-Type", "application/json");
    if (!login.quota_project.empty()) {
      http::set_header(headers, "x-goog-user-project", login.quota_project);
    }
    co_return out;
  }

  std::optional<cloud::Failure> classify(const cloud::Call& call,
                                         const http::Response& response) override {
    if (response.status < 400) return std::nullopt;
    if (call.service == "login") return cloud::Failure{.error = classify_login(response)};
    cloud::Failure failure{.error = gcp::classify(response)};
    if (response.status == 401) failure.hint = cloud::Hint::renew_credentials;
    return failure;
  }

  void drop_credentials(std::uint64_t generation) override { token.drop(generation); }

  /// 1,500 requests a minute and group of methods. An endpoint of one's own has others: it tells.
  async::Rate rate() const {
    if (!login.is_googles_endpoint) return {.burst = 5000, .per_second = 2000};
    return {.burst = 250, .per_second = 20};
  }

  cloud::Call prepare(Call one) const {
    auto url = login.base + one.path;
    if (!one.query.empty()) url += "?" + http::encode_query(one.query);
    cloud::Call out{.what = std::move(one.what),
                    .service = "compute",
                    .region = std::move(one.region),
                    .request = {.method = one.method,
                                .url = std::move(url),
                                .headers = {},
                                .body = std::move(one.body)},
                    .send = {.timeout = std::chrono::seconds(90)}};
    out.rate_class = one.method == "GET" ? "reads" : "writes";
    out.rate = rate();
    return out;
  }

  cloud::Host host;
  cloud::ProviderSettings settings;
  Login login;
  cloud::Renewing<std::string> token;
  std::size_t calls_at_once;
  cloud::Caller caller;
  cloud::Caller machine_waits;  ///< in zones: a boot long
  cloud::Caller
      ground_waits;  ///< for networks and firewalls, which a hundred boots must not hold up
  cloud::Caller logins;
};

Api::Api(cloud::Host host, cloud::ProviderSettings settings, Login login)
    : state_(std::make_unique<State>(std::move(host), std::move(settings), std::move(login))) {}
Api::~Api() = default;

const Login& Api::login() const { return state_->login; }

Task<std::string> Api::project(Context ctx) {
  auto& known = state_->login.project;
  if (known.empty()) {
    auto asked = co_await fetch_project(ctx, state_->host, state_->login).result();
    if (!asked) {
      asked.error().provider = state_->settings.name;
      co_return asked.error();
    }
    known = std::move(*asked);
  }
  co_return known;
}

Task<json::Document> Api::get(Context ctx, Call call) {
  const auto response = co_await state_->caller.call(ctx, state_->prepare(std::move(call)));
  co_return co_await read_body(response);
}

Task<std::vector<json::Document>> Api::pages(Context ctx, Call call) {
  std::vector<json::Document> out;
  call.query.emplace_back("maxResults", "500");
  const auto fetch = [&](const std::string& token) {
    Call one = call;
    if (!token.empty()) one.query.emplace_back("pageToken", token);
    return get(ctx, std::move(one));
  };
  co_await cloud::for_each_page(ctx, fetch, [&](json::Document page) {
    out.push_back(std::move(page));
    return out.back().root().get("nextPageToken").string_or();
  });
  co_return out;
}

Task<Operation> Api::send(Context ctx, Call call) {
  if (!has_request_id(call.query)) call.query.emplace_back("requestId", random_uuid());
  const auto project_path = project_path_of(call.path);
  const auto what = call.what;
  const auto region = call.region;
  const auto response = co_await state_->caller.call(ctx, state_->prepare(std::move(call)));
  const auto body = co_await read_body(response);
  auto out = parse_operation(body.root(), project_path);
  if (out.path.empty()) {
    co_return make_error(ErrorCode::protocol, what + ": the answer is no operation");
  }
  out.what = what;
  out.region = region;
  const auto began = parse_time(body.root().get("insertTime").string_or());
  const auto date = cloud::parse_http_date(http::find_header(response.headers, "date"));
  if (began) {
    out.age =
        std::chrono::duration_cast<std::chrono::seconds>(date.value_or(ctx.wall_now()) - *began);
  }
  co_return out;
}

Task<Operation> Api::wait(Context ctx, Operation operation, async::Duration patience) {
  const auto begin = ctx.now();
  const bool is_in_zone = operation.path.find("/zones/") != std::string::npos;
  auto& lane = is_in_zone ? state_->machine_waits : state_->ground_waits;
  auto pause = shortest_pause;
  int unknown = 0;
  while (!operation.is_done && ctx.now() - begin < patience) {
    const auto asked = ctx.now();
    auto call = state_->prepare({.region = operation.region,
                                 .method = "POST",
                                 .path = operation.path + "/wait",
                                 .what = operation.what});
    call.send.timeout = longest_wait_call;
    auto response = co_await lane.call(ctx, std::move(call)).result();
    // What was just accepted may not be known everywhere yet.
    if (!response && response.error().code == ErrorCode::not_found && ++unknown < 5) {
      co_await ctx.sleep(pause);
      continue;
    }
    if (!response) co_return response.error();
    const auto body = co_await read_body(*response);
    auto seen = parse_operation(body.root(), project_path_of(operation.path));
    operation.is_done = seen.is_done;
    operation.error = std::move(seen.error);
    if (operation.target_id.empty()) operation.target_id = seen.target_id;
    // It waits as long as it likes: when that is not at all, we do.
    if (!operation.is_done && ctx.now() - asked < pause) co_await ctx.sleep(pause);
    pause = std::min(pause * 3 / 2, longest_pause);
  }
  if (operation.error) {
    operation.error->region = operation.region;
    operation.error->provider = state_->settings.name;
    operation.error = with_context(std::move(*operation.error), operation.what);
  }
  co_return operation;
}

Task<Operation> Api::carry_out(Context ctx, Call call, async::Duration patience) {
  auto sent = co_await send(ctx, std::move(call));
  auto done = co_await wait(ctx, std::move(sent), patience);
  if (!done.is_done) co_return still_open(done, patience);
  if (done.error) co_return *done.error;
  co_return done;
}

Operation parse_operation(json::Value root, std::string_view project_path) {
  Operation out;
  const auto name = root.get("name").string_or();
  if (name.empty() || !root.has("status")) return out;
  // Zone, region and global operations have different addresses; the answer says which it is.
  const auto zone = last_part(root.get("zone").string_or());
  const auto region = last_part(root.get("region").string_or());
  const auto scope = !zone.empty()     ? "zones/" + zone
                     : !region.empty() ? "regions/" + region
                                       : std::string("global");
  out.path = fmt::format("{}/{}/operations/{}", project_path, scope, percent_encode(name));
  const auto id_of = [&](std::string_view key) {
    const auto value = root.get(key);
    return value.is_string() ? value.string_or() : value.exists() ? value.text() : std::string();
  };
  out.id = id_of("id");
  out.target_id = id_of("targetId");
  out.is_done = root.get("status").string_or() == "DONE";
  if (out.is_done && root.get("error").get("errors").size() > 0) {
    out.error = classify_operation(root);
  }
  return out;
}

}  // namespace ccloud::gcp
