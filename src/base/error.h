// The one error type of the program: what happened, where, and what to do next. Values, never
// exceptions; the codes are the contract's closed list.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ccloud {

enum class ErrorCode {
  invalid_argument,
  unauthenticated,
  permission_denied,
  not_found,
  already_exists,
  conflict,
  quota_exceeded,
  capacity,
  rate_limited,
  unavailable,
  timed_out,
  cancelled,
  protocol,
  internal,
};

/// The code's name in `-o json`, for example "quota_exceeded".
std::string_view to_string(ErrorCode code);
std::optional<ErrorCode> parse_error_code(std::string_view name);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;     ///< one sentence, lower case, no final stop, secrets never in it
  std::string remedy;      ///< what the user can do next; may be empty
  std::string provider;    ///< the provider's name in the config, when a cloud said it
  std::string region;      ///< likewise
  std::string request_id;  ///< the cloud's id of the failed call, for its support
  std::string raw_code;    ///< the cloud's own error code, for drivers' decisions
  bool retryable = false;  ///< the same call may succeed later
  bool ambiguous = false;  ///< the call may have taken effect (reply lost, 5xx after sending)
  std::optional<std::chrono::milliseconds> retry_after;  ///< the cloud's own wish
};

/// An error with the default `retryable` of its code (rate_limited, unavailable, timed_out).
Error make_error(ErrorCode code, std::string message, std::string remedy = {});

/// The same error with "{context}: " before its message.
Error with_context(Error error, std::string_view context);

/// One line for people: message, then provider, region and request id where known.
std::string describe(const Error& error);

}  // namespace ccloud
