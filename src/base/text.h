// Small pure functions on text that several folders need.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud {

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);  ///< ASCII only
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
/// Shell-style match: `*` any run, `?` one character, nothing else special.
bool glob_match(std::string_view pattern, std::string_view text);
/// RFC 3986: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);
std::string percent_decode(std::string_view text);
/// A whole number, nothing before or after it.
std::optional<std::int64_t> parse_int(std::string_view text);
/// One argument for a POSIX shell, quoted where it must be.
std::string shell_quote(std::string_view text);

/// RFC 3339 in UTC with whole seconds: 2026-01-02T03:04:05Z.
std::string format_time(std::chrono::system_clock::time_point time);
/// RFC 3339 with offset and fractions; nullopt for anything else.
std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text);
/// "1m20s", "350ms", "2h5m": at most two units, for people.
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace ccloud
