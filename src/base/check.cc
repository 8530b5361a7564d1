#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ccloud {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "ccloud: internal error: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace ccloud
