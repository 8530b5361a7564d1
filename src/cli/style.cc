#include "cli/style.h"

#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::cli {
namespace {

/// One step through text: an escape sequence, or one character with its width.
struct Piece {
  std::size_t bytes = 1;
  std::size_t width = 1;
  bool is_escape = false;
};

std::uint32_t decode(std::string_view text, std::size_t& bytes) {
  const auto lead = static_cast<unsigned char>(text.front());
  bytes = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) {
    bytes = 1;
    return lead;
  }
  std::uint32_t point = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return point;
}

std::size_t width_of(std::uint32_t point) {
  const bool is_combining = (point >= 0x300 && point <= 0x36F) || point == 0x200B ||
                            point == 0x200D || (point >= 0xFE00 && point <= 0xFE0F);
  if (is_combining) return 0;
  const bool is_wide =
      (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
      (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
      (point >= 0xFF00 && point <= 0xFF60) || (point >= 0x1F300 && point <= 0x1FAFF);
  return is_wide ? 2 : 1;
}

Piece next(std::string_view text) {
  if (text.front() == '\x1b' && text.size() > 1 && text[1] == '[') {
    std::size_t end = 2;
    while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
    return {end < text.size() ? end + 1 : end, 0, true};
  }
  Piece piece;
  piece.width = width_of(decode(text, piece.bytes));
  return piece;
}

}  // namespace

std::string Style::paint(Paint paint, std::string_view text) const {
  if (!has_color || paint == Paint::none || text.empty()) return std::string(text);
  constexpr std::string_view codes[] = {"0", "1", "2", "31", "32", "33", "34", "36", "35"};
  constexpr std::string_view darker[] = {"0",        "1",       "2",       "38;5;124", "38;5;28",
                                         "38;5;130", "38;5;25", "38;5;30", "38;5;90"};
  const auto at = static_cast<std::size_t>(paint);
  return fmt::format("\x1b[{}m{}\x1b[0m", ground == Ground::light ? darker[at] : codes[at], text);
}

Ground ground_of(const std::function<std::optional<std::string>(const std::string&)>& env) {
  const std::string term = env("TERM").value_or("");
  const std::string colors = env("COLORFGBG").value_or("");
  const std::string back = colors.substr(colors.rfind(';') + 1);
  const auto number = colors.contains(';') ? parse_int(back) : std::nullopt;
  const bool is_light = number && (*number == 7 || (*number > 8 && *number < 16));
  return is_light && term.contains("256color") ? Ground::light : Ground::dark;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Piece piece = next(text);
    width += piece.width;
    text.remove_prefix(piece.bytes);
  }
  return width;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t used = 0;
  bool is_painted = false;
  while (!text.empty()) {
    const Piece piece = next(text);
    if (!piece.is_escape && used + piece.width > width - 1) break;
    if (piece.is_escape) is_painted = text.substr(0, piece.bytes) != "\x1b[0m";
    used += piece.width;
    out += text.substr(0, piece.bytes);
    text.remove_prefix(piece.bytes);
  }
  out += "…";
  if (is_painted) out += "\x1b[0m";
  return out;
}

std::string pad(std::string_view text, std::size_t width) {
  std::string out = fit(text, width);
  out.append(width - display_width(out), ' ');
  return out;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::string cut = fit(text, width);
  return std::string(width - display_width(cut), ' ') + cut;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() &&
                       static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080 to U+009F
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F || is_c1) {
      out += fmt::format("\\x{:02x}", is_c1 ? static_cast<unsigned char>(text[i + 1]) : byte);
      if (is_c1) ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  while (!text.empty()) {
    const auto line_end = text.find('\n');
    std::string_view line = text.substr(0, line_end);
    std::size_t column = 0;
    out += line.empty() ? "" : margin;
    while (!line.empty()) {
      const auto word_end = line.find(' ');
      const std::string_view word = line.substr(0, word_end);
      const std::size_t word_width = display_width(word);
      if (column > 0 && indent + column + 1 + word_width > width) {
        out += "\n" + margin;
        column = 0;
      }
      if (column > 0) {
        out += ' ';
        ++column;
      }
      out += word;
      column += word_width;
      line = word_end == std::string_view::npos ? std::string_view() : line.substr(word_end + 1);
    }
    out += '\n';
    text = line_end == std::string_view::npos ? std::string_view() : text.substr(line_end + 1);
  }
  return out;
}

std::string thousands(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string counted(std::size_t count, std::string_view noun) {
  std::string word(noun);
  if (count != 1) {
    const bool in_y = word.ends_with('y') && !word.ends_with("ey") && !word.ends_with("ay");
    if (in_y) word.replace(word.size() - 1, 1, "ie");
    word += word.ends_with("ss") || word.ends_with("sh") ? "es" : "s";
  }
  return fmt::format("{} {}", thousands(count), word);
}

}  // namespace ccloud::cli
