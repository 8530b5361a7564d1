// Exchanges as text for `--trace-api`. Secrets are found by the names they stand under, in headers,
// queries, forms, JSON and XML; a body in none of these forms is left out.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "http/client.h"

namespace ccloud::http {
namespace {

constexpr std::string_view mask = "(masked)";

std::string squeezed(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.') out += c;
  }
  return to_lower(out);
}

bool is_secret_name(std::string_view name) {
  // Paging and idempotency tokens are no secrets, and a trace without them is of little use.
  constexpr std::array<std::string_view, 9> harmless = {
      "nexttoken", "clienttoken", "pagetoken",  "nextpagetoken",       "continuationtoken",
      "skiptoken", "tokentype",   "httptokens", "instancemetadatatags"};
  constexpr std::array<std::string_view, 15> telling = {
      "token",      "password",  "passwd",      "secret",      "authorization",
      "privatekey", "userdata",  "customdata",  "assertion",   "adminpass",
      "cookie",     "signature", "keymaterial", "personality", "startupscript"};
  const std::string plain = squeezed(name);
  if (std::ranges::find(harmless, plain) != harmless.end()) return false;
  if (plain == "publickeymaterial" || plain.ends_with("tokenttlseconds")) return false;
  return std::ranges::any_of(
      telling, [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string masked_form(std::string_view form) {
  std::string out;
  for (const auto& part : split(form, '&')) {
    if (!out.empty()) out += '&';
    const auto equal = part.find('=');
    const bool hide =
        equal != std::string::npos && is_secret_name(percent_decode(part.substr(0, equal)));
    out += hide ? part.substr(0, equal + 1) + std::string(mask) : part;
  }
  return out;
}

/// The end of the JSON string whose opening quote is at `at`: one past its closing quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

/// Masks the strings under secret names, and the "value" that follows "key": "user-data".
std::string masked_json(std::string_view text) {
  std::string out;
  bool next_value_is_secret = false;
  std::string_view name;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '"') {
      out += text[i++];
      continue;
    }
    const std::size_t end = end_of_string(text, i);
    const std::string_view whole = text.substr(i, end - i);
    const std::string_view inner =
        whole.size() >= 2 ? whole.substr(1, whole.size() - 2) : std::string_view();
    const std::size_t after = text.find_first_not_of(" \t\r\n", end);
    i = end;
    if (after != std::string_view::npos && text[after] == ':') {
      name = inner;
      out += whole;
      continue;
    }
    const bool hide = is_secret_name(name) || (next_value_is_secret && name == "value");
    next_value_is_secret = name == "key" && is_secret_name(inner);
    out += hide ? fmt::format("\"{}\"", mask) : std::string(whole);
  }
  return out;
}

std::string masked_xml(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t open = text.find('<', i);
    const std::size_t close = open == std::string_view::npos ? open : text.find('>', open);
    if (close == std::string_view::npos) return out.append(text.substr(i));
    out += text.substr(i, close + 1 - i);
    i = close + 1;
    const std::string_view tag = text.substr(open + 1, close - open - 1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
    if (name.empty() || tag.ends_with('/') || !is_secret_name(name)) continue;
    const std::size_t end = text.find(fmt::format("</{}", name), i);
    if (end == std::string_view::npos) return out.append(mask);
    out += mask;
    i = end;
  }
  return out;
}

std::string masked_body(std::string_view body, std::string_view type) {
  if (body.empty()) return {};
  const char first = trim(body).empty() ? ' ' : trim(body).front();
  if (first == '{' || first == '[') return masked_json(body);
  if (first == '<') return masked_xml(body);
  if (type.find("urlencoded") != std::string_view::npos) return masked_form(body);
  return fmt::format("({} bytes of {} left out)", body.size(), type.empty() ? "text" : type);
}

std::string masked_url(const std::string& url) {
  const auto query = url.find('?');
  if (query == std::string::npos) return url;
  return url.substr(0, query + 1) + masked_form(std::string_view(url).substr(query + 1));
}

std::string render_headers(const Headers& headers, std::string_view prefix) {
  std::string out;
  for (const auto& [name, value] : headers) {
    out += fmt::format("{} {}: {}\n", prefix, name,
                       is_secret_name(name) ? mask : std::string_view(value));
  }
  return out;
}

}  // namespace

std::string render_trace(const Exchange& exchange) {
  const Request& request = exchange.request;
  std::string out = fmt::format("> {} {}\n", request.method, masked_url(request.url));
  out += render_headers(request.headers, ">");
  const std::string sent = masked_body(request.body, find_header(request.headers, "content-type"));
  if (!sent.empty()) out += fmt::format("> {}\n", sent);
  const std::string took = format_duration(exchange.took);
  if (!exchange.response.has_value()) {
    return out + fmt::format("< {} after {}: {}\n\n", to_string(exchange.response.error().code),
                             took, exchange.response.error().message);
  }
  const Response& response = *exchange.response;
  out += fmt::format("< {} after {}\n", response.status, took);
  out += render_headers(response.headers, "<");
  const std::string got = masked_body(response.body, find_header(response.headers, "content-type"));
  if (!got.empty()) out += fmt::format("< {}\n", got);
  return out + "\n";
}

}  // namespace ccloud::http
