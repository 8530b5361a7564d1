// {"error": {"code", "message", "details": [...]}}: the deepest detail is the cause; some details
// hold another such document as text. Codes are an open set: what is not listed goes by the status.
#include "providers/azure/errors.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/caller.h"
#include "cloud/said.h"

namespace ccloud::azure {
namespace {

struct Said {
  std::string code;
  std::string message;
};

Said deepest(json::Value error, int depth);

Said inside_text(const std::string& message, Said said, int depth) {
  const auto text = trim(message);
  if (!text.starts_with('{')) return said;
  const auto nested = json::parse(text);
  if (!nested) return said;
  const auto inner = nested->root().has("error") ? nested->root().get("error") : nested->root();
  const Said found = deepest(inner, depth + 1);
  return found.message.empty() ? said : found;
}

Said deepest(json::Value error, int depth) {
  Said said{error.get("code").string_or(), error.get("message").string_or()};
  if (depth > 5) return said;
  for (const auto& detail : error.get("details").items()) {
    Said inner = deepest(detail, depth + 1);
    // Advice and info stand beside the cause and have no code of their own.
    if (!inner.code.empty() && !inner.message.empty()) return inner;
  }
  return inside_text(said.message, said, depth);
}

struct Row {
  std::string_view code;
  ErrorCode means;
  bool is_passing = false;  ///< worth the same call again
};

constexpr std::array table = {
    Row{"AuthenticationFailed", ErrorCode::unauthenticated},
    Row{"InvalidAuthenticationToken", ErrorCode::unauthenticated},
    Row{"ExpiredAuthenticationToken", ErrorCode::unauthenticated},
    Row{"InvalidAuthenticationTokenTenant", ErrorCode::unauthenticated},
    Row{"InvalidAuthenticationTokenAudience", ErrorCode::unauthenticated},
    Row{"AuthorizationFailed", ErrorCode::permission_denied},
    Row{"LinkedAuthorizationFailed", ErrorCode::permission_denied},
    Row{"LinkedAccessCheckFailed", ErrorCode::permission_denied},
    Row{"RequestDisallowedByPolicy", ErrorCode::permission_denied},
    Row{"SubscriptionNotFound", ErrorCode::permission_denied},
    Row{"ReadOnlyDisabledSubscription", ErrorCode::permission_denied},
    Row{"ScopeLocked", ErrorCode::permission_denied},
    Row{"MissingSubscriptionRegistration", ErrorCode::permission_denied},
    Row{"MarketplacePurchaseEligibilityFailed", ErrorCode::permission_denied},
    Row{"ResourcePurchaseValidationFailed", ErrorCode::permission_denied},
    Row{"ResourcePurchaseCanceled", ErrorCode::permission_denied},
    Row{"ResourceNotFound", ErrorCode::not_found},
    Row{"ResourceGroupNotFound", ErrorCode::not_found},
    Row{"NotFound", ErrorCode::not_found},
    Row{"ImageNotFound", ErrorCode::not_found},
    Row{"PlatformImageNotFound", ErrorCode::not_found},
    Row{"ArtifactNotFound", ErrorCode::not_found},
    Row{"LocationNotAvailableForResourceType", ErrorCode::invalid_argument},
    Row{"QuotaExceeded", ErrorCode::quota_exceeded},
    Row{"ResourceQuotaExceeded", ErrorCode::quota_exceeded},
    Row{"PublicIPCountLimitReached", ErrorCode::quota_exceeded},
    Row{"AllocationFailed", ErrorCode::capacity},
    Row{"ZonalAllocationFailed", ErrorCode::capacity},
    Row{"OverconstrainedAllocationRequest", ErrorCode::capacity},
    Row{"OverconstrainedZonalAllocationRequest", ErrorCode::capacity},
    Row{"SkuNotAvailable", ErrorCode::capacity},
    Row{"TooManyRequests", ErrorCode::rate_limited, true},
    Row{"SubscriptionRequestsThrottled", ErrorCode::rate_limited, true},
    Row{"RetryableError", ErrorCode::unavailable, true},
    Row{"RetryableErrorDueToAnotherOperation", ErrorCode::conflict, true},
    Row{"AnotherOperationInProgress", ErrorCode::conflict, true},
    Row{"ReferencedResourceNotProvisioned", ErrorCode::conflict, true},
    Row{"OperationPreempted", ErrorCode::conflict, true},
    Row{"ResourceGroupBeingDeleted", ErrorCode::conflict, true},
    Row{"InternalServerError", ErrorCode::unavailable, true},
    Row{"InternalExecutionError", ErrorCode::unavailable, true},
    Row{"NetworkingInternalOperationError", ErrorCode::unavailable, true},
    Row{"ServerTimeout", ErrorCode::unavailable, true},
    Row{"GatewayTimeout", ErrorCode::unavailable, true},
    Row{"NicReservedForAnotherVm", ErrorCode::conflict},
    Row{"NicInUse", ErrorCode::conflict},
    Row{"PublicIPAddressCannotBeDeleted", ErrorCode::conflict},
    Row{"PropertyChangeNotAllowed", ErrorCode::conflict},
    Row{"Conflict", ErrorCode::conflict},
    Row{"PreconditionFailed", ErrorCode::already_exists},
    Row{"NotSupported", ErrorCode::invalid_argument},
    Row{"InvalidResourceReference", ErrorCode::not_found},
};

bool speaks_of_quota(const Said& said) {
  const auto text = to_lower(said.message);
  return text.find("quota") != std::string::npos || said.code.ends_with("LimitReached") ||
         text.find("core limit") != std::string::npos;
}

struct Meaning {
  ErrorCode code;
  bool is_passing = false;
};

Meaning meaning_of(const Said& said, int status) {
  const auto known = std::ranges::find(table, said.code, &Row::code);
  if (known != table.end()) return {known->means, known->is_passing};
  if (said.code.find("AllocationFailed") != std::string::npos) return {ErrorCode::capacity};
  if (said.code.starts_with("InUse")) return {ErrorCode::conflict};
  if (status == 429) return {ErrorCode::rate_limited, true};
  // OperationNotAllowed says many things; quotas among them, in words only.
  if (speaks_of_quota(said)) return {ErrorCode::quota_exceeded};
  if (said.code == "OperationNotAllowed") return {ErrorCode::conflict};
  if (said.code.starts_with("Invalid")) return {ErrorCode::invalid_argument};
  if (status == 412) return {ErrorCode::already_exists};
  if (status == 0) return {ErrorCode::internal};
  const auto by_status = cloud::error_of_status({.status = status, .headers = {}, .body = {}}, "");
  return {by_status.code, by_status.retryable};
}

/// The action that is not granted; of several that are linked the first.
std::string denied_action(const Said& said) {
  const auto linked = cloud::quoted_after(said.message, "perform action(s) '");
  if (linked.empty()) return cloud::quoted_after(said.message, "perform action '");
  return linked.substr(0, linked.find(','));
}

std::string remedy_of(const Said& said, ErrorCode code) {
  if (said.code == "MissingSubscriptionRegistration") {
    return "register the services once: az provider register --namespace Microsoft.Compute (and "
           "Microsoft.Network)";
  }
  if (said.code == "MarketplacePurchaseEligibilityFailed" ||
      said.code == "ResourcePurchaseValidationFailed") {
    return "accept the image's terms once: az vm image terms accept --urn URN";
  }
  if (said.code == "SubscriptionNotFound") {
    return "check the subscription's id and that these credentials have a role in it";
  }
  if (said.code == "ScopeLocked") return "remove the lock, or leave this resource alone";
  switch (code) {
    case ErrorCode::unauthenticated:
      return "log in again: az login, or check AZURE_TENANT_ID, AZURE_CLIENT_ID and the secret";
    case ErrorCode::permission_denied: {
      const auto action = denied_action(said);
      return fmt::format(
          "the identity needs {}the role Contributor (or the smaller one of "
          "docs/providers/azure.md) there; a new role takes up to five minutes",
          action.empty() ? std::string() : fmt::format("the action {}: ", action));
    }
    case ErrorCode::quota_exceeded:
      return "ask for a larger quota (az vm list-usage -l REGION shows it), or use another region "
             "or size";
    case ErrorCode::capacity:
      return "use another zone, size or region";
    default:
      return {};
  }
}

Error error_of(const Said& said, int status) {
  const auto meaning = meaning_of(said, status);
  auto message = cloud::first_line(said.message);
  if (message.empty()) {
    message = said.code.empty() ? fmt::format("HTTP status {}", status) : said.code;
  }
  Error error = make_error(meaning.code, std::move(message), remedy_of(said, meaning.code));
  error.raw_code = said.code;
  error.ambiguous = status >= 500 || status == 408;
  if (meaning.is_passing) error.retryable = true;
  return error;
}

}  // namespace

Error classify(json::Value error, int status) { return error_of(deepest(error, 0), status); }

Error classify(const http::Response& response) {
  const auto document = json::parse(response.body);
  Said said;
  if (document) {
    const auto root = document->root();
    said = deepest(root.has("error") ? root.get("error") : root, 0);
    if (said.message.empty()) said.message = root.get("Message").string_or();
  }
  Error error = error_of(said, response.status);
  error.request_id = http::find_header(response.headers, "x-ms-request-id");
  if (error.request_id.empty()) {
    error.request_id = http::find_header(response.headers, "x-ms-correlation-request-id");
  }
  // Continuous access evaluation wants other claims than a token of this kind can have.
  if (http::find_header(response.headers, "www-authenticate").find("insufficient_claims") !=
      std::string_view::npos) {
    error.raw_code = "insufficient_claims";
    error.remedy = "the tenant's conditional access refuses this login from here: ask its admin";
  }
  return error;
}

Error classify_login(const http::Response& response) {
  const auto document = json::parse(response.body);
  std::string code;
  std::string text;
  if (document) {
    code = document->root().get("error").string_or();
    text = document->root().get("error_description").string_or();
    if (code.empty()) code = document->root().get("error").get("code").string_or();
  }
  text = cloud::first_line(text.substr(0, text.find(" Trace ID:")));
  const bool is_passing = response.status == 429 || response.status >= 500;
  if (text.empty()) text = fmt::format("the token endpoint answered HTTP {}", response.status);
  if (is_passing) {
    Error error = cloud::error_of_status(response, text);
    error.raw_code = code;
    error.ambiguous = false;  // asking for a token twice does no harm
    return error;
  }
  Error error = make_error(ErrorCode::unauthenticated, std::move(text),
                           "check the tenant, the client id and its secret or certificate; secrets "
                           "expire (az ad app credential list shows when)");
  error.raw_code = code;
  if (document) error.request_id = document->root().get("trace_id").string_or();
  return error;
}

bool is_expired_token(const Error& error) {
  return error.code == ErrorCode::unauthenticated &&
         error.raw_code != "InvalidAuthenticationTokenTenant" &&
         error.raw_code != "InvalidAuthenticationTokenAudience" &&
         error.raw_code != "insufficient_claims";
}

bool is_passing(const Error& error) {
  if (error.code == ErrorCode::conflict) {
    return error.raw_code != "PropertyChangeNotAllowed" && error.raw_code != "ScopeLocked";
  }
  return error.retryable;
}

}  // namespace ccloud::azure
