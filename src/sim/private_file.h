// Files that only their owner may read: credentials, keys, the simulator's state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ccloud::sim {

/// Replaces the file as a whole (a reader sees the old or the new one), mode 600.
Result<void> write_private_file(const std::string& path, std::string_view text);
Result<std::string> read_file(const std::string& path);

}  // namespace ccloud::sim
