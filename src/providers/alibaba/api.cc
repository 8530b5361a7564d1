// RPC style: everything is a parameter; long ones (user data) make it a form in the body.
#include "providers/alibaba/api.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/caller.h"
#include "cloud/paging.h"
#include "cloud/renewing.h"
#include "providers/alibaba/credentials.h"
#include "providers/alibaba/errors.h"

namespace ccloud::alibaba {
namespace {

constexpr cloud::PollPolicy patience{.first = std::chrono::milliseconds(500),
                                     .most = std::chrono::seconds(10),
                                     .deadline = std::chrono::minutes(5)};

struct ProductFacts {
  std::string_view name;
  std::string_view version;
};

const ProductFacts& facts_of(Product product) {
  static constexpr std::array<ProductFacts, 3> facts = {
      {{"ecs", "2014-05-26"}, {"vpc", "2016-04-28"}, {"sts", "2015-04-01"}}};
  return facts.at(static_cast<std::size_t>(product));
}

/// Regions that kept the hosts they began with; the rest is regional. As in the endpoint tables of
/// the vendor's clients (ecs20140526 7.11, vpc20160428 7.3).
struct OldHosts {
  std::string_view region;
  std::string_view ecs;
};
constexpr std::array<OldHosts, 6> old_hosts = {
    {{"cn-hangzhou", "ecs-cn-hangzhou.aliyuncs.com"},
     {"cn-shanghai-finance-1", "ecs-cn-hangzhou.aliyuncs.com"},
     {"cn-shenzhen-finance-1", "ecs-cn-hangzhou.aliyuncs.com"},
     {"cn-hangzhou-finance", "ecs.aliyuncs.com"},
     {"cn-north-2-gov-1", "ecs.aliyuncs.com"},
     {"cn-beijing-gov-1", "ecs.aliyuncs.com"}}};

std::string host_of(Product product, const std::string& region) {
  if (product == Product::sts && region.empty()) return "sts.aliyuncs.com";
  const auto old = std::ranges::find(old_hosts, region, &OldHosts::region);
  if (old != old_hosts.end() && product == Product::ecs) return std::string(old->ecs);
  if (old != old_hosts.end() && product == Product::vpc) return "vpc.aliyuncs.com";
  return fmt::format("{}.{}.aliyuncs.com", facts_of(product).name, region);
}

constexpr std::size_t longest_url = 6000;

}  // namespace

struct Api::State : cloud::Dialect {
  State(cloud::Host h, cloud::ProviderSettings s)
      : host(h),
        settings(std::move(s)),
        credentials(*h.loop, std::chrono::minutes(5), [this](Context ctx) { return fetch(ctx); }),
        caller(h, *this,
               {.provider = settings.name,
                .concurrency = settings.concurrency.value_or(cloud::usual_concurrency)}) {
    endpoint = settings.endpoint.empty() ? h.env("CCLOUD_ALIBABA_ENDPOINT").value_or("")
                                         : settings.endpoint;
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!settings.regions.empty()) home = settings.regions.front();
    for (const auto* name : {"ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION"}) {
      if (home.empty()) home = h.env(name).value_or("");
    }
    if (home.empty()) home = "cn-hangzhou";
  }

  std::string base(Product product, const std::string& region) const {
    return endpoint.empty() ? "https://" + host_of(product, region) : endpoint;
  }

  Task<cloud::Renewing<Credentials>::Fetched> fetch(Context ctx) {
    const auto found = co_await find_credentials(ctx, host, settings, base(Product::sts, home));
    co_return cloud::Renewing<Credentials>::Fetched{.value = found.credentials,
                                                    .expires = found.expires};
  }

  Task<cloud::Signed> sign(Context ctx, const cloud::Call& call, async::WallTime now) override {
    const auto current = co_await credentials.get(ctx);
    cloud::Signed out{.request = call.request, .credentials = current.generation};
    const auto url = http::parse_url(call.request.url);
    if (!url)
      co_return make_error(ErrorCode::invalid_argument,
                           fmt::format("\"{}\" is no URL", call.request.url));
    SignInput input{
        .host = http::authority(*url),
        .action = std::string(http::find_header(call.request.headers, "x-acs-action")),
        .version = std::string(http::find_header(call.request.headers, "x-acs-version")),
        .date = format_time(now),
        .nonce = hex(random_bytes(16)),  // a nonce serves once, also when we retry
        .query = http::decode_query(url->query),
        .body = call.request.body,
        .content_type = call.request.body.empty() ? "" : "application/x-www-form-urlencoded"};
    out.request.headers = alibaba::sign(input, current.value);
    std::erase_if(out.request.headers, [](const auto& one) { return one.first == "host"; });
    out.request.headers.emplace_back("User-Agent", cloud::user_agent(settings));
    co_return out;
  }

  std::optional<cloud::Failure> classify(const cloud::Call&,
                                         const http::Response& response) override {
    if (response.status < 400) return std::nullopt;
    cloud::Failure failure{.error = alibaba::classify(response)};
    if (failure.error.raw_code.starts_with("InvalidSecurityToken"))
      failure.hint = cloud::Hint::renew_credentials;
    if (failure.error.raw_code.starts_with("InvalidTimeStamp"))
      failure.hint = cloud::Hint::check_clock;
    return failure;
  }

  void drop_credentials(std::uint64_t generation) override { credentials.drop(generation); }

  cloud::Host host;
  cloud::ProviderSettings settings;
  std::string endpoint;
  std::string home;
  cloud::Renewing<Credentials> credentials;
  cloud::Caller caller;
};

Api::Api(cloud::Host host, cloud::ProviderSettings settings)
    : state_(std::make_unique<State>(std::move(host), std::move(settings))) {}
Api::~Api() = default;

const std::string& Api::home_region() const { return state_->home; }

Task<json::Document> Api::call(Context ctx, Action action) {
  const auto& facts = facts_of(action.product);
  Params params = action.params;
  if (!action.region.empty()) params.emplace_back("RegionId", action.region);
  const auto encoded = canonical_query(params);
  const auto base = state_->base(action.product, action.region) + "/";
  const bool is_long = encoded.size() > longest_url;
  cloud::Call call{.what = action.what,
                   .service = std::string(facts.name),
                   .region = action.region,
                   .request = {.method = "POST",
                               .url = is_long ? base : base + "?" + encoded,
                               .headers = {{"x-acs-action", action.name},
                                           {"x-acs-version", std::string(facts.version)}},
                               .body = is_long ? encoded : std::string()},
                   .idempotency = action.idempotency,
                   .rate_class = action.name};
  const auto response = co_await state_->caller.call(ctx, std::move(call));
  co_return co_await json::parse(response.body);
}

Task<json::Document> Api::call_patiently(Context ctx, Action action) {
  const auto step = [&] { return call(ctx, action); };
  co_return co_await cloud::repeat_while(ctx, patience, step, is_passing);
}

Task<std::vector<json::Document>> Api::pages(Context ctx, Action action, int size) {
  std::vector<json::Document> out;
  action.params.emplace_back("MaxResults", std::to_string(size));
  const auto fetch = [&](const std::string& token) {
    Action page = action;
    if (!token.empty()) page.params.emplace_back("NextToken", token);
    return call(ctx, std::move(page));
  };
  co_await cloud::for_each_page(ctx, fetch, [&](json::Document page) {
    out.push_back(std::move(page));
    return out.back().root().get("NextToken").string_or();
  });
  co_return out;
}

Task<std::vector<json::Document>> Api::numbered_pages(Context ctx, Action action, int size,
                                                      std::string collection, std::string item) {
  std::vector<json::Document> out;
  action.params.emplace_back("PageSize", std::to_string(size));
  for (int number = 1; number <= 1000; ++number) {
    Action page = action;
    page.params.emplace_back("PageNumber", std::to_string(number));
    out.push_back(co_await call(ctx, std::move(page)));
    const auto count = items_of(out.back().root(), collection, item).size();
    if (count < static_cast<std::size_t>(size)) break;
  }
  co_return out;
}

std::vector<json::Value> items_of(json::Value root, std::string_view collection,
                                  std::string_view item) {
  return root.get(collection).get(item).items();
}

void add_tags(Params& params, const cloud::Labels& labels) {
  int n = 0;
  for (const auto& [key, value] : labels) {
    ++n;
    params.emplace_back(fmt::format("Tag.{}.Key", n), key);
    params.emplace_back(fmt::format("Tag.{}.Value", n), value);
  }
}

void add_list(Params& params, std::string_view name, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    params.emplace_back(fmt::format("{}.{}", name, i + 1), values[i]);
  }
}

}  // namespace ccloud::alibaba
