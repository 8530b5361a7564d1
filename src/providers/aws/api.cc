// One POST per call; everything that differs is in the Call.
#include "providers/aws/api.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/lag.h"
#include "cloud/paging.h"
#include "http/message.h"
#include "providers/aws/errors.h"

namespace ccloud::aws {
namespace {

constexpr std::string_view ec2_version = "2016-11-15";
constexpr std::string_view sts_version = "2011-06-15";
constexpr std::string_view form_type = "application/x-www-form-urlencoded; charset=utf-8";
/// The vendor's tools renew 15 minutes before the end; the last ten are for what is under way.
constexpr std::chrono::minutes renew_early{10};

std::string home_region(const cloud::Host& host, const cloud::ProviderSettings& settings,
                        const Profile& profile) {
  if (!settings.regions.empty()) return settings.regions.front();
  for (const auto* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    const auto value = host.env(name);
    if (value.has_value() && !value->empty()) return *value;
  }
  const std::string own = profile.get("region");
  return own.empty() ? "us-east-1" : own;
}

bool reads_only(std::string_view action) {
  return action.starts_with("Describe") || action.starts_with("Get");
}

}  // namespace

async::Duration Api::visibility_lag() const {
  const auto url =
      settings_.endpoint.empty() ? host_.env("AWS_ENDPOINT_URL").value_or("") : settings_.endpoint;
  return cloud::visibility_lag(host_, url, "AWS_ENDPOINT_URL", std::chrono::seconds(5));
}

Api::Api(cloud::Host host, cloud::ProviderSettings settings)
    : host_(std::move(host)),
      settings_(std::move(settings)),
      credentials_(*host_.loop, renew_early, [this](Context ctx) { return fetch(ctx); }),
      caller_(host_, *this,
              {.provider = settings_.name,
               .user_agent = cloud::user_agent(settings_),
               .concurrency = settings_.concurrency.value_or(cloud::usual_concurrency)}) {
  const auto files = read_profile_files(host_, settings_);
  const Profile profile =
      find_profile(profile_name(host_, settings_), files.config, files.credentials);
  home_region_ = aws::home_region(host_, settings_, profile);
  profile_endpoint_ = profile.get("endpoint_url");
  ca_file_ = host_.env("AWS_CA_BUNDLE").value_or(profile.get("ca_bundle"));
}

Task<cloud::Renewing<Credentials>::Fetched> Api::fetch(Context ctx) {
  CredentialChain chain(host_, settings_, home_region_);
  auto found = co_await chain.find(ctx);
  source_ = found.source;
  const auto expires = found.expires;
  co_return cloud::Renewing<Credentials>::Fetched{.value = std::move(found), .expires = expires};
}

Task<cloud::Signed> Api::sign(Context ctx, const cloud::Call& call, async::WallTime now) {
  auto current = co_await credentials_.get(ctx);
  cloud::Signed made{.request = call.request, .credentials = current.generation};
  sign_v4(made.request, current.value, {.region = call.region, .service = call.service}, now,
          keys_);
  co_return made;
}

std::optional<cloud::Failure> Api::classify(const cloud::Call& call,
                                            const http::Response& response) {
  return aws::classify(response, fmt::format("{}:{}", call.service, call.rate_class));
}

Task<http::Response> Api::post(Context ctx, Service service, cloud::Call call) {
  call.service = to_string(service);
  call.request.method = "POST";
  call.request.url =
      endpoint_url(service, call.region, settings_.endpoint, profile_endpoint_, host_.env) + "/";
  call.send.ca_file = ca_file_;
  co_return co_await caller_.call(ctx, std::move(call));
}

Task<Xml> Api::ec2(Context ctx, std::string region, std::string what, Form form,
                   Idempotency idempotency) {
  cloud::Call call{.what = std::move(what),
                   .region = std::move(region),
                   .request = {.headers = {{"Content-Type", std::string(form_type)}},
                               .body = form.body(ec2_version)},
                   .idempotency = idempotency,
                   .rate_class = form.action(),
                   .rate = rate_of(form.action())};
  const auto response = co_await post(ctx, Service::ec2, std::move(call));
  co_return Xml::parse(response.body);
}

Task<void> Api::ec2_pages(Context ctx, std::string region, std::string what, Form form,
                          int page_size, std::function<void(Node)> read) {
  form.add("MaxResults", page_size);
  const auto fetch = [&](const std::string& token) {
    Form page = form;
    if (!token.empty()) page.add("NextToken", token);
    return ec2(ctx, region, what, std::move(page));
  };
  co_return co_await cloud::for_each_page(ctx, fetch, [&](const Xml& page) {
    read(page.root());
    return page.root().text("nextToken");
  }).result();
}

Task<Xml> Api::sts(Context ctx, std::string what, Form form) {
  cloud::Call call{.what = std::move(what),
                   .region = home_region_,
                   .request = {.headers = {{"Content-Type", std::string(form_type)}},
                               .body = form.body(sts_version)},
                   .rate_class = form.action()};
  const auto response = co_await post(ctx, Service::sts, std::move(call));
  co_return Xml::parse(response.body);
}

Task<json::Document> Api::json_call(Context ctx, Service service, std::string region,
                                    std::string what, std::string target, std::string body) {
  cloud::Call call{.what = std::move(what),
                   .region = std::move(region),
                   .request = {.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                                           {"X-Amz-Target", target}},
                               .body = std::move(body)},
                   .rate_class = target.substr(target.find('.') + 1)};
  const auto response = co_await post(ctx, service, std::move(call));
  co_return json::parse(response.body);
}

async::Rate rate_of(std::string_view action) {
  if (action == "RunInstances" || action == "StartInstances") return {.burst = 5, .per_second = 2};
  if (action == "TerminateInstances") return {.burst = 100, .per_second = 5};
  if (action == "CreateTags" || action == "DeleteTags") return {.burst = 100, .per_second = 10};
  if (reads_only(action)) return {.burst = 100, .per_second = 20};
  return {.burst = 50, .per_second = 5};
}

}  // namespace ccloud::aws
