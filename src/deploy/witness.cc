#include "deploy/witness.h"

#include <algorithm>

#include "cloud/caller.h"

namespace ccloud::deploy {
namespace {

bool is_metadata_service(const http::Url& url) {
  return url.host.starts_with("169.254.") || url.host.starts_with("fd00:ec2:");
}

}  // namespace

Task<http::Response> Witness::send(Context ctx, http::Request request, http::SendOptions options) {
  const auto url = http::parse_url(request.url);
  const auto start = loop_->now();
  auto response = co_await client_->send(std::move(ctx), std::move(request), options).result();
  if (!url || is_metadata_service(*url)) co_return response;
  const auto took = loop_->now() - start;
  Server& server = servers_[url->scheme + "://" + http::authority(*url)];
  if (!response) {
    server.error = response.error();
    co_return response;
  }
  server.took = server.has_answered ? std::min(server.took, took) : took;
  server.has_answered = true;
  learn_clock(*response, took);
  co_return response;
}

void Witness::learn_clock(const http::Response& response, async::Duration took) {
  if (offset_ && took >= offset_took_) return;
  const auto date = cloud::parse_http_date(http::find_header(response.headers, "Date"));
  if (!date) return;
  // A Date is cut to whole seconds and was written about half way through the exchange.
  const auto theirs = *date + std::chrono::milliseconds(500);
  const auto ours = loop_->wall_now() - took / 2;
  offset_ = std::chrono::duration_cast<std::chrono::milliseconds>(theirs - ours);
  offset_took_ = took;
}

std::optional<std::chrono::seconds> Witness::clock_offset() const {
  if (!offset_) return std::nullopt;
  return std::chrono::round<std::chrono::seconds>(*offset_);
}

}  // namespace ccloud::deploy
