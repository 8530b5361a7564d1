// {"RequestId", "Code", "Message", "Recommend"}; codes are dotted and an open set: match on
// prefixes.
#include "providers/alibaba/errors.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/caller.h"
#include "json/reader.h"

namespace ccloud::alibaba {
namespace {

struct Row {
  std::string_view prefix;
  ErrorCode code;
};

constexpr std::array<Row, 40> table = {{
    {"OperationDenied.NoStock", ErrorCode::capacity},
    {"Zone.NotOnSale", ErrorCode::capacity},
    {"InvalidInstanceType.NotSupported", ErrorCode::capacity},
    {"InvalidResourceType.NotSupported", ErrorCode::capacity},
    {"InvalidVSwitchId.IpNotEnough", ErrorCode::capacity},
    {"QuotaExceed", ErrorCode::quota_exceeded},
    {"InvalidAccessKeyId", ErrorCode::unauthenticated},
    {"SignatureDoesNotMatch", ErrorCode::unauthenticated},
    {"IncompleteSignature", ErrorCode::unauthenticated},
    {"InvalidSecurityToken", ErrorCode::unauthenticated},
    {"InvalidTimeStamp", ErrorCode::unauthenticated},
    {"MissingSecurityToken", ErrorCode::unauthenticated},
    {"SignatureNonceUsed", ErrorCode::unavailable},
    {"Forbidden", ErrorCode::permission_denied},
    {"NoPermission", ErrorCode::permission_denied},
    {"RealNameAuthenticationError", ErrorCode::permission_denied},
    {"InvalidAccountStatus", ErrorCode::permission_denied},
    {"Account.Arrearage", ErrorCode::permission_denied},
    {"OperationConflict", ErrorCode::conflict},
    {"Operation.Conflict", ErrorCode::conflict},
    {"InvalidOperation.Conflict", ErrorCode::conflict},
    {"TaskConflict", ErrorCode::conflict},
    {"LastTokenProcessing", ErrorCode::conflict},
    {"LastRequestProcessing", ErrorCode::conflict},
    {"LastOrderProcessing", ErrorCode::conflict},
    {"TokenProcessing", ErrorCode::conflict},
    {"IdempotentProcessing", ErrorCode::conflict},
    {"OperationFailed.LastTokenProcessing", ErrorCode::conflict},
    {"IncorrectVpcStatus", ErrorCode::conflict},
    {"IncorrectVSwitchStatus", ErrorCode::conflict},
    {"IncorrectInstanceStatus", ErrorCode::conflict},
    {"IncorrectStatus", ErrorCode::conflict},
    {"DependencyViolation", ErrorCode::conflict},
    {"IdempotentParameterMismatch", ErrorCode::conflict},
    {"InstanceLockedForSecurity", ErrorCode::permission_denied},
    {"InternalError", ErrorCode::unavailable},
    {"ServiceUnavailable", ErrorCode::unavailable},
    {"UnknownError", ErrorCode::unavailable},
    {"InvalidParameter", ErrorCode::invalid_argument},
    {"MissingParameter", ErrorCode::invalid_argument},
}};

std::string remedy_of(ErrorCode code, std::string_view raw, const std::string& denied) {
  if (raw.starts_with("InvalidTimeStamp"))
    return "set this machine's clock (the cloud allows 15 minutes)";
  if (raw.starts_with("Account") || raw.starts_with("InvalidAccountStatus"))
    return "settle the account's balance";
  if (raw.starts_with("RealName"))
    return "mainland regions need a verified account: verify it in the console";
  switch (code) {
    case ErrorCode::unauthenticated:
      return "check the access key, its secret and the session token (`aliyun configure list`)";
    case ErrorCode::permission_denied:
      return fmt::format(
          "attach a policy that allows {} to the RAM user or role (docs/providers/alibaba.md)",
          denied.empty() ? "this action" : denied);
    case ErrorCode::quota_exceeded:
      return "ask for a larger quota in the Quota Center, or ask for less";
    case ErrorCode::capacity:
      return "use another zone or another size: this one is sold out there";
    default:
      return {};
  }
}

}  // namespace

ErrorCode code_of(std::string_view code, int status) {
  if (code.find("Throttling") != std::string_view::npos || code.starts_with("FlowLimit")) {
    return ErrorCode::rate_limited;
  }
  if (code.ends_with(".NotFound") && !code.starts_with("InvalidAccessKeyId"))
    return ErrorCode::not_found;
  if (code.ends_with(".Duplicate") || code.ends_with("AlreadyExist") ||
      code.ends_with(".AlreadyExisted")) {
    return ErrorCode::already_exists;
  }
  const auto row =
      std::ranges::find_if(table, [&](const Row& one) { return code.starts_with(one.prefix); });
  if (row != table.end()) return row->code;
  if (status == 429) return ErrorCode::rate_limited;
  if (status >= 500) return ErrorCode::unavailable;
  if (status == 404) return ErrorCode::not_found;
  if (status == 403) return ErrorCode::permission_denied;
  return ErrorCode::invalid_argument;
}

Error classify(const http::Response& response) {
  std::string code;
  std::string message;
  std::string request;
  std::string denied;  // the action that no policy allows
  if (const auto document = json::parse(response.body)) {
    code = document->root().get("Code").string_or();
    message = document->root().get("Message").string_or();
    request = document->root().get("RequestId").string_or();
    denied = document->root().get("AccessDeniedDetail").get("AuthAction").string_or();
  }
  // The message of a wrong signature shows the server's string to sign: no secret, but noise.
  if (code == "SignatureDoesNotMatch") message = "the signature does not match";
  while (message.ends_with('.')) message.pop_back();
  if (message.empty()) message = fmt::format("HTTP status {}", response.status);
  const auto meaning = code_of(code, response.status);
  Error error = make_error(meaning, code.empty() ? message : fmt::format("{} ({})", message, code),
                           remedy_of(meaning, code, denied));
  error.raw_code = code;
  error.request_id = request;
  error.ambiguous = response.status >= 500;
  error.retry_after = cloud::error_of_status(response, "").retry_after;
  if (const auto after = parse_int(http::find_header(response.headers, "x-acs-retry-after"))) {
    error.retry_after = std::chrono::milliseconds(*after);
  }
  return error;
}

bool is_passing(const Error& error) {
  return error.code == ErrorCode::conflict && error.raw_code != "IdempotentParameterMismatch";
}

}  // namespace ccloud::alibaba
