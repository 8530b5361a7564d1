#include "config/repairs.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "catalog/rules.h"
#include "config/units.h"

namespace ccloud::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

/// "Web_1" was probably meant as "web-1".
std::string repair_name(std::string_view text) {
  std::string out;
  for (const char c : to_lower(text)) {
    if (is_digit(c) || is_lower(c))
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && !is_lower(out.front())) out.erase(0, 1);
  if (out.size() > 31) out.resize(31);
  while (out.ends_with('-')) out.pop_back();
  return out;
}

/// Blanks, zeros before a part ("010.0.0.0/16") and parts left out ("10.0/16").
std::string repair_cidr(std::string_view text) {
  const std::string written(trim(text));
  const auto slash = written.find('/');
  if (slash == std::string::npos) return {};
  auto parts = split(written.substr(0, slash), '.');
  if (parts.size() > 1)
    while (parts.size() < 4) parts.emplace_back("0");
  for (auto& part : parts) part.erase(0, std::min(part.find_first_not_of('0'), part.size() - 1));
  std::string repaired;
  for (const auto& part : parts) repaired += (repaired.empty() ? "" : ".") + part;
  repaired += written.substr(slash);
  return repaired != text && parse_cidr(repaired) ? repaired : std::string();
}

/// "80:90" and "80 - 90" are ranges; the ports of well-known names.
std::string repair_ports(std::string_view text) {
  const std::string lower = to_lower(trim(text));
  if (lower == "ssh") return "22";
  if (lower == "http") return "80";
  if (lower == "https") return "443";
  std::string out;
  for (const char c : lower) {
    if (is_digit(c))
      out += c;
    else if (c != ' ' && !out.ends_with('-'))
      out += c == ':' || c == '-' || c == '.' ? '-' : c;
  }
  return out != text && parse_ports(out) ? out : std::string();
}

/// What the drivers are called elsewhere.
std::string repair_driver(std::string_view text) {
  const std::string lower = to_lower(trim(text));
  for (const auto driver : catalog::all_drivers())
    if (catalog::contains(catalog::rules(driver).aliases, lower))
      return std::string(to_string(driver));
  return {};
}

/// An address without its scheme.
std::string repair_url(std::string_view text) {
  const bool is_here = text.starts_with("localhost") || text.starts_with("127.");
  std::string fixed = (is_here ? "http://" : "https://") + std::string(trim(text));
  return text.find("://") == std::string_view::npos ? fixed : std::string();
}

/// A lone address was meant as a network of one.
std::string repair_source(std::string_view text) {
  const std::string lower = to_lower(trim(text));
  for (const char* world : {"any", "all", "*", "world", "internet", "everyone", "anywhere",
                            "everywhere", "public", "0.0.0.0"})
    if (lower == world) return "0.0.0.0/0";
  if (lower == "::") return "::/0";
  if (const auto address = parse_address(trim(text))) return ccloud::to_string(*address);
  if (lower.starts_with("cluster"))
    if (const auto name = lower.find_first_not_of(":= ", 7); name != std::string::npos)
      return "cluster:" + lower.substr(name);
  return repair_cidr(text);
}

std::string repair_target(std::string_view text) {
  if (!text.empty() && is_digit(text.front())) return ":" + std::string(text);
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto rest = text.substr(scheme + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto colon = rest.substr(0, slash).rfind(':');
  const auto fixed =
      colon != std::string_view::npos
          ? std::string(rest.substr(colon))
          : (text.starts_with("https") ? ":443" : ":80") + std::string(rest.substr(slash));
  return fixed;
}

}  // namespace ccloud::config
