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

namespace {

// A whole config may stand on one line: only what is near the caret is looked at, with enough
// before it to recognise a secret that begins there.
constexpr std::size_t most_before = 4 << 10;
constexpr std::size_t most_after = 1 << 10;

}  // namespace

/// The text that begins at `offset` of the file, an asterisk for each hidden character; quotes
/// stay, so that a string still looks like one.
std::string with_hidden(std::string_view text, std::size_t offset, std::span<const Span> hidden) {
  std::vector<bool> is_hidden(text.size(), false);
  for (const Span span : hidden) {
    const std::size_t begin = std::clamp<std::size_t>(span.begin, offset, offset + text.size());
    const std::size_t end = std::clamp<std::size_t>(span.end, begin, offset + text.size());
    for (std::size_t i = begin; i < end; ++i) is_hidden[i - offset] = true;
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_first = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (!is_hidden[i] || text[i] == '"' || text[i] == '\'')
      out += text[i];
    else if (is_first)
      out += '*';
  }
  return out;
}

Excerpt make_excerpt(const SourceFile& file, Span span, std::size_t width,
                     std::span<const Span> hidden) {
  const Position position = file.position(span.begin);
  const std::string_view line = file.line(position.line);
  const std::size_t line_begin = file.line_begin(position.line);
  const std::size_t caret =
      std::clamp<std::size_t>(span.begin, line_begin, line_begin + line.size()) - line_begin;
  const std::size_t caret_end =
      std::clamp<std::size_t>(span.end, line_begin + caret, line_begin + line.size()) - line_begin;
  std::size_t window = caret > most_before ? caret - most_before : 0;
  while (window < caret && (static_cast<unsigned char>(line[window]) & 0xC0) == 0x80) ++window;
  const auto cells = cells_of(mask_secrets(
      with_hidden(line.substr(window, caret - window + most_after), line_begin + window, hidden)));
  const std::size_t first = std::min(characters(line.substr(window, caret - window)), cells.size());
  const std::size_t last =
      std::min(first + characters(line.substr(caret, std::min(caret_end - caret, most_after))),
               cells.size());

  // A good piece of what is before the caret, then as much as fits.
  std::size_t from = first;
  std::size_t before = width_between(cells, first, std::min(last, first + width / 2));
  while (from > 0 && before + cells[from - 1].width <= width * 2 / 3) before += cells[--from].width;
  std::size_t to = from;
  std::size_t shown = 0;
  while (to < cells.size() && (to <= first || shown + cells[to].width <= width))
    shown += cells[to++].width;

  Excerpt excerpt;
  const bool is_cut = from > 0 || window > 0;
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
