// The four steps of the signature, one function each.
#include "providers/aws/sigv4.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// Trimmed, inner runs of blanks as one.
std::string header_value(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    if (c == ' ' && out.ends_with(' ')) continue;
    out += c;
  }
  return out;
}

bool is_signed(std::string_view name) {
  return name == "host" || name == "content-type" || name.starts_with("x-amz-");
}

/// By lower-case name; duplicates are joined in order of appearance.
std::map<std::string, std::string> signed_headers(const http::Request& request) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) {
    const std::string key = to_lower(name);
    if (!is_signed(key)) continue;
    auto& joined = headers[key];
    joined += (joined.empty() ? "" : ",") + header_value(value);
  }
  return headers;
}

std::string names_of(const std::map<std::string, std::string>& headers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) names.push_back(name);
  return join(names, ";");
}

/// Each segment encoded once more than it is in the URL; "/" for an empty path.
std::string canonical_path(std::string_view path) {
  std::vector<std::string> segments;
  for (const auto& segment : split(path, '/')) segments.push_back(percent_encode(segment));
  const std::string joined = join(segments, "/");
  return joined.empty() ? "/" : joined;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : http::decode_query(query)) {
    pairs.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::ranges::sort(pairs);
  std::vector<std::string> parts;
  for (const auto& [name, value] : pairs) parts.push_back(fmt::format("{}={}", name, value));
  return join(parts, "&");
}

std::string signing_key(const std::string& secret, std::string_view date,
                        const SigningScope& scope) {
  const std::string day = hmac_sha256("AWS4" + secret, date);
  const std::string region = hmac_sha256(day, scope.region);
  const std::string service = hmac_sha256(region, scope.service);
  return hmac_sha256(service, "aws4_request");
}

std::string canonical(const http::Request& request, const std::optional<http::Url>& url,
                      const std::map<std::string, std::string>& headers) {
  std::string block;
  for (const auto& [name, value] : headers) block += name + ":" + value + "\n";
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method,
                     canonical_path(url.has_value() ? url->path : "/"),
                     canonical_query(url.has_value() ? url->query : ""), block, names_of(headers),
                     sha256_hex(request.body));
}

/// Of a run's credentials, regions and services; more means that secrets have changed often.
constexpr std::size_t most_keys = 256;

}  // namespace

const std::string& SigningKeys::get(const Credentials& credentials, std::string_view date,
                                    const SigningScope& scope) {
  std::string name =
      fmt::format("{}/{}/{}/{}", credentials.secret_access_key, date, scope.region, scope.service);
  const auto found = keys_.find(name);
  if (found != keys_.end()) return found->second;
  if (keys_.size() >= most_keys) keys_.clear();
  return keys_[std::move(name)] = signing_key(credentials.secret_access_key, date, scope);
}

std::string canonical_request(const http::Request& request) {
  return canonical(request, http::parse_url(request.url), signed_headers(request));
}

void sign_v4(http::Request& request, const Credentials& credentials, const SigningScope& scope,
             std::chrono::system_clock::time_point now, SigningKeys& keys) {
  const auto url = http::parse_url(request.url);
  const std::string time = amz_date(now);
  const std::string_view date = std::string_view(time).substr(0, 8);
  // Given by us, so that what is signed is what is sent, whatever the port.
  http::set_header(request.headers, "Host", url.has_value() ? http::authority(*url) : "");
  http::set_header(request.headers, "X-Amz-Date", time);
  if (!credentials.session_token.empty()) {
    http::set_header(request.headers, "X-Amz-Security-Token", credentials.session_token);
  }
  const std::string place = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const auto headers = signed_headers(request);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", algorithm, time, place,
                                          sha256_hex(canonical(request, url, headers)));
  const std::string signature = hex(hmac_sha256(keys.get(credentials, date, scope), to_sign));
  http::set_header(request.headers, "Authorization",
                   fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm,
                               credentials.access_key_id, place, names_of(headers), signature));
}

std::string amz_date(std::chrono::system_clock::time_point time) {
  std::string text = format_time(time);  // 2026-01-02T03:04:05Z
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace ccloud::aws
