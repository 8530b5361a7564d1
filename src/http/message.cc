// Headers, URLs and queries.
#include "http/message.h"

#include <algorithm>

#include "base/text.h"

namespace ccloud::http {

std::string_view find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

void set_header(Headers& headers, std::string_view name, std::string value) {
  for (auto& [key, old] : headers) {
    if (equals_ignoring_case(key, name)) {
      old = std::move(value);
      return;
    }
  }
  headers.emplace_back(name, std::move(value));
}

std::optional<Url> parse_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  text.remove_prefix(colon + 3);
  const auto path = text.find_first_of("/?#");
  std::string_view host = text.substr(0, path);
  std::string_view rest = path == std::string_view::npos ? std::string_view() : text.substr(path);
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    url.host = host.substr(1, close - 1);
    host.remove_prefix(close + 1);
    if (host.starts_with(':')) url.port = host.substr(1);
  } else {
    const auto port = host.find(':');
    url.host = host.substr(0, port);
    if (port != std::string_view::npos) url.port = host.substr(port + 1);
  }
  const bool is_number = std::ranges::all_of(url.port, [](char c) { return c >= '0' && c <= '9'; });
  if (url.host.empty() || !is_number) return std::nullopt;
  rest = rest.substr(0, rest.find('#'));
  const auto query = rest.find('?');
  url.path = rest.substr(0, query);
  if (url.path.empty()) url.path = "/";
  if (query != std::string_view::npos) url.query = rest.substr(query + 1);
  return url;
}

std::string authority(const Url& url) {
  std::string out = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  if (!url.port.empty()) out += ":" + url.port;
  return out;
}

bool is_loopback(const Url& url) {
  return url.host == "localhost" || url.host == "::1" ||
         (url.host.starts_with("127.") &&
          url.host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out;
  for (const auto& [key, value] : pairs) {
    if (!out.empty()) out += '&';
    out += percent_encode(key) + '=' + percent_encode(value);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> decode_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (query.empty()) return pairs;
  for (const auto& part : split(query, '&')) {
    if (part.empty()) continue;
    const auto plain = replace_all(part, "+", " ");
    const auto equal = plain.find('=');
    pairs.emplace_back(percent_decode(plain.substr(0, equal)),
                       equal == std::string::npos ? "" : percent_decode(plain.substr(equal + 1)));
  }
  return pairs;
}

}  // namespace ccloud::http
