// Result<T>: a value or the Error why there is none. `co_await` on one inside a Task ends the
// coroutine with the error, so failure needs no ceremony and cannot be dropped.
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace ccloud {

template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}  // NOLINT: errors convert
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
  using Base = std::expected<void, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}  // NOLINT: errors convert
};

}  // namespace ccloud
