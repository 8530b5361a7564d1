// Reads JSON that people write: comments and a byte-order mark are allowed, every slip is reported
// with its place, and reading goes on after it. For what machines answer there is reader.h.
#pragma once

#include <cstddef>

#include "diag/diagnostics.h"
#include "diag/source_file.h"
#include "json/tree.h"

namespace ccloud::json {

struct ParseLimits {
  std::size_t depth = 64;   ///< brackets inside brackets
  std::size_t slips = 100;  ///< after that many the rest is not worth reading
};

/// The codes are `syntax` and `duplicate-key`; for a duplicate the first value counts.
Tree parse_located(const diag::SourceFile& file, diag::Diagnostics& diagnostics,
                   const ParseLimits& limits = {});

}  // namespace ccloud::json
