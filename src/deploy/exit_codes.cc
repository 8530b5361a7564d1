// From errors to an exit code.
#include "deploy/exit_codes.h"

#include <algorithm>
#include <optional>

namespace ccloud::deploy {
namespace {

Exit exit_of(const Error& error) {
  if (error.raw_code == slow_node) return Exit::failed;  // its cloud has answered all along
  switch (error.code) {
    case ErrorCode::unauthenticated:
      return Exit::credentials;
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
      return Exit::unreachable;
    case ErrorCode::cancelled:
      return Exit::interrupted;
    default:
      return Exit::failed;
  }
}

}  // namespace

Exit exit_of(const std::vector<Error>& errors, bool has_done_something) {
  if (errors.empty()) return Exit::done;
  if (std::ranges::any_of(errors, [](const Error& e) { return e.code == ErrorCode::cancelled; })) {
    return Exit::interrupted;
  }
  if (has_done_something) return Exit::partly;
  const Exit first = exit_of(errors.front());
  const bool is_same =
      std::ranges::all_of(errors, [&](const Error& e) { return exit_of(e) == first; });
  return is_same ? first : Exit::partly;
}

}  // namespace ccloud::deploy
