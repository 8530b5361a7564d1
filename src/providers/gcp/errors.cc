// Reasons of the API's `errors[]` (camelCase) and codes of operations (UPPER_CASE) are two words
// for the same things; both are open sets, so what is not known goes by the HTTP status.
#include "providers/gcp/errors.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/caller.h"
#include "cloud/said.h"

namespace ccloud::gcp {
namespace {

struct Row {
  std::string_view reason;
  ErrorCode means;
  bool is_passing = false;  ///< worth the same call again
};

constexpr std::array table = {
    Row{"authError", ErrorCode::unauthenticated},
    Row{"required", ErrorCode::invalid_argument},
    Row{"invalid", ErrorCode::invalid_argument},
    Row{"badRequest", ErrorCode::invalid_argument},
    Row{"forbidden", ErrorCode::permission_denied},
    Row{"accessNotConfigured", ErrorCode::permission_denied},
    Row{"SERVICE_DISABLED", ErrorCode::permission_denied},
    Row{"insufficientPermissions", ErrorCode::permission_denied},
    Row{"PERMISSIONS_ERROR", ErrorCode::permission_denied},
    Row{"SERVICE_ACCOUNT_ACCESS_DENIED", ErrorCode::permission_denied},
    Row{"CONDITION_NOT_MET", ErrorCode::permission_denied},  // an organisation's policy
    Row{"notFound", ErrorCode::not_found},
    Row{"RESOURCE_NOT_FOUND", ErrorCode::not_found},
    Row{"alreadyExists", ErrorCode::already_exists},
    Row{"RESOURCE_ALREADY_EXISTS", ErrorCode::already_exists},
    Row{"conditionNotMet", ErrorCode::conflict},
    Row{"resourceInUseByAnotherResource", ErrorCode::conflict},
    Row{"RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", ErrorCode::conflict},
    Row{"resourceNotReady", ErrorCode::conflict, true},
    Row{"RESOURCE_NOT_READY", ErrorCode::conflict, true},
    Row{"operationInProgress", ErrorCode::conflict, true},
    Row{"rateLimitExceeded", ErrorCode::rate_limited, true},
    Row{"userRateLimitExceeded", ErrorCode::rate_limited, true},
    Row{"RATE_LIMIT_EXCEEDED", ErrorCode::rate_limited, true},
    Row{"RESOURCE_OPERATION_RATE_EXCEEDED", ErrorCode::rate_limited, true},
    Row{"quotaExceeded", ErrorCode::quota_exceeded},
    Row{"QUOTA_EXCEEDED", ErrorCode::quota_exceeded},
    Row{"ZONE_RESOURCE_POOL_EXHAUSTED", ErrorCode::capacity},
    Row{"ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", ErrorCode::capacity},
    Row{"RESOURCE_POOL_EXHAUSTED", ErrorCode::capacity},
    Row{"STOCKOUT", ErrorCode::capacity},
    Row{"UNSUPPORTED_OPERATION", ErrorCode::invalid_argument},
    Row{"INVALID_USAGE", ErrorCode::invalid_argument},
    Row{"INVALID_FIELD_VALUE", ErrorCode::invalid_argument},
    Row{"backendError", ErrorCode::unavailable, true},
    Row{"internalError", ErrorCode::unavailable, true},
    Row{"INTERNAL_ERROR", ErrorCode::unavailable, true},
};

struct Said {
  std::string reason;
  std::string message;
};

std::string remedy_of(const Said& said, ErrorCode code) {
  if (said.reason == "accessNotConfigured" || said.reason == "SERVICE_DISABLED") {
    return "enable the API once: gcloud services enable compute.googleapis.com (the message has "
           "the address of its page)";
  }
  if (said.reason == "CONDITION_NOT_MET") {
    return "a policy of the organisation forbids it: public_ip false where it is about external "
           "addresses, else ask its administrator";
  }
  if (said.reason == "quotaExceeded" || code == ErrorCode::quota_exceeded) {
    return "ask for a larger quota (gcloud compute regions describe REGION shows it), or use "
           "another region or size";
  }
  if (said.message.find("actAs") != std::string::npos ||
      said.reason == "SERVICE_ACCOUNT_ACCESS_DENIED") {
    return "the caller needs roles/iam.serviceAccountUser on the nodes' service account";
  }
  switch (code) {
    case ErrorCode::unauthenticated:
      return "log in again: gcloud auth application-default login, or point "
             "GOOGLE_APPLICATION_CREDENTIALS at a valid key file";
    case ErrorCode::permission_denied: {
      const auto permission = cloud::quoted_after(said.message, "Required '");
      return fmt::format(
          "the account needs {}roles/compute.instanceAdmin.v1, compute.networkAdmin and "
          "compute.securityAdmin (or the smaller role of docs/providers/gcp.md) in the project; "
          "check the project's id, too",
          permission.empty() ? std::string() : fmt::format("the permission {}: ", permission));
    }
    case ErrorCode::capacity:
      return "use another zone, size or region, or try again later";
    default:
      return {};
  }
}

Error error_of(const Said& said, int status) {
  const auto known = std::ranges::find(table, said.reason, &Row::reason);
  Error by_status = cloud::error_of_status({.status = status, .headers = {}, .body = {}}, "");
  auto code = by_status.code;
  bool is_passing = by_status.retryable;
  if (known != table.end()) {
    code = known->means;
    is_passing = known->is_passing;
  } else if (said.reason.find("EXHAUSTED") != std::string::npos && status != 429) {
    code = ErrorCode::capacity;
    is_passing = false;
  }
  auto message = cloud::first_line(said.message);
  if (message.empty()) {
    message =
        said.reason.empty() ? fmt::format("the service answered HTTP {}", status) : said.reason;
  }
  Error error = make_error(code, std::move(message), remedy_of(said, code));
  error.raw_code = said.reason;
  error.retryable = is_passing;
  error.ambiguous = status >= 500 || status == 408;
  return error;
}

/// The reason stands in `errors[]`; newer parts of the API give theirs in `details[]`.
Said read_error(json::Value error) {
  Said said{error.get("errors").at(0).get("reason").string_or(), error.get("message").string_or()};
  for (const auto& detail : error.get("details").items()) {
    const auto reason = detail.get("reason").string_or();
    if (said.reason.empty() || reason == "SERVICE_DISABLED") said.reason = reason;
  }
  if (said.reason.empty() && error.get("status").string_or() == "UNAUTHENTICATED") {
    said.reason = "authError";
  }
  return said;
}

}  // namespace

Error classify(const http::Response& response) {
  const auto document = json::parse(response.body);
  Said said;
  if (document) said = read_error(document->root().get("error"));
  // The word "forbidden" is also used for 401s by gateways before the API: the status counts.
  if (response.status == 401) said.reason = "authError";
  Error error = error_of(said, response.status);
  error.request_id = http::find_header(response.headers, "x-google-request-id");
  return error;
}

Error classify_operation(json::Value operation) {
  const auto first = operation.get("error").get("errors").at(0);
  Said said{first.get("code").string_or(), first.get("message").string_or()};
  if (said.message.empty()) said.message = operation.get("httpErrorMessage").string_or();
  const auto status = static_cast<int>(operation.get("httpErrorStatusCode").int_or(500));
  Error error = error_of(said, status);
  // The operation has ended, whatever its status would mean for a call.
  error.ambiguous = false;
  error.request_id = operation.get("name").string_or();
  return error;
}

Error classify_login(const http::Response& response) {
  const auto document = json::parse(response.body);
  std::string code;
  std::string text;
  if (document) {
    const auto root = document->root();
    code = root.get("error").string_or(root.get("error").get("status").string_or());
    text = root.get("error_description").string_or(root.get("error").get("message").string_or());
  }
  text = cloud::first_line(text);
  if (text.empty()) {
    text = code.empty() ? fmt::format("the token server answered HTTP {}", response.status) : code;
  }
  if (response.status == 429 || response.status >= 500) {
    Error error = cloud::error_of_status(response, text);
    error.raw_code = code;
    error.ambiguous = false;  // asking for a token twice does no harm
    return error;
  }
  // Google's own services say "too many calls" with a 403, too.
  if (Error error = classify(response); error.code == ErrorCode::rate_limited) {
    error.ambiguous = false;
    return error;
  }
  const bool is_permission = response.status == 403;
  Error error = make_error(
      is_permission ? ErrorCode::permission_denied : ErrorCode::unauthenticated, std::move(text),
      is_permission
          ? "impersonation needs roles/iam.serviceAccountTokenCreator on that service account"
          : "the key or login is no longer valid, or this machine's clock is wrong: gcloud auth "
            "application-default login, or make a new key for the service account");
  error.raw_code = code;
  return error;
}

bool is_passing(const Error& error) {
  if (error.code == ErrorCode::conflict) return error.raw_code != "conditionNotMet";
  return error.retryable;
}

}  // namespace ccloud::gcp
