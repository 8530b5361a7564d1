// The one way into the config: read the file, apply the environment, decode, check everything
// that can be known offline. Never throws, never touches the network.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/model.h"
#include "diag/diagnostics.h"

namespace ccloud::config {

struct LoadOptions {
  /// For `~/` in paths; $HOME when empty.
  std::string home;
  /// Read key, user data and artifact files. Off for the fuzzers and the console.
  bool reads_files = true;
  /// YYYY-MM-DD, for what ends on a day; the machine's date when empty.
  std::string today;
  /// Warnings (unused definitions, open ports ...) are left out.
  bool errors_only = false;
};

struct LoadResult {
  /// Set exactly when `diagnostics` has no error.
  std::optional<Config> config;
  diag::Diagnostics diagnostics;
};

/// `environment` is what `-e` gave, empty for none. A missing, unreadable or over-large file is a
/// diagnostic at 1:1 too.
LoadResult load(const std::string& path, std::string_view environment,
                const LoadOptions& options = {});

/// The same for text in memory; `path` names it and gives the base directory.
LoadResult load_text(std::string text, const std::string& path, std::string_view environment,
                     const LoadOptions& options = {});

}  // namespace ccloud::config
