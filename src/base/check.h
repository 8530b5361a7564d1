// CCLOUD_CHECK: a broken invariant is our bug; it ends the program with the place.
#pragma once

namespace ccloud {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace ccloud

#define CCLOUD_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::ccloud::check_failed(#condition, __FILE__, __LINE__))
