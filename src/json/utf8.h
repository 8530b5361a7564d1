// Just enough UTF-8 for a parser and a writer: is this a whole, valid character?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ccloud::json {

/// Bytes of the valid character at the start of `text`, 0 when there is none (RFC 3629: no
/// overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text);

/// Appends the code point; the caller has excluded surrogates.
void append_utf8(std::string& out, char32_t code_point);

}  // namespace ccloud::json
