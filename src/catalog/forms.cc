#include "catalog/forms.h"

#include <cctype>

#include <fmt/format.h>

namespace ccloud::catalog {

bool all_of(std::string_view text, bool (*allowed)(char)) {
  return !text.empty() && std::ranges::all_of(text, allowed);
}

bool is_digits(std::string_view text) { return all_of(text, is_digit); }

bool is_lower_word(std::string_view text) {
  return all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_hex_word(std::string_view text) {
  return all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

bool is_ladder_size(std::string_view size) {
  for (const auto word : {"nano", "micro", "small", "medium", "large", "metal"}) {
    if (size == word) return true;
  }
  if (size.starts_with("metal-")) size.remove_prefix(6);
  while (!size.empty() && is_digit(size.front())) size.remove_prefix(1);
  return size == "xlarge" || size == "xl";
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  const std::string lower = to_lower(text);
  return std::ranges::any_of(prefixes, [&](auto prefix) { return lower.starts_with(prefix); });
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string length_fault(std::string_view text, std::size_t most) {
  return characters(text) > most ? fmt::format("it takes at most {} characters", most) : "";
}

}  // namespace ccloud::catalog
