#include "config/units.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

struct Measured {
  std::int64_t number = 0;
  std::string_view unit;
};

/// Digits (no leading zero, at most nine) and what follows them.
std::optional<Measured> measured(std::string_view text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 9 || (end > 1 && text[0] == '0')) return std::nullopt;
  return Measured{*parse_int(text.substr(0, end)), text.substr(end)};
}

struct SizeUnit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<SizeUnit, 6> size_units{{{"MiB", 1LL << 20},
                                              {"GiB", 1LL << 30},
                                              {"TiB", 1LL << 40},
                                              {"MB", 1000'000},
                                              {"GB", 1000'000'000},
                                              {"TB", 1000'000'000'000}}};

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '_' && c != ',') out += c;
  return out;
}

}  // namespace

std::optional<std::int64_t> parse_mib(std::string_view text) {
  const auto parts = measured(text);
  if (!parts) return std::nullopt;
  const auto unit = std::ranges::find(size_units, parts->unit, &SizeUnit::name);
  if (unit == size_units.end()) return std::nullopt;
  // Nine digits of TiB would not fit: cap far above any range that is allowed.
  constexpr std::int64_t most = 1LL << 40;
  const auto mib = static_cast<__int128>(parts->number) * unit->bytes;
  const auto whole = (mib + (1LL << 20) - 1) >> 20;
  return static_cast<std::int64_t>(std::min<__int128>(whole, most));
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto parts = measured(text);
  if (!parts) return std::nullopt;
  std::int64_t factor = 0;
  if (parts->unit == "ms") factor = 1;
  if (parts->unit == "s") factor = 1000;
  if (parts->unit == "m") factor = 60'000;
  if (parts->unit == "h") factor = 3600'000;
  if (factor == 0) return std::nullopt;
  return std::chrono::milliseconds(parts->number * factor);
}

std::optional<std::int64_t> parse_percent(std::string_view text) {
  const auto parts = measured(text);
  if (!parts || parts->unit != "%") return std::nullopt;
  return parts->number;
}

std::optional<PortRange> parse_ports(std::string_view text) {
  const auto dash = text.find('-');
  const auto from = measured(text.substr(0, dash));
  if (!from || !from->unit.empty()) return std::nullopt;
  if (dash == std::string_view::npos) return PortRange{from->number, from->number};
  const auto to = measured(text.substr(dash + 1));
  if (!to || !to->unit.empty()) return std::nullopt;
  return PortRange{from->number, to->number};
}

std::optional<HealthTarget> parse_http_target(std::string_view text) {
  if (!text.starts_with(':')) return std::nullopt;
  const auto slash = std::min(text.find('/'), text.size());
  const auto port = measured(text.substr(1, slash - 1));
  if (!port || !port->unit.empty()) return std::nullopt;
  const auto path = slash < text.size() ? text.substr(slash) : std::string_view("/");
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
    return std::nullopt;
  return HealthTarget{port->number, std::string(path)};
}

std::optional<std::int64_t> parse_tcp_target(std::string_view text) {
  if (!text.starts_with(':')) return std::nullopt;
  const auto port = measured(text.substr(1));
  if (!port || !port->unit.empty()) return std::nullopt;
  return port->number;
}

std::optional<Bastion> parse_bastion(std::string_view text) {
  Bastion bastion;
  if (const auto sign = text.find('@'); sign != std::string_view::npos) {
    bastion.user = text.substr(0, sign);
    if (bastion.user.empty()) return std::nullopt;
    text.remove_prefix(sign + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    bastion.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!parse_address(bastion.host)) return std::nullopt;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    bastion.host = text.substr(0, colon);
    port = text.substr(colon);
    const bool is_host = std::ranges::all_of(bastion.host, [](char c) {
      return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
    });
    if (!is_host || bastion.host.starts_with('-')) return std::nullopt;
  }
  const bool is_user = std::ranges::all_of(bastion.user, [](char c) {
    return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
  });
  if (bastion.host.empty() || !is_user || bastion.user.starts_with('-')) return std::nullopt;
  if (port.empty()) return bastion;
  const auto number = parse_tcp_target(port);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  bastion.port = static_cast<std::uint16_t>(*number);
  return bastion;
}

bool is_selector(std::string_view text) {
  if (text.empty()) return false;
  for (const auto& part : split(text, ',')) {
    auto key = std::string_view(part);
    if (const auto sign = part.find('='); sign != std::string::npos) {
      key = key.substr(0, sign);
      if (key.ends_with('!')) key.remove_suffix(1);
    }
    const bool is_clean = std::ranges::none_of(
        part, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"'; });
    if (key.empty() || !is_clean) return false;
  }
  return true;
}

std::string repair_size(std::string_view text) {
  const std::string plain = without_blanks(text);
  const auto end = std::min(plain.find_first_not_of("0123456789"), plain.size());
  if (end == 0) return {};
  std::string number = plain.substr(0, end);
  number.erase(0, std::min(number.find_first_not_of('0'), number.size() - 1));
  std::string unit = to_lower(std::string_view(plain).substr(end));
  if (unit.empty()) return number + "MiB";
  // 1.5GiB is 1536MiB.
  if (unit.starts_with(".5") && number.size() < 7) {
    const auto half = *parse_int(number) * 1024 + 512;
    unit.erase(0, 2);
    if (unit == "g" || unit == "gb" || unit == "gib") return fmt::format("{}MiB", half);
    if (unit == "t" || unit == "tb" || unit == "tib") return fmt::format("{}GiB", half);
    return {};
  }
  if (unit == "m" || unit == "mib" || unit == "mi" || unit == "mebibytes") return number + "MiB";
  if (unit == "g" || unit == "gib" || unit == "gi" || unit == "gibibytes") return number + "GiB";
  if (unit == "t" || unit == "tib" || unit == "ti") return number + "TiB";
  if (unit == "mb") return number + "MB";
  if (unit == "gb") return number + "GB";
  if (unit == "tb") return number + "TB";
  return {};
}

std::string repair_duration(std::string_view text) {
  const std::string plain = to_lower(without_blanks(text));
  std::string_view rest = plain;
  std::int64_t total = 0;
  bool is_single = true;
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (end == 0 || end > 6) return {};
    const auto number = *parse_int(rest.substr(0, end));
    rest.remove_prefix(end);
    const auto unit_end = std::min(rest.find_first_of("0123456789"), rest.size());
    const auto unit = rest.substr(0, unit_end);
    rest.remove_prefix(unit_end);
    if (!rest.empty()) is_single = false;
    if (unit == "d" || unit == "day" || unit == "days")
      total += number * 86'400'000;
    else if (unit == "h" || unit == "hr" || unit == "hour" || unit == "hours")
      total += number * 3600'000;
    else if (unit == "m" || unit == "min" || unit == "mins" || unit == "minutes" ||
             unit == "minute")
      total += number * 60'000;
    else if (unit == "s" || unit == "sec" || unit == "secs" || unit == "seconds" ||
             unit == "second")
      total += number * 1000;
    else if (unit == "ms" || unit == "msec")
      total += number;
    else if (unit.empty() && is_single)
      total += number * 1000;
    else
      return {};
  }
  if (plain.empty()) return {};
  if (total % 3600'000 == 0 && total > 0) return fmt::format("{}h", total / 3600'000);
  if (total % 60'000 == 0 && total > 0) return fmt::format("{}m", total / 60'000);
  if (total % 1000 == 0) return fmt::format("{}s", total / 1000);
  return fmt::format("{}ms", total);
}

}  // namespace ccloud::config
