// Both signatures, side by side as the cloud accepts them.
#include "sim/alibaba/signature.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::alibaba {
namespace {

std::string_view query_of(const http::Request& request) {
  const auto at = request.url.find('?');
  return at == std::string::npos ? std::string_view()
                                 : std::string_view(request.url).substr(at + 1);
}

bool is_form(const http::Request& request) {
  return http::find_header(request.headers, "content-type")
      .starts_with("application/x-www-form-urlencoded");
}

std::string encode_sorted(std::vector<std::pair<std::string, std::string>> pairs) {
  std::ranges::sort(pairs);
  return http::encode_query(pairs);
}

/// "Credential=a,SignedHeaders=b;c,Signature=d" after the scheme.
std::map<std::string, std::string> parse_authorization(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const auto& part : split(text.substr(std::min(text.find(' ') + 1, text.size())), ',')) {
    const auto equal = part.find('=');
    if (equal != std::string::npos)
      out[std::string(trim(part.substr(0, equal)))] = part.substr(equal + 1);
  }
  return out;
}

std::string signature_v3(const http::Request& request, const std::string& signed_names,
                         const Login& login) {
  std::string canonical =
      request.method + "\n/\n" + encode_sorted(http::decode_query(query_of(request))) + "\n";
  for (const auto& name : split(signed_names, ';')) {
    canonical += fmt::format("{}:{}\n", name, trim(http::find_header(request.headers, name)));
  }
  canonical += "\n" + signed_names + "\n" + sha256_hex(request.body);
  return hex(hmac_sha256(login.secret, "ACS3-HMAC-SHA256\n" + sha256_hex(canonical)));
}

std::string signature_v1(const http::Request& request,
                         const std::map<std::string, std::string>& params, const Login& login) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [key, value] : params) {
    if (key != "Signature") pairs.emplace_back(key, value);
  }
  const auto text =
      fmt::format("{}&%2F&{}", request.method, percent_encode(encode_sorted(std::move(pairs))));
  return base64(hmac_sha1(login.secret + "&", text));
}

Trust check_time(std::string_view date, const std::string& nonce, Memory& memory, Time now) {
  const auto time = parse_time(date);
  if (!time || *time < now - std::chrono::minutes(15) || *time > now + std::chrono::minutes(15))
    return Trust::stale;
  if (memory.nonces.size() > 200'000) memory.nonces.clear();
  return memory.nonces.emplace(nonce, now).second ? Trust::good : Trust::nonce_used;
}

}  // namespace

Login login_of(const World& world) {
  return {
      .key_id = "LTAI5t" + world.derive("alibaba/key").substr(0, 18),
      .secret = world.derive("alibaba/secret").substr(0, 30),
      .account = "1" + std::to_string(std::hash<std::string>{}(world.derive("alibaba/account")) %
                                          900'000'000'000'000 +
                                      100'000'000'000'000)};
}

std::map<std::string, std::string> parameters_of(const http::Request& request) {
  std::map<std::string, std::string> out;
  for (auto& [key, value] : http::decode_query(query_of(request))) out[key] = value;
  if (is_form(request)) {
    for (auto& [key, value] : http::decode_query(request.body)) out[key] = value;
  }
  return out;
}

std::string action_of(const http::Request& request,
                      const std::map<std::string, std::string>& params) {
  const auto header = http::find_header(request.headers, "x-acs-action");
  if (!header.empty()) return std::string(header);
  const auto found = params.find("Action");
  return found == params.end() ? std::string() : found->second;
}

std::string_view product_of(const http::Request& request,
                            const std::map<std::string, std::string>& params) {
  std::string version(http::find_header(request.headers, "x-acs-version"));
  if (const auto found = params.find("Version"); version.empty() && found != params.end())
    version = found->second;
  if (version == "2014-05-26") return "ecs";
  if (version == "2016-04-28") return "vpc";
  if (version == "2015-04-01") return "sts";
  return {};
}

Trust verify(const http::Request& request, const std::map<std::string, std::string>& params,
             const Login& login, Memory& memory, Time now) {
  const auto authorization = http::find_header(request.headers, "authorization");
  if (authorization.starts_with("ACS3-HMAC-SHA256 ")) {
    const auto parts = parse_authorization(authorization);
    const auto part = [&](const char* name) {
      const auto found = parts.find(name);
      return found == parts.end() ? std::string() : found->second;
    };
    if (part("Credential") != login.key_id) return Trust::unknown_key;
    const auto names = part("SignedHeaders");
    for (const auto* needed :
         {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}) {
      if (names.find(needed) == std::string::npos) return Trust::mismatch;
    }
    if (part("Signature") != signature_v3(request, names, login)) return Trust::mismatch;
    return check_time(http::find_header(request.headers, "x-acs-date"),
                      std::string(http::find_header(request.headers, "x-acs-signature-nonce")),
                      memory, now);
  }
  const auto given = params.find("Signature");
  const auto key = params.find("AccessKeyId");
  if (given == params.end() || key == params.end()) return Trust::missing;
  if (key->second != login.key_id) return Trust::unknown_key;
  if (given->second != signature_v1(request, params, login)) return Trust::mismatch;
  const auto date = params.find("Timestamp");
  const auto nonce = params.find("SignatureNonce");
  if (date == params.end() || nonce == params.end()) return Trust::mismatch;
  return check_time(date->second, nonce->second, memory, now);
}

}  // namespace ccloud::sim::alibaba
