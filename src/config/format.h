// `ccloud fmt` and `ccloud config show`: configs as canonical text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/load.h"
#include "diag/diagnostics.h"

namespace ccloud::config {

struct Formatted {
  /// Missing when the text could not be read whole: `diagnostics` says why.
  std::optional<std::string> text;
  diag::Diagnostics diagnostics;
};

/// The canonical layout: order, comments and values as they are. `path` is for messages only; what
/// the config means is not looked at.
Formatted format_config(std::string text, const std::string& path);

/// The config that the environment makes of the file, without comments and `environments`. Only
/// of a valid config.
Formatted show_config(const std::string& path, std::string_view environment,
                      const LoadOptions& options = {});

}  // namespace ccloud::config
