// Numbers of a config as JSON writes them, and sizes and durations as people read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ccloud::config {

/// The value of a JSON number that is whole: 3, 3.0, 3e2. nullopt for fractions and for what no
/// 64-bit number holds.
std::optional<std::int64_t> whole_number(std::string_view text);
/// The number is finite and has a fraction.
bool has_fraction(std::string_view text);

/// "4GiB", "512MiB".
std::string show_mib(std::int64_t mib);
/// "90s", "2m", "500ms": as the config writes it.
std::string show_duration(std::chrono::milliseconds duration);

}  // namespace ccloud::config
