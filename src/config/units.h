// The little languages inside strings: sizes, durations, percentages, ports, addresses. Text to
// value, nullopt when the text is not of the form; ranges are the caller's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/model.h"

namespace ccloud::config {

/// "512MiB", "4GiB", "1TiB", also MB GB TB; rounded up to whole MiB.
std::optional<std::int64_t> parse_mib(std::string_view text);
/// "500ms", "2s", "10m", "1h".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "20%"; any number of percent.
std::optional<std::int64_t> parse_percent(std::string_view text);

struct PortRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
/// "443" or "7000-7010"; any numbers.
std::optional<PortRange> parse_ports(std::string_view text);

struct HealthTarget {
  std::int64_t port = 0;
  std::string path;
};
/// ":8443/healthz" or, without a path, ":8443".
std::optional<HealthTarget> parse_http_target(std::string_view text);
std::optional<std::int64_t> parse_tcp_target(std::string_view text);

/// "user@host:port", "host", "[::1]:22".
std::optional<Bastion> parse_bastion(std::string_view text);

/// "key=value", "key!=value", a name with globs and ranges, joined by commas.
bool is_selector(std::string_view text);

/// What the writer of a size or duration most likely meant: "4 gb" is "4GB". Empty: no idea.
std::string repair_size(std::string_view text);
std::string repair_duration(std::string_view text);

}  // namespace ccloud::config
