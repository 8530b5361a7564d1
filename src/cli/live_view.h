// A picture of what is going on, at the bottom of the terminal, drawn anew as it changes and once
// a moment for the clock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/loop.h"
#include "cli/live.h"
#include "cli/program.h"

namespace ccloud::cli {

class LiveView {
 public:
  /// At most `size.rows` lines.
  using Picture =
      std::function<std::vector<std::string>(async::WallTime now, Size size, const Style& style)>;

  /// nullptr where nothing can be drawn: no terminal, `--quiet`, TERM=dumb, a stream of events on
  /// the same screen. Program and loop must outlive it.
  static std::unique_ptr<LiveView> open(Program& program, async::Loop& loop, Picture picture);
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  /// Draws soon; ten times a second at most.
  void changed();
  /// A line (or several) that stays, above the picture. Program::say does so, too.
  void print_above(std::string_view text);
  /// Removes the picture, before something else is printed; it comes back with the next change.
  void pause();

 private:
  LiveView(Program& program, async::Loop& loop, Picture picture);
  void draw();

  Program& program_;
  async::Loop& loop_;
  Picture picture_;
  LiveArea area_;
  async::TimerId timer_ = 0;
  bool is_scheduled_ = false;
};

/// How much of a whole is done, failed and under way.
struct Share {
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t in_flight = 0;
  std::int64_t total = 0;
};
/// A bar of that width, indented; empty without a whole or without room.
std::string share_bar(const Share& share, std::size_t width, const Style& style);
/// "12 of 60 done, 4 in flight, 1 failed".
std::string share_text(const Share& share, const Style& style);

/// In whole seconds, so that a clock does not change its form every second: "59s", "2m05s".
std::string clock_text(async::Duration duration);

}  // namespace ccloud::cli
