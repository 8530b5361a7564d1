// One line of a source file made safe and short enough to show, with the caret's place under it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "diag/source_file.h"

namespace ccloud::diag {

struct Excerpt {
  std::string line;        ///< tabs expanded, control characters and secrets replaced
  std::size_t column = 0;  ///< blanks before the caret
  std::size_t length = 1;  ///< carets; at least one
};

/// `width` is in columns of a terminal. What lies in a span of `hidden` is shown as asterisks.
Excerpt make_excerpt(const SourceFile& file, Span span, std::size_t width,
                     std::span<const Span> hidden = {});

/// Control characters as \n, \t or \u001b, so that a terminal obeys none of them.
std::string printable(std::string_view text);

/// Columns a terminal gives the code point: 0 (combining), 1 or 2 (wide East Asian, emoji).
std::size_t width_of(char32_t code_point);

}  // namespace ccloud::diag
