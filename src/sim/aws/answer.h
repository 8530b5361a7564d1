// How an AWS operation ends: with a value, or with AWS's own error (status, code, message).
#pragma once

#include <expected>
#include <string>

namespace ccloud::sim::aws {

struct ApiError {
  int status = 400;
  std::string code;
  std::string message;
};

template <class T = void>
using Answer = std::expected<T, ApiError>;

inline std::unexpected<ApiError> fail(std::string code, std::string message, int status = 400) {
  return std::unexpected(ApiError{status, std::move(code), std::move(message)});
}

}  // namespace ccloud::sim::aws
