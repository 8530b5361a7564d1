// Signs the one shape of request that these tests send.
#include "sim/testing/aws_caller.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::testing {

http::Request AwsCaller::request(const std::string& action, const Form& form, Time now) const {
  http::Request request;
  request.method = "POST";
  request.url = "/";
  const auto version = service == "sts" ? "2011-06-15" : "2016-11-15";
  request.body = fmt::format("Action={}&Version={}", action, version);
  for (const auto& [key, value] : form) {
    request.body += fmt::format("&{}={}", percent_encode(key), percent_encode(value));
  }
  auto stamp = replace_all(replace_all(format_time(now), "-", ""), ":", "");
  const auto date = stamp.substr(0, 8);
  request.headers = {{"Host", "127.0.0.1"}, {"X-Amz-Date", stamp}};
  std::string canonical = "host:127.0.0.1\nx-amz-date:" + stamp + "\n";
  std::string names = "host;x-amz-date";
  if (!session_token.empty()) {
    request.headers.emplace_back("X-Amz-Security-Token", session_token);
    canonical += "x-amz-security-token:" + session_token + "\n";
    names += ";x-amz-security-token";
  }
  const auto hashed =
      sha256_hex("POST\n/\n\n" + canonical + "\n" + names + "\n" + sha256_hex(request.body));
  const auto scope = fmt::format("{}/{}/{}/aws4_request", date, region, service);
  auto key = hmac_sha256("AWS4" + secret, date);
  for (const auto& part : {region, service, std::string("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  const auto signature =
      hex(hmac_sha256(key, fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, hashed)));
  request.headers.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", key_id,
                  scope, names, signature));
  return request;
}

std::string element(const std::string& xml, const std::string& name, std::size_t from) {
  const auto open = "<" + name + ">";
  const auto begin = xml.find(open, from);
  if (begin == std::string::npos) return {};
  const auto end = xml.find("</" + name + ">", begin);
  return xml.substr(begin + open.size(), end - begin - open.size());
}

std::vector<std::string> elements(const std::string& xml, const std::string& name) {
  std::vector<std::string> all;
  const auto open = "<" + name + ">";
  for (auto at = xml.find(open); at != std::string::npos; at = xml.find(open, at + 1)) {
    all.push_back(element(xml, name, at));
  }
  return all;
}

}  // namespace ccloud::sim::testing
