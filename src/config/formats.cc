#include "config/formats.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "config/repairs.h"
#include "config/units.h"

namespace ccloud::config::formats {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::vector<std::string_view> driver_names() {
  std::vector<std::string_view> names;
  for (const auto each : catalog::all_drivers()) names.push_back(catalog::to_string(each));
  return names;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 31 || !is_lower(text.front()) || text.back() == '-')
    return false;
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
}

std::int64_t measure_size(std::string_view text) { return parse_mib(text).value_or(0); }
std::int64_t measure_duration(std::string_view text) {
  return parse_duration(text).value_or(std::chrono::milliseconds(0)).count();
}
std::int64_t measure_percent(std::string_view text) { return parse_percent(text).value_or(0); }

bool is_url(std::string_view text) {
  const bool has_scheme = text.starts_with("https://") || text.starts_with("http://");
  const auto host = text.substr(std::min(text.size(), text.find("//") + 2));
  return has_scheme && !host.empty() && host[0] != '/' &&
         std::ranges::none_of(text, [](char c) { return is_control(c) || c == ' '; });
}

bool is_source(std::string_view text) {
  if (text == "project") return true;
  if (text.starts_with("cluster:")) return is_name(text.substr(8));
  return parse_cidr(text).has_value();
}

bool is_version(std::string_view text) {
  if (text.empty() || text.size() > 64 || !is_alnum(text.front())) return false;
  return std::ranges::all_of(
      text, [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '-'; });
}

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_variable(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return false;
  return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_'; });
}

/// One that leads elsewhere than it reads could be a directory of the system.
bool is_directory(std::string_view text) {
  if (!text.starts_with('/') || std::ranges::any_of(text, is_control)) return false;
  return std::ranges::none_of(split(text, '/'),
                              [](const auto& part) { return part == "." || part == ".."; });
}

bool is_user(std::string_view text) {
  if (text.empty() || text.size() > 32 || !(is_lower(text.front()) || text.front() == '_'))
    return false;
  return std::ranges::all_of(
      text, [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool is_http_target(std::string_view text) { return parse_http_target(text).has_value(); }

bool is_line(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, is_control);
}

bool is_short_line(std::string_view text) {
  return text.size() <= 256 && std::ranges::none_of(text, is_control);
}

}  // namespace

const Format& name() {
  static const Format format{
      .what = "a name: lower-case letters, digits and hyphens, a letter first, at most 31",
      .pattern = "^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$",
      .accepts = is_name,
      .repair = repair_name,
      .code = "bad-name"};
  return format;
}

const Format& text() {
  static const Format format{.what = "a text that is not empty",
                             .pattern = "[\\s\\S]",
                             .accepts = [](std::string_view t) { return !t.empty(); }};
  return format;
}

const Format& line() {
  static const Format format{.what = "one line of text that is not empty",
                             .pattern = "^[^\\u0000-\\u001f\\u007f]+$",
                             .accepts = is_line};
  return format;
}

const Format& anything() {
  static const Format format{
      .what = "a text", .pattern = "", .values = {}, .accepts = [](std::string_view) {
        return true;
      }};
  return format;
}

const Format& size() {
  static const Format format{.what = "a size such as 512MiB, 4GiB or 1TiB",
                             .pattern = "^(0|[1-9][0-9]{0,8})([MGT]iB|[MGT]B)$",
                             .accepts = [](std::string_view t) { return parse_mib(t).has_value(); },
                             .measure = measure_size,
                             .repair = repair_size};
  return format;
}

const Format& duration() {
  static const Format format{
      .what = "a duration such as 500ms, 2s, 10m or 1h",
      .pattern = "^(0|[1-9][0-9]{0,8})(ms|s|m|h)$",
      .accepts = [](std::string_view t) { return parse_duration(t).has_value(); },
      .measure = measure_duration,
      .repair = repair_duration};
  return format;
}

const Format& percent() {
  static const Format format{
      .what = "a number of nodes or a percentage such as 20%",
      .pattern = "^(0|[1-9][0-9]{0,8})%$",
      .accepts = [](std::string_view t) { return parse_percent(t).has_value(); },
      .measure = measure_percent};
  return format;
}

const Format& cidr() {
  static const Format format{
      .what = "a network such as 10.10.0.0/20",
      .pattern = "^[0-9a-fA-F.:]+/[0-9]{1,3}$",
      .accepts = [](std::string_view t) { return parse_cidr(t).has_value(); },
      .repair = repair_cidr,
      .code = "cidr-invalid"};
  return format;
}

const Format& ports() {
  static const Format format{
      .what = "a port or a range such as \"7000-7010\"",
      .pattern = "^(0|[1-9][0-9]{0,8})(-(0|[1-9][0-9]{0,8}))?$",
      .accepts = [](std::string_view t) { return parse_ports(t).has_value(); },
      .repair = repair_ports,
      .code = "bad-rule"};
  return format;
}

const Format& rule_source() {
  static const Format format{
      .what = "a network such as 203.0.113.0/24, cluster:NAME or project",
      .pattern = "^(project|cluster:[a-z]([a-z0-9-]{0,29}[a-z0-9])?|[0-9a-fA-F.:]+/[0-9]{1,3})$",
      .accepts = is_source,
      .repair = repair_source,
      .code = "bad-rule"};
  return format;
}

const Format& url() {
  static const Format format{
      .what = "an address that begins with https:// or http://",
      .pattern = "^https?://[^/\\u0000-\\u0020\\u007f][^\\u0000-\\u0020\\u007f]*$",
      .accepts = is_url,
      .repair = repair_url};
  return format;
}

const Format& sha256() {
  static const Format format{.what = "64 hexadecimal digits",
                             .pattern = "^[0-9a-fA-F]{64}$",
                             .accepts = [](std::string_view t) {
                               return t.size() == 64 && std::ranges::all_of(t, is_hex);
                             }};
  return format;
}

const Format& variable() {
  static const Format format{.what = "the name of an environment variable",
                             .pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
                             .accepts = is_variable};
  return format;
}

const Format& http_target() {
  static const Format format{.what = "a port and a path such as :8443/healthz",
                             .pattern = "^:(0|[1-9][0-9]{0,8})(/[^\\u0000-\\u0020]*)?$",
                             .accepts = is_http_target,
                             .repair = repair_target};
  return format;
}

const Format& tcp_target() {
  static const Format format{
      .what = "a port such as :8443",
      .pattern = "^:(0|[1-9][0-9]{0,8})$",
      .accepts = [](std::string_view t) { return parse_tcp_target(t).has_value(); },
      .repair =
          [](std::string_view t) {
            const std::string fixed = repair_target(t);
            return parse_tcp_target(fixed) ? fixed : std::string();
          }};
  return format;
}

const Format& bastion() {
  static const Format format{
      .what = "a host such as ops@bastion.example.com:22",
      .pattern =
          "^([A-Za-z0-9._][A-Za-z0-9._-]*@)?([A-Za-z0-9._][A-Za-z0-9._-]*|\\[[0-9a-fA-F.:]+\\])"
          "(:[1-9][0-9]{0,4})?$",
      .accepts = [](std::string_view t) { return parse_bastion(t).has_value(); }};
  return format;
}

const Format& directory() {
  static const Format format{.what = "an absolute path on the node, without . and ..",
                             .pattern = "^(?!.*/\\.\\.?(/|$))/[^\\u0000-\\u001f\\u007f]*$",
                             .accepts = is_directory};
  return format;
}

const Format& user() {
  static const Format format{
      .what = "a user name: lower-case letters, digits, _ and -, at most 32, a letter or _ first",
      .pattern = "^[a-z_][a-z0-9_-]{0,31}$",
      .accepts = is_user};
  return format;
}

const Format& version() {
  static const Format format{
      .what = "a version: letters, digits and . _ + -, at most 64, a letter or digit first",
      .pattern = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$",
      .accepts = is_version};
  return format;
}

const Format& selector() {
  static const Format format{
      .what = "a selector such as web-* or role=gateway",
      .pattern =
          "^(?!!=)[^\\u0000-\\u0020\\u0022,=]+(=[^\\u0000-\\u0020\\u0022,]*)?(,(?!!=)[^\\u0000-"
          "\\u0020\\u0022,=]+(=[^\\u0000-\\u0020\\u0022,]*)?)*$",
      .accepts = is_selector};
  return format;
}

const Format& driver() {
  static const Format format{.what = "a driver",
                             .pattern = "",
                             .values = driver_names(),
                             .repair = repair_driver,
                             .code = "unknown-driver"};
  return format;
}

const Format& arch() {
  static const Format format{
      .what = "an architecture",
      .pattern = "",
      .values = {"x86_64", "arm64"},
      .repair = [](std::string_view t) {
        const std::string lower = to_lower(t);
        if (lower == "amd64" || lower == "x64" || lower == "x86-64" || lower == "intel")
          return std::string("x86_64");
        return std::string(lower == "aarch64" || lower == "arm" ? "arm64" : "");
      }};
  return format;
}

const Format& disk_type() {
  static const Format format{.what = "a disk type", .pattern = "", .values = {"ssd", "hdd"}};
  return format;
}

const Format& on_failure() {
  static const Format format{
      .what = "what to do after a failure", .pattern = "", .values = {"rollback", "stop"}};
  return format;
}

const Format& health_from() {
  static const Format format{
      .what = "where health is asked from", .pattern = "", .values = {"node", "outside"}};
  return format;
}

const Format& gate() {
  static const Format format{.what = "a gate", .pattern = "", .values = {"manual"}};
  return format;
}

const Format& label_key() {
  static const Format format{
      .what = "a label: one line of at most 256 bytes, not empty",
      .pattern = "^[^\\u0000-\\u001f\\u007f]+$",
      .accepts = [](std::string_view t) { return !t.empty() && is_short_line(t); },
      .code = "bad-name"};
  return format;
}

const Format& label_value() {
  static const Format format{.what = "a label's value: one line of at most 256 bytes",
                             .pattern = "^[^\\u0000-\\u001f\\u007f]*$",
                             .accepts = is_short_line,
                             .code = "bad-name"};
  return format;
}

}  // namespace ccloud::config::formats
