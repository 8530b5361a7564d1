// Forms of text that several clouds' rules share. Pure.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/text.h"

namespace ccloud::catalog {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

bool all_of(std::string_view text, bool (*allowed)(char));  ///< and there are some
bool is_digits(std::string_view text);
bool is_lower_word(std::string_view text);  ///< lower-case letters, digits, dashes
bool is_hex_word(std::string_view text);    ///< lower-case
bool is_uuid(std::string_view text);

/// "nano" ... "large", "xlarge", "16xlarge", "metal", "metal-24xl".
bool is_ladder_size(std::string_view size);

/// Either case.
bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes);

/// Characters, not bytes, of UTF-8.
std::size_t characters(std::string_view text);
/// "it takes at most 63 characters"; empty when it has no more.
std::string length_fault(std::string_view text, std::size_t most);

}  // namespace ccloud::catalog
