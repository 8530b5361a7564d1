// Credentials from where the program runs: a container's endpoint, an instance's metadata service.
// Asked last, within a second, never through a proxy (fact sheet 2).
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/caller.h"
#include "providers/aws/credentials.h"

namespace ccloud::aws {
namespace {

constexpr std::string_view instance_service = "http://169.254.169.254";

Error not_here(std::string message) { return make_error(ErrorCode::not_found, std::move(message)); }

http::SendOptions probe(const cloud::Host& host) {
  const auto seconds = parse_int(host.env("AWS_METADATA_SERVICE_TIMEOUT").value_or("1"));
  const auto timeout = std::chrono::seconds(std::clamp<std::int64_t>(seconds.value_or(1), 1, 60));
  return {.timeout = timeout, .connect_timeout = timeout, .use_proxy = false};
}

bool is_allowed_container_host(const http::Url& url) {
  return url.scheme == "https" || http::is_loopback(url) || url.host == "169.254.170.2" ||
         url.host == "169.254.170.23" || url.host == "fd00:ec2::23";
}

/// One GET; anything but 200 is "not here".
Task<std::string> get_text(Context ctx, cloud::Host host, std::string url, std::string token) {
  http::Request request{.url = std::move(url)};
  if (!token.empty()) request.headers.emplace_back("x-aws-ec2-metadata-token", token);
  auto response = co_await host.http->send(ctx, std::move(request), probe(host)).result();
  if (!response.has_value()) co_return not_here(response.error().message);
  if (response->status != 200) {
    co_return not_here(fmt::format("the metadata service answered HTTP {}", response->status));
  }
  co_return std::string(trim(response->body));
}

/// "" means: go on without (version 1 of the service).
Task<std::string> metadata_token(Context ctx, cloud::Host host, std::string base) {
  http::Request request{.method = "PUT",
                        .url = base + "/latest/api/token",
                        .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
  auto response = co_await host.http->send(ctx, std::move(request), probe(host)).result();
  if (response.has_value() && response->status == 200) co_return std::string(trim(response->body));
  if (response.has_value() && response->status == 400) {
    co_return make_error(ErrorCode::protocol, "the metadata service refuses to give a token");
  }
  const bool is_reachable = response.has_value();
  const bool may_use_v1 =
      !equals_ignoring_case(host.env("AWS_EC2_METADATA_V1_DISABLED").value_or(""), "true");
  if (is_reachable && may_use_v1) co_return std::string();
  co_return not_here("there is no instance metadata service");
}

}  // namespace

Task<Credentials> container_credentials(Context ctx, cloud::Host host) {
  const auto relative = host.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = host.env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative.has_value() && !full.has_value()) co_return not_here("not in a container");
  const std::string url = relative.has_value() ? "http://169.254.170.2" + *relative : *full;
  const auto parsed = http::parse_url(url);
  if (!parsed.has_value() || !is_allowed_container_host(*parsed)) {
    co_return make_error(ErrorCode::unauthenticated,
                         "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https or on this machine");
  }
  http::Request request{.url = url};
  const auto token_file = host.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  std::string token = host.env("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (token_file.has_value()) token = trim(co_await host.read_file(*token_file));
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  const auto response = co_await host.http->send(ctx, std::move(request), probe(host));
  if (response.status != 200) {
    Error error = cloud::error_of_status(response, "");
    error.code = ErrorCode::unauthenticated;
    co_return with_context(std::move(error), "asking the container's credentials endpoint");
  }
  co_return parse_credentials_json(response.body, "the container's credentials endpoint");
}

Task<Credentials> instance_credentials(Context ctx, cloud::Host host) {
  if (equals_ignoring_case(host.env("AWS_EC2_METADATA_DISABLED").value_or(""), "true")) {
    co_return not_here("AWS_EC2_METADATA_DISABLED is set");
  }
  std::string base =
      host.env("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or(std::string(instance_service));
  while (base.ends_with('/')) base.pop_back();
  const std::string token = co_await metadata_token(ctx, host, base);
  const std::string path = base + "/latest/meta-data/iam/security-credentials/";
  const std::string role = co_await get_text(ctx, host, path, token);
  const std::string text =
      co_await get_text(ctx, host, path + role.substr(0, role.find('\n')), token);
  co_return parse_credentials_json(text, "the instance's role");
}

}  // namespace ccloud::aws
