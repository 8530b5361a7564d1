// SigV4 as the server computes it.
#include "sim/aws/sigv4.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

struct Authorization {
  CredentialScope scope;
  std::vector<std::string> signed_headers;
  std::string signature;
};

std::optional<Authorization> parse_authorization(std::string_view header) {
  if (!header.starts_with(algorithm)) return std::nullopt;
  header.remove_prefix(algorithm.size());
  Authorization out;
  std::string credential;
  for (const auto& part : split(header, ',')) {
    const auto text = trim(part);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    if (name == "Credential") credential = value;
    if (name == "SignedHeaders") out.signed_headers = split(value, ';');
    if (name == "Signature") out.signature = value;
  }
  const auto parts = split(credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request" || out.signature.empty() ||
      out.signed_headers.empty()) {
    return std::nullopt;
  }
  out.scope = {parts[0], parts[1], parts[2], parts[3]};
  return out;
}

/// "20260102T030405Z"
std::optional<Time> parse_amz_date(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  const auto t = [&](std::size_t at, std::size_t n) { return std::string(text.substr(at, n)); };
  return parse_time(
      fmt::format("{}-{}-{}T{}:{}:{}Z", t(0, 4), t(4, 2), t(6, 2), t(9, 2), t(11, 2), t(13, 2)));
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& pair : split(query, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    pairs.emplace_back(percent_encode(percent_decode(pair.substr(0, equals))),
                       percent_encode(percent_decode(value)));
  }
  std::ranges::sort(pairs);
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += name + "=" + value;
  }
  return out;
}

std::string canonical_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '/') {
      out += c;
    } else {
      out += percent_encode(std::string_view(&c, 1));
    }
  }
  return out.empty() ? "/" : out;
}

std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    if (c == ' ' && out.ends_with(' ')) continue;
    out += c;
  }
  return out;
}

std::string canonical_headers(const http::Headers& headers, const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) {
    std::string joined;
    bool is_first = true;
    for (const auto& [key, value] : headers) {
      if (!equals_ignoring_case(key, name)) continue;
      joined += (is_first ? "" : ",") + canonical_value(value);
      is_first = false;
    }
    out += name + ":" + joined + "\n";
  }
  return out;
}

bool signs_what_it_must(const http::Headers& headers, const std::vector<std::string>& names) {
  if (!std::ranges::is_sorted(names)) return false;
  const auto is_signed = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!is_signed("host")) return false;
  return std::ranges::all_of(headers, [&](const auto& header) {
    const auto name = to_lower(header.first);
    return !name.starts_with("x-amz-") || is_signed(name);
  });
}

std::string signature_of(const http::Request& request, const Authorization& auth,
                         const std::string& date, const std::string& secret) {
  const auto question = request.url.find('?');
  const auto query =
      question == std::string::npos ? std::string() : request.url.substr(question + 1);
  std::string canonical = request.method + "\n" + canonical_path(request.url.substr(0, question)) +
                          "\n" + canonical_query(query) + "\n" +
                          canonical_headers(request.headers, auth.signed_headers) + "\n" +
                          join(auth.signed_headers, ";") + "\n" + sha256_hex(request.body);
  const auto& scope = auth.scope;
  const auto scope_text =
      fmt::format("{}/{}/{}/aws4_request", scope.date, scope.region, scope.service);
  const auto to_sign =
      fmt::format("{}\n{}\n{}\n{}", algorithm, date, scope_text, sha256_hex(canonical));
  auto key = hmac_sha256("AWS4" + secret, scope.date);
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, "aws4_request");
  return hex(hmac_sha256(key, to_sign));
}

}  // namespace

std::optional<CredentialScope> credential_scope(const http::Request& request) {
  const auto auth = parse_authorization(http::find_header(request.headers, "authorization"));
  return auth ? std::optional(auth->scope) : std::nullopt;
}

std::optional<SignatureProblem> verify_signature(
    const http::Request& request, Time now,
    const std::function<std::optional<std::string>(const std::string& key_id)>& secret_of) {
  const auto auth = parse_authorization(http::find_header(request.headers, "authorization"));
  if (!auth) return SignatureProblem::missing;
  const std::string date(http::find_header(request.headers, "x-amz-date"));
  const auto when = parse_amz_date(date);
  if (!when || !date.starts_with(auth->scope.date)) return SignatureProblem::missing;
  const auto secret = secret_of(auth->scope.key_id);
  if (!secret) return SignatureProblem::unknown_key;
  if (!signs_what_it_must(request.headers, auth->signed_headers)) return SignatureProblem::mismatch;
  if (signature_of(request, *auth, date, *secret) != auth->signature) {
    return SignatureProblem::mismatch;
  }
  if (*when < now - std::chrono::minutes(5) || *when > now + std::chrono::minutes(5)) {
    return SignatureProblem::skewed;
  }
  return std::nullopt;
}

}  // namespace ccloud::sim::aws
