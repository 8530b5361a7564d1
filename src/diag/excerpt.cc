#include "diag/excerpt.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "diag/secrets.h"

namespace ccloud::diag {
namespace {

constexpr std::size_t tab_stop = 4;

struct Cell {
  std::string text;
  std::size_t width = 1;
};

struct Character {
  char32_t code_point = 0;
  std::size_t bytes = 1;
  bool is_valid = false;
};

Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || lead > 0xF4 || text.size() < length) return {};
  char32_t code_point = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  return {code_point, length, true};
}

/// The line as cells, one for each character.
std::vector<Cell> cells_of(std::string_view line) {
  std::vector<Cell> cells;
  std::size_t column = 0;
  while (!line.empty()) {
    const Character c = decode(line);
    Cell cell{std::string(line.substr(0, c.bytes)), 1};
    if (!c.is_valid || c.code_point == 0x7F || (c.code_point >= 0x80 && c.code_point < 0xA0)) {
      cell.text = "?";
    } else if (c.code_point == '\t') {
      cell.width = tab_stop - column % tab_stop;
      cell.text = std::string(cell.width, ' ');
    } else if (c.code_point < 0x20) {
      cell.text = "?";
    } else {
      cell.width = width_of(c.code_point);
    }
    column += cell.width;
    cells.push_back(std::move(cell));
    line.remove_prefix(c.bytes);
  }
  return cells;
}

std::size_t width_between(const std::vector<Cell>& cells, std::size_t begin, std::size_t end) {
  std::size_t width = 0;
  for (std::size_t i = begin; i < std::min(end, cells.size()); ++i) width += cells[i].width;
  return width;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::size_t width_of(char32_t c) {
  if ((c >= 0x300 && c <= 0x36F) || c == 0x200B || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F))
    return 0;
  static constexpr std::array<std::pair<char32_t, char32_t>, 10> wide{{{0x1100, 0x115F},
                                                                       {0x2E80, 0x303E},
                                                                       {0x3041, 0xA4CF},
                                                                       {0xAC00, 0xD7A3},
                                                                       {0xF900, 0xFAFF},
                                                                       {0xFE30, 0xFE6F},
                                                                       {0xFF00, 0xFF60},
                                                                       {0xFFE0, 0xFFE6},
                                                                       {0x1F300, 0x1FAFF},
                                                                       {0x20000, 0x3FFFD}}};
  const bool is_wide = std::ranges::any_of(
      wide, [c](const auto& range) { return c >= range.first && c <= range.second; });
  return is_wide ? 2 : 1;
}

Excerpt make_excerpt(const SourceFile& file, Span span, std::size_t width) {
  const Position position = file.position(span.begin);
  const std::string masked = mask_secrets(file.line(position.line));
  const auto cells = cells_of(masked);
  const std::size_t first = std::min<std::size_t>(position.column - 1, cells.size());
  const std::size_t line_end = file.line_begin(position.line) + file.line(position.line).size();
  const Span on_line{span.begin,
                     static_cast<std::uint32_t>(std::clamp<std::size_t>(
                         span.end, span.begin, std::max<std::size_t>(line_end, span.begin)))};
  const std::size_t last = std::min(first + characters(file.text(on_line)), cells.size());

  std::size_t from = 0;
  std::size_t to = cells.size();
  // Show a good piece of what is before the caret, then as much as fits.
  while (from < first &&
         width_between(cells, from, std::min(last, first + width / 2)) > width * 2 / 3)
    ++from;
  while (to > first + 1 && width_between(cells, from, to) > width) --to;

  Excerpt excerpt;
  const bool is_cut = from > 0;
  if (is_cut) excerpt.line = "...";
  for (std::size_t i = from; i < to; ++i) excerpt.line += cells[i].text;
  if (to < cells.size()) excerpt.line += "...";
  excerpt.column = width_between(cells, from, first) + (is_cut ? 3 : 0);
  excerpt.length = std::max<std::size_t>(1, width_between(cells, first, std::min(last, to)));
  return excerpt;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode(text.substr(i));
    if (!c.is_valid)
      out += "?";
    else if (c.code_point == '\n')
      out += "\\n";
    else if (c.code_point == '\t')
      out += "\\t";
    else if (c.code_point == '"')
      out += "\\\"";
    else if (c.code_point < 0x20 || (c.code_point >= 0x7F && c.code_point < 0xA0))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code_point));
    else
      out += text.substr(i, c.bytes);
    i += c.bytes;
  }
  return out;
}

}  // namespace ccloud::diag
