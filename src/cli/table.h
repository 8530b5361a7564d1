// Text in columns that fits a width: columns that matter least go first, then the longest cells are
// cut. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/style.h"

namespace ccloud::cli {

struct Cell {
  std::string text;
  Paint paint = Paint::none;

  Cell(std::string content = {}, Paint color = Paint::none)  // NOLINT: text is a cell
      : text(std::move(content)), paint(color) {}
  Cell(std::string_view content) : text(content) {}  // NOLINT
  Cell(const char* content) : text(content) {}       // NOLINT
};

struct Column {
  std::string_view title;
  int rank = 0;           ///< 0: always shown; of the others the highest goes first
  bool is_right = false;  ///< numbers
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  /// Empty columns are left out. `width` 0: as wide as it gets.
  std::string render(const Style& style, std::size_t width, std::size_t indent = 0) const;

 private:
  std::vector<std::size_t> widths() const;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace ccloud::cli
