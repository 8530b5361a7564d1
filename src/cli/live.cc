#include "cli/live.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

namespace ccloud::cli {
namespace {

std::atomic<bool> cursor_hidden{false};

}  // namespace

bool is_cursor_hidden() { return cursor_hidden.load(std::memory_order_relaxed); }

/// Back to the first line of the area. A terminal that has become narrower has broken the lines
/// anew, so the way up is counted with its present width.
std::string LiveArea::back() const {
  if (shown_.empty()) return "";
  const std::size_t columns = std::max<std::size_t>(io_.err_size().columns, 1);
  std::size_t up = 0;
  for (const std::size_t width : shown_) up += width == 0 ? 1 : (width + columns - 1) / columns;
  return fmt::format("\r\x1b[{}A", up);
}

/// Everything from the first line of the area on gone.
std::string LiveArea::erase() const { return shown_.empty() ? "" : back() + "\x1b[J"; }

void LiveArea::draw(const std::vector<std::string>& lines) {
  const Size size = io_.err_size();
  const std::size_t most = most_lines();
  std::string out = back();
  if (!cursor_hidden.exchange(true)) out += "\x1b[?25l";
  shown_.clear();
  // Written over what is there, line by line: a screen that is emptied first flickers.
  for (const std::string& line : lines) {
    if (shown_.size() == most) break;
    const std::string cut = fit(line, size.columns > 1 ? size.columns - 1 : 1);
    shown_.push_back(display_width(cut));
    out += cut + "\x1b[K\n";
  }
  io_.err(out + "\x1b[J");
}

std::size_t LiveArea::most_lines() const {
  const std::size_t rows = io_.err_size().rows;
  return rows > 2 ? rows - 2 : 1;
}

void LiveArea::print_above(std::string_view text) {
  const std::string gone = erase();
  shown_.clear();
  io_.err(gone + std::string(text) + "\n");
}

void LiveArea::clear() {
  std::string out = erase();
  shown_.clear();
  if (cursor_hidden.exchange(false)) out += "\x1b[?25h";
  if (!out.empty()) io_.err(out);
}

}  // namespace ccloud::cli
