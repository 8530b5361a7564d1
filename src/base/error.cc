#include "base/error.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace ccloud {
namespace {

constexpr std::array<std::string_view, 14> names = {
    "invalid_argument", "unauthenticated", "permission_denied", "not_found",    "already_exists",
    "conflict",         "quota_exceeded",  "capacity",          "rate_limited", "unavailable",
    "timed_out",        "cancelled",       "protocol",          "internal"};

}  // namespace

std::string_view to_string(ErrorCode code) { return names.at(static_cast<std::size_t>(code)); }

std::optional<ErrorCode> parse_error_code(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names.at(i) == name) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

Error make_error(ErrorCode code, std::string message, std::string remedy) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.remedy = std::move(remedy);
  error.retryable = code == ErrorCode::rate_limited || code == ErrorCode::unavailable ||
                    code == ErrorCode::timed_out;
  return error;
}

Error with_context(Error error, std::string_view context) {
  error.message = fmt::format("{}: {}", context, error.message);
  return error;
}

std::string describe(const Error& error) {
  std::string out = error.message;
  std::string where = error.provider;
  if (!error.region.empty()) where += (where.empty() ? "" : " ") + error.region;
  if (!error.request_id.empty())
    where += (where.empty() ? "request " : ", request ") + error.request_id;
  if (!where.empty()) out += fmt::format(" ({})", where);
  return out;
}

}  // namespace ccloud
