// The table of codes (fact sheet 8); what it does not know is judged by its form, then by the
// status.
#include "providers/aws/errors.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"
#include "providers/aws/xml.h"

namespace ccloud::aws {
namespace {

using cloud::Hint;

struct Row {
  std::string_view code;
  ErrorCode meaning;
  std::string_view remedy;
  Hint hint = Hint::none;
};

constexpr std::string_view renew_remedy =
    "renew the credentials (aws sso login, or new session keys) and run the command again";
constexpr std::string_view wrong_key_remedy =
    "check the access key, its secret and the region's partition (China and GovCloud have accounts "
    "of their own)";
constexpr std::string_view clock_remedy =
    "check the secret access key, and this machine's clock against a time server";
constexpr std::string_view opt_in_remedy =
    "enable the region for the account, or list the regions to use in the provider's `regions`";
constexpr std::string_view capacity_remedy =
    "the zone is out of this type at the moment: use another zone or size, or try again later";
constexpr std::string_view quota_remedy =
    "ask for a higher quota in the Service Quotas console, or use fewer or smaller nodes";
constexpr std::string_view throttle_remedy =
    "another program uses up the account's request rate; lower `concurrency` or try again later";

constexpr auto rows = std::to_array<Row>({
    {"ExpiredToken", ErrorCode::unauthenticated, renew_remedy, Hint::renew_credentials},
    {"ExpiredTokenException", ErrorCode::unauthenticated, renew_remedy, Hint::renew_credentials},
    {"TokenRefreshRequired", ErrorCode::unauthenticated, renew_remedy, Hint::renew_credentials},
    {"RequestExpired", ErrorCode::unauthenticated,
     "renew the credentials, and check this machine's clock against a time server",
     Hint::clock_or_credentials},
    {"AuthFailure", ErrorCode::unauthenticated, wrong_key_remedy, Hint::check_clock},
    {"InvalidClientTokenId", ErrorCode::unauthenticated, wrong_key_remedy},
    {"UnrecognizedClientException", ErrorCode::unauthenticated, wrong_key_remedy},
    {"InvalidAccessKeyId", ErrorCode::unauthenticated, wrong_key_remedy},
    {"MissingAuthenticationToken", ErrorCode::unauthenticated, wrong_key_remedy},
    {"MissingAuthenticationTokenException", ErrorCode::unauthenticated, wrong_key_remedy},
    {"IncompleteSignature", ErrorCode::unauthenticated, wrong_key_remedy},
    {"SignatureDoesNotMatch", ErrorCode::unauthenticated, clock_remedy, Hint::check_clock},
    {"InvalidSignatureException", ErrorCode::unauthenticated, clock_remedy, Hint::check_clock},
    {"RequestTimeTooSkewed", ErrorCode::unauthenticated, clock_remedy, Hint::check_clock},
    {"RequestInTheFuture", ErrorCode::unauthenticated, clock_remedy, Hint::check_clock},
    {"OptInRequired", ErrorCode::permission_denied, opt_in_remedy},
    {"PendingVerification", ErrorCode::permission_denied,
     "AWS is still verifying the account for this region: try again later, or ask its support"},
    {"Blocked", ErrorCode::permission_denied, "the account is blocked: ask AWS's support"},
    {"UnauthorizedOperation", ErrorCode::permission_denied, ""},
    {"AccessDenied", ErrorCode::permission_denied, ""},
    {"AccessDeniedException", ErrorCode::permission_denied, ""},
    {"Client.UnauthorizedOperation", ErrorCode::permission_denied, ""},
    {"OperationNotPermitted", ErrorCode::conflict,
     "the instance is protected against termination in AWS: lift the protection there first"},

    {"RequestLimitExceeded", ErrorCode::rate_limited, throttle_remedy},
    {"Throttling", ErrorCode::rate_limited, throttle_remedy},
    {"ThrottlingException", ErrorCode::rate_limited, throttle_remedy},
    {"ThrottledException", ErrorCode::rate_limited, throttle_remedy},
    {"RequestThrottled", ErrorCode::rate_limited, throttle_remedy},
    {"RequestThrottledException", ErrorCode::rate_limited, throttle_remedy},
    {"TooManyRequestsException", ErrorCode::rate_limited, throttle_remedy},
    {"EC2ThrottledException", ErrorCode::rate_limited, throttle_remedy},
    {"BandwidthLimitExceeded", ErrorCode::rate_limited, throttle_remedy},
    {"SlowDown", ErrorCode::rate_limited, throttle_remedy},
    {"PriorRequestNotComplete", ErrorCode::rate_limited, throttle_remedy},

    {"RequestTimeout", ErrorCode::timed_out, ""},
    {"RequestTimeoutException", ErrorCode::timed_out, ""},
    {"InternalError", ErrorCode::unavailable, ""},
    {"InternalFailure", ErrorCode::unavailable, ""},
    {"Unavailable", ErrorCode::unavailable, ""},
    {"ServiceUnavailable", ErrorCode::unavailable, ""},
    {"InternalServiceError", ErrorCode::unavailable, ""},

    {"InsufficientInstanceCapacity", ErrorCode::capacity, capacity_remedy},
    {"InsufficientHostCapacity", ErrorCode::capacity, capacity_remedy},
    {"InsufficientCapacity", ErrorCode::capacity, capacity_remedy},
    {"InsufficientFreeAddressesInSubnet", ErrorCode::capacity,
     "the subnet has no free address left: use a larger network or another zone"},
    {"Unsupported", ErrorCode::capacity,
     "the zone does not offer this type: use another zone or size"},
    {"SpotMaxPriceTooLow", ErrorCode::capacity, ""},
    {"MaxSpotInstanceCountExceeded", ErrorCode::quota_exceeded, quota_remedy},

    {"VcpuLimitExceeded", ErrorCode::quota_exceeded,
     "ask for more vCPUs (quota L-1216C47A, \"Running On-Demand Standard instances\") in the "
     "Service Quotas console, or use fewer or smaller nodes"},
    {"InstanceLimitExceeded", ErrorCode::quota_exceeded,
     "ask for more instances of this type in the Service Quotas console, or use fewer nodes"},
    {"VpcLimitExceeded", ErrorCode::quota_exceeded,
     "ask for more VPCs per region (quota L-F678F1CE), delete unused ones, or name an existing "
     "network by its `id`"},
    {"InternetGatewayLimitExceeded", ErrorCode::quota_exceeded,
     "ask for more internet gateways per region (quota L-A4707A72), or delete unused ones"},
    {"SubnetLimitExceeded", ErrorCode::quota_exceeded, quota_remedy},
    {"SecurityGroupLimitExceeded", ErrorCode::quota_exceeded,
     "ask for more security groups per region (quota L-E79EC296), or delete unused ones"},
    {"RulesPerSecurityGroupLimitExceeded", ErrorCode::quota_exceeded,
     "use fewer rules, or ask for more rules per security group (quota L-0EA8095F)"},
    {"VolumeLimitExceeded", ErrorCode::quota_exceeded,
     "ask for more storage for this volume type in the Service Quotas console"},
    {"AddressLimitExceeded", ErrorCode::quota_exceeded, quota_remedy},
    {"TagLimitExceeded", ErrorCode::quota_exceeded, "use fewer labels: a resource holds 50 tags"},

    {"DependencyViolation", ErrorCode::conflict, "something else still uses it"},
    {"IncorrectInstanceState", ErrorCode::conflict, ""},
    {"IncorrectState", ErrorCode::conflict, ""},
    {"IncorrectModificationState", ErrorCode::conflict,
     "a volume can be changed once in six hours: try again later"},
    {"VolumeModificationRateExceeded", ErrorCode::conflict,
     "a volume can be changed once in six hours: try again later"},
    {"IdempotentParameterMismatch", ErrorCode::conflict, ""},
    {"IdempotentInstanceTerminated", ErrorCode::conflict, ""},
    {"InvalidSubnet.Conflict", ErrorCode::already_exists, ""},
    {"RouteAlreadyExists", ErrorCode::already_exists, ""},
    {"Resource.AlreadyAssociated", ErrorCode::already_exists, ""},
    {"VolumeInUse", ErrorCode::conflict, ""},
    {"InvalidAction", ErrorCode::invalid_argument,
     "the endpoint does not know this action: check that it speaks EC2's API"},
    {"ParameterNotFound", ErrorCode::not_found, ""},
    {"NoSuchResourceException", ErrorCode::not_found, ""},
    {"DryRunOperation", ErrorCode::already_exists, ""},
});

/// For codes that the table lacks: the open set follows a few forms.
std::optional<ErrorCode> meaning_by_form(std::string_view code) {
  if (code.ends_with(".NotFound") || code.ends_with("NotFound")) return ErrorCode::not_found;
  if (code.ends_with(".Duplicate")) return ErrorCode::already_exists;
  if (code.ends_with(".InUse")) return ErrorCode::conflict;
  if (code.ends_with("LimitExceeded") || code.ends_with("QuotaExceeded")) {
    return ErrorCode::quota_exceeded;
  }
  if (code.starts_with("Insufficient")) return ErrorCode::capacity;
  if (code.starts_with("Invalid") || code.starts_with("Missing") || code.starts_with("Unknown") ||
      code.ends_with(".Malformed") || code.starts_with("Unsupported")) {
    return ErrorCode::invalid_argument;
  }
  return std::nullopt;
}

struct Said {
  std::string code;
  std::string message;
  std::string request_id;
};

Said read_xml(std::string_view body) {
  Said said;
  const auto xml = Xml::parse(body);
  if (!xml.has_value()) return said;
  const Node root = xml->root();
  // EC2's form, then the one of STS and its like.
  const Node error =
      root.find("Errors/Error").exists() ? root.find("Errors/Error") : root.find("Error");
  said.code = error.text("Code");
  said.message = error.text("Message");
  said.request_id =
      root.text("RequestID").empty() ? root.text("RequestId") : root.text("RequestID");
  return said;
}

Said read_json(std::string_view body) {
  Said said;
  const auto document = json::parse(body);
  if (!document.has_value()) return said;
  const json::Value root = document->root();
  const std::string type = root.get("__type").string_or();
  said.code = type.substr(type.find('#') + 1);  // npos + 1 is 0: the whole
  said.message =
      root.has("message") ? root.get("message").string_or() : root.get("Message").string_or();
  return said;
}

Said read_error(const http::Response& response) {
  const std::string_view body = trim(response.body);
  Said said = body.starts_with('{') ? read_json(body) : read_xml(body);
  if (said.request_id.empty()) {
    said.request_id = http::find_header(response.headers, "x-amzn-requestid");
  }
  return said;
}

/// EC2 encodes the reason of a refusal; the blob helps nobody who cannot decode it.
std::string without_blob(std::string message) {
  const auto at = message.find("Encoded authorization failure message");
  if (at != std::string::npos) message.resize(at);
  while (message.ends_with('.') || message.ends_with(' ')) message.pop_back();
  return message;
}

std::string permission_remedy(std::string_view action) {
  return fmt::format(
      "allow {} in the IAM policy of these credentials (and in the organisation's policies)",
      action);
}

const Row* find_row(std::string_view code) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) { return row.code == code; });
  return found == rows.end() ? nullptr : &*found;
}

/// "Server.InsufficientInstanceCapacity" is the stateReason's form of the code.
std::string_view bare(std::string_view code) {
  for (const std::string_view prefix : {"Server.", "Client."}) {
    if (code.starts_with(prefix)) return code.substr(prefix.size());
  }
  return code;
}

}  // namespace

Error error_of_code(std::string_view code, std::string_view message, std::string_view action) {
  const Row* row = find_row(code);
  if (row == nullptr) row = find_row(bare(code));
  const auto meaning = row != nullptr ? std::optional(row->meaning) : meaning_by_form(bare(code));
  Error error = make_error(meaning.value_or(ErrorCode::protocol),
                           without_blob(std::string(message.empty() ? code : message)));
  error.raw_code = code;
  if (row != nullptr) error.remedy = row->remedy;
  if (error.code == ErrorCode::permission_denied && error.remedy.empty()) {
    error.remedy = permission_remedy(action);
  }
  if (error.code == ErrorCode::quota_exceeded && error.remedy.empty()) {
    error.remedy = quota_remedy;
  }
  return error;
}

std::optional<cloud::Failure> classify(const http::Response& response, std::string_view action) {
  if (response.status >= 200 && response.status < 300) return std::nullopt;
  const Said said = read_error(response);
  cloud::Failure failure;
  const Row* row = find_row(said.code);
  const bool is_known = row != nullptr || meaning_by_form(said.code).has_value();
  if (said.code.empty() || !is_known) {
    failure.error = cloud::error_of_status(response, without_blob(said.message));
    if (failure.error.code == ErrorCode::permission_denied) {
      failure.error.remedy = permission_remedy(action);
    }
  } else {
    failure.error = error_of_code(said.code, said.message, action);
    // A throttle is refused at the door; any other failure of the service's own may have come late.
    failure.error.ambiguous = response.status >= 500 && failure.error.retryable &&
                              failure.error.code != ErrorCode::rate_limited;
  }
  failure.error.raw_code = said.code;
  failure.error.request_id = said.request_id;
  if (row != nullptr) failure.hint = row->hint;
  return failure;
}

bool is_region_closed(const Error& error) {
  return error.raw_code == "AuthFailure" || error.raw_code == "OptInRequired" ||
         error.raw_code == "InvalidClientTokenId" ||
         error.raw_code == "UnrecognizedClientException" ||
         (error.code == ErrorCode::permission_denied &&
          error.message.find("service control policy") != std::string::npos);
}

bool is_busy(const Error& error) {
  return error.raw_code == "DependencyViolation" || error.raw_code == "IncorrectInstanceState" ||
         error.raw_code == "IncorrectState" || error.raw_code == "VolumeInUse" ||
         error.raw_code.ends_with(".InUse") || error.raw_code == "ResourceInUse";
}

}  // namespace ccloud::aws
