// Nova: {"badRequest": {"code", "message"}}; Keystone: {"error": {...}}; Neutron: {"NeutronError":
// {"type", "message"}}; Glance and the middlewares: HTML or text. Sources: API references and the
// services' own code, see the provider's page in docs/providers.
#include "providers/openstack/errors.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/caller.h"
#include "json/reader.h"

namespace ccloud::openstack {
namespace {

struct Said {
  std::string type;
  std::string message;
};

Said read_body(const std::string& body) {
  Said said;
  const auto document = json::parse(body);
  if (document) {
    for (const auto& member : document->root().members()) {
      if (!member.value.is_object() || !member.value.get("message").is_string()) continue;
      said.type = member.value.get("type").string_or(member.key);
      said.message = member.value.get("message").string_or();
      return said;
    }
    said.message =
        document->root().get("message").string_or(document->root().get("faultstring").string_or());
  }
  if (said.message.empty() && !body.starts_with('<') && !document) {
    said.message = body.substr(0, 200);
  }
  return said;
}

bool speaks_of_quota(const Said& said) {
  const auto text = to_lower(said.message);
  return said.type == "OverQuota" || text.find("quota exceeded") != std::string::npos ||
         text.find("maximum number of") != std::string::npos;
}

ErrorCode code_of(int status, const Said& said) {
  if ((status == 403 || status == 409 || status == 413) && speaks_of_quota(said)) {
    return ErrorCode::quota_exceeded;
  }
  if (said.message.find("No valid host") != std::string::npos ||
      said.type == "IpAddressGenerationFailure") {
    return ErrorCode::capacity;
  }
  switch (status) {
    case 400:
    case 405:
    case 406:
    case 415:
    case 422:
      return ErrorCode::invalid_argument;
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::permission_denied;
    case 404:
    case 410:
      return ErrorCode::not_found;
    case 409:
      return said.message.find("already exists") != std::string::npos ? ErrorCode::already_exists
                                                                      : ErrorCode::conflict;
    case 413:
    case 429:
      return ErrorCode::rate_limited;
    case 501:
      return ErrorCode::invalid_argument;
    case 504:
      return ErrorCode::timed_out;
    default:
      return status >= 500 ? ErrorCode::unavailable : ErrorCode::protocol;
  }
}

std::string remedy_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::unauthenticated:
      return "check the user, password or application credential, and the project";
    case ErrorCode::permission_denied:
      return "the user needs the role member (or one that may do this) in the project";
    case ErrorCode::quota_exceeded:
      return "ask the cloud's operator for a larger quota (openstack quota show), or ask for less";
    case ErrorCode::capacity:
      return "use another zone or a smaller size, or ask the cloud's operator";
    default:
      return {};
  }
}

}  // namespace

Error classify(const http::Response& response) {
  const Said said = read_body(response.body);
  const ErrorCode code = code_of(response.status, said);
  std::string message = std::string(trim(said.message));
  while (message.ends_with('.')) message.pop_back();
  if (message.empty()) message = fmt::format("HTTP status {}", response.status);
  Error error = make_error(code, std::move(message), remedy_of(code));
  error.raw_code = said.type;
  error.ambiguous = response.status >= 500;
  error.request_id = http::find_header(response.headers, "x-openstack-request-id");
  if (error.request_id.empty()) {
    error.request_id = http::find_header(response.headers, "x-compute-request-id");
  }
  error.retry_after = cloud::error_of_status(response, "").retry_after;
  return error;
}

}  // namespace ccloud::openstack
