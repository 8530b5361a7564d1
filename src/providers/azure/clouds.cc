// Endpoints as the Azure CLI's table of clouds has them.
#include "providers/azure/clouds.h"

#include <fmt/format.h>

#include "base/text.h"
#include "http/message.h"

namespace ccloud::azure {
namespace {

std::string port_of(const http::Url& url) {
  if (!url.port.empty()) return url.port;
  return url.scheme == "http" ? "80" : "443";
}

}  // namespace

Result<Cloud> find_cloud(std::string_view name) {
  if (name.empty() || name == "public") {
    return Cloud{.name = "public",
                 .arm = "https://management.azure.com",
                 .authority = "https://login.microsoftonline.com",
                 .resource = "https://management.azure.com"};
  }
  if (name == "china") {
    return Cloud{.name = "china",
                 .arm = "https://management.chinacloudapi.cn",
                 .authority = "https://login.chinacloudapi.cn",
                 .resource = "https://management.chinacloudapi.cn",
                 .versions = {.compute = "2023-09-01", .network = "2023-09-01"}};
  }
  if (name == "government") {
    return Cloud{.name = "government",
                 .arm = "https://management.usgovcloudapi.net",
                 .authority = "https://login.microsoftonline.us",
                 .resource = "https://management.usgovcloudapi.net",
                 .versions = {.compute = "2023-09-01", .network = "2023-09-01"}};
  }
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("there is no Azure cloud \"{}\"", name),
                    "set the provider's `cloud` to public, china or government");
}

Result<std::string> checked_endpoint(std::string_view text) {
  std::string out(trim(text));
  while (out.ends_with('/')) out.pop_back();
  const auto url = http::parse_url(out);
  if (!url || (url->scheme != "https" && url->scheme != "http")) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("\"{}\" is no address of an Azure endpoint", text),
                      "write it as https://host");
  }
  if (url->scheme == "http" && !http::is_loopback(*url)) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} would send secrets over plain HTTP", out), "use https");
  }
  return out;
}

bool is_same_origin(std::string_view url, std::string_view base) {
  const auto a = http::parse_url(url);
  const auto b = http::parse_url(base);
  return a && b && a->scheme == b->scheme && to_lower(a->host) == to_lower(b->host) &&
         port_of(*a) == port_of(*b);
}

}  // namespace ccloud::azure
