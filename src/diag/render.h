// Diagnostics as people read them: place, message, excerpt, caret. Pure: the same diagnostics give
// the same text. The form for programs is json/diagnostics.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "diag/diagnostics.h"

namespace ccloud::diag {

enum class Color { off, on };

struct RenderOptions {
  Color color = Color::off;
  std::size_t width = 120;  ///< longer lines are cut around the caret
  std::size_t most = 0;     ///< show so many, then the count of the rest; 0: all
};

std::string render(const Diagnostics& diagnostics, const RenderOptions& options = {});

/// "2 errors, 1 warning"; empty when there is nothing.
std::string summary(const Diagnostics& diagnostics);

/// A name from the user's text for use in a message: in double quotes, control characters escaped,
/// secrets masked, cut after 80 characters.
std::string quote(std::string_view text);

}  // namespace ccloud::diag
