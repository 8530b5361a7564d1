// Diagnostics for programs: the document `ccloud.diagnostics/1` of `-o json`.
#pragma once

#include <string>

#include "diag/diagnostics.h"

namespace ccloud::json {

std::string diagnostics_document(const diag::Diagnostics& diagnostics);

}  // namespace ccloud::json
