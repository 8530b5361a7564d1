#include "cli/table.h"

#include <algorithm>
#include <numeric>

namespace ccloud::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 6;  // a cell is not cut below this

std::size_t total(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const std::size_t width : widths) sum += width == 0 ? 0 : width + gap;
  return sum < gap ? 0 : sum - gap;
}

}  // namespace

/// The widest cell of each column; 0 for a column without any text.
std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], display_width(columns_[i].title));
  }
  return widths;
}

std::string Table::render(const Style& style, std::size_t width, std::size_t indent) const {
  std::vector<std::size_t> widths = this->widths();
  const std::size_t room = width > indent ? width - indent : width;
  while (width > 0 && total(widths) > room) {
    std::size_t victim = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool can_go = widths[i] > 0 && columns_[i].rank > 0;
      if (can_go && (victim == columns_.size() || columns_[i].rank > columns_[victim].rank)) {
        victim = i;
      }
    }
    if (victim == columns_.size()) break;
    widths[victim] = 0;
  }
  while (width > 0 && total(widths) > room) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= narrowest) break;
    *widest -= std::min(total(widths) - room, *widest - narrowest);
  }
  std::size_t last = columns_.size();
  for (std::size_t i = 0; i < columns_.size(); ++i) last = widths[i] > 0 ? i : last;

  std::string out;
  const auto line = [&](const auto& text_of, const auto& paint_of) {
    out.append(indent, ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == 0) continue;
      const std::string_view text = text_of(i);
      const std::string cut = fit(text, widths[i]);
      const std::string blanks(widths[i] - display_width(cut), ' ');
      if (columns_[i].is_right) out += blanks;
      out += style.paint(paint_of(i), cut);
      if (i == last) break;
      if (!columns_[i].is_right) out += blanks;
      out.append(gap, ' ');
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  const bool has_titles =
      std::ranges::any_of(columns_, [](const Column& column) { return !column.title.empty(); });
  if (has_titles) {
    line([&](std::size_t i) { return columns_[i].title; }, [](std::size_t) { return Paint::dim; });
  }
  for (const auto& row : rows_) {
    line([&](std::size_t i) { return i < row.size() ? std::string_view(row[i].text) : ""; },
         [&](std::size_t i) { return i < row.size() ? row[i].paint : Paint::none; });
  }
  return out;
}

}  // namespace ccloud::cli
