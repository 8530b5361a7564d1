// HTTP messages as plain data, for the client, the signers and the server alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ccloud::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string url{};  ///< absolute for the client; path and query for the server
  Headers headers{};
  std::string body{};
};

struct Response {
  int status = 200;
  Headers headers{};
  std::string body{};
};

/// The first header of that name, without regard to case; empty when there is none.
std::string_view find_header(const Headers& headers, std::string_view name);
void set_header(Headers& headers, std::string_view name, std::string value);

struct Url {
  std::string scheme;  ///< lower case
  std::string host;    ///< without brackets
  std::string port;    ///< empty: the scheme's own
  std::string path;    ///< starts with '/'
  std::string query;   ///< without '?', still encoded
};
std::optional<Url> parse_url(std::string_view text);
/// "host" or "host:port", as the Host header has it.
std::string authority(const Url& url);
/// True for localhost, 127.0.0.0/8 and [::1].
bool is_loopback(const Url& url);

/// "a=1&b=x%20y" from decoded pairs, RFC 3986 encoding.
std::string encode_query(const std::vector<std::pair<std::string, std::string>>& pairs);
std::vector<std::pair<std::string, std::string>> decode_query(std::string_view query);

}  // namespace ccloud::http
