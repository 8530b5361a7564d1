#include "config/number.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::config {
namespace {

std::optional<double> real(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (const auto exact = parse_int(text)) return exact;
  const auto value = real(text);
  constexpr double most_exact = 9007199254740992.0;  // 2^53
  if (!value || std::abs(*value) > most_exact || std::trunc(*value) != *value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

bool has_fraction(std::string_view text) {
  const auto value = real(text);
  return value && std::trunc(*value) != *value;
}

std::string show_mib(std::int64_t mib) {
  if (mib > 0 && mib % (1 << 20) == 0) return fmt::format("{}TiB", mib >> 20);
  if (mib > 0 && mib % 1024 == 0) return fmt::format("{}GiB", mib >> 10);
  return fmt::format("{}MiB", mib);
}

std::string show_duration(std::chrono::milliseconds duration) {
  const auto ms = duration.count();
  if (ms == 0) return "0s";
  if (ms % 3600'000 == 0) return fmt::format("{}h", ms / 3600'000);
  if (ms % 60'000 == 0) return fmt::format("{}m", ms / 60'000);
  if (ms % 1000 == 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

}  // namespace ccloud::config
