// The secret is the key as it is: no derivation, no scope of date or region.
#include "providers/alibaba/signature.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::alibaba {
namespace {

/// What is signed, by lower-case name in order.
std::map<std::string, std::string> signed_headers(const SignInput& input,
                                                  const Credentials& credentials) {
  std::map<std::string, std::string> headers = {
      {"host", input.host},
      {"x-acs-action", input.action},
      {"x-acs-content-sha256", sha256_hex(input.body)},
      {"x-acs-date", input.date},
      {"x-acs-signature-nonce", input.nonce},
      {"x-acs-version", input.version},
  };
  if (!credentials.token.empty()) headers["x-acs-security-token"] = credentials.token;
  if (!input.content_type.empty()) headers["content-type"] = input.content_type;
  return headers;
}

std::string names_of(const std::map<std::string, std::string>& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

}  // namespace

std::string canonical_query(Params params) {
  std::ranges::sort(params);
  return http::encode_query(params);
}

std::string canonical_hash(const SignInput& input, const Credentials& credentials) {
  const auto headers = signed_headers(input, credentials);
  std::string text = fmt::format("{}\n/\n{}\n", input.method, canonical_query(input.query));
  for (const auto& [name, value] : headers) text += fmt::format("{}:{}\n", name, trim(value));
  text += fmt::format("\n{}\n{}", names_of(headers), sha256_hex(input.body));
  return sha256_hex(text);
}

http::Headers sign(const SignInput& input, const Credentials& credentials) {
  const auto headers = signed_headers(input, credentials);
  const auto to_sign = "ACS3-HMAC-SHA256\n" + canonical_hash(input, credentials);
  http::Headers out(headers.begin(), headers.end());
  out.emplace_back(
      "Authorization",
      fmt::format("ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}", credentials.id,
                  names_of(headers), hex(hmac_sha256(credentials.secret, to_sign))));
  return out;
}

}  // namespace ccloud::alibaba
