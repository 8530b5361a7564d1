// A few lines at the bottom of the terminal that are redrawn in place. The cursor is hidden while
// there are any and comes back however the program ends (interrupts.cc restores it, too).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/io.h"

namespace ccloud::cli {

class LiveArea {
 public:
  explicit LiveArea(Io& io) : io_(io) {}
  ~LiveArea() { clear(); }
  LiveArea(const LiveArea&) = delete;
  LiveArea& operator=(const LiveArea&) = delete;

  /// Replaces what is shown; lines are cut to the terminal's width, and to its height.
  void draw(const std::vector<std::string>& lines);
  /// A line that stays, above the area. The area is drawn again with the next draw().
  void print_above(std::string_view text);
  /// Removes the area and shows the cursor.
  void clear();
  /// So many lines are shown at most.
  std::size_t most_lines() const;

 private:
  std::string back() const;
  std::string erase() const;

  Io& io_;
  std::vector<std::size_t> shown_;  // the width of each line on the screen
};

/// True while a LiveArea hides the cursor; for signal handlers.
bool is_cursor_hidden();

}  // namespace ccloud::cli
