#include "cli/live.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

namespace ccloud::cli {
namespace {

std::atomic<bool> cursor_hidden{false};

}  // namespace

bool is_cursor_hidden() { return cursor_hidden.load(std::memory_order_relaxed); }

/// Back to the first line of the area and everything below it gone. A terminal that has become
/// narrower has broken the lines anew, so the way up is counted with its present width.
std::string LiveArea::erase() const {
  if (shown_.empty()) return "";
  const std::size_t columns = std::max<std::size_t>(io_.err_size().columns, 1);
  std::size_t up = 0;
  for (const std::size_t width : shown_) up += width == 0 ? 1 : (width + columns - 1) / columns;
  return fmt::format("\r\x1b[{}A\x1b[J", up);
}

void LiveArea::draw(const std::vector<std::string>& lines) {
  const Size size = io_.err_size();
  const std::size_t most = size.rows > 2 ? size.rows - 2 : 1;
  std::string out = erase();
  if (!cursor_hidden.exchange(true)) out += "\x1b[?25l";
  shown_.clear();
  for (const std::string& line : lines) {
    if (shown_.size() == most) break;
    const std::string cut = fit(line, size.columns > 1 ? size.columns - 1 : 1);
    shown_.push_back(display_width(cut));
    out += cut + "\n";
  }
  io_.err(out);
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
