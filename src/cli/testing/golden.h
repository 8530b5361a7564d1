// Whole texts compared with files in src/cli/golden; CCLOUD_ACCEPT=1 rewrites the files.
#pragma once

#include <string>
#include <string_view>

namespace ccloud::cli {

/// Adds a test failure that shows both when they differ.
void expect_golden(std::string_view name, const std::string& text);

}  // namespace ccloud::cli
