// Colours and widths of text on a terminal. With colours off every function gives its text back.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ccloud::cli {

enum class Paint { none, bold, dim, red, green, yellow, blue, cyan, magenta };

/// What text stands on. The eight plain colours are made for dark ground: on white, yellow, cyan
/// and green can hardly be read.
enum class Ground { dark, light };

/// By COLORFGBG, which terminals set that tell; `light` only where TERM has the colours for it.
Ground ground_of(const std::function<std::optional<std::string>(const std::string&)>& env);

struct Style {
  bool has_color = false;
  Ground ground = Ground::dark;

  std::string paint(Paint paint, std::string_view text) const;
  std::string bold(std::string_view text) const { return paint(Paint::bold, text); }
  std::string dim(std::string_view text) const { return paint(Paint::dim, text); }
  std::string red(std::string_view text) const { return paint(Paint::red, text); }
  std::string green(std::string_view text) const { return paint(Paint::green, text); }
  std::string yellow(std::string_view text) const { return paint(Paint::yellow, text); }
  std::string cyan(std::string_view text) const { return paint(Paint::cyan, text); }
};

/// Columns that the text takes: escape sequences none, combining marks none, wide characters two.
std::size_t display_width(std::string_view text);
/// Cut to `width` columns with an ellipsis; escape sequences are kept and closed.
std::string fit(std::string_view text, std::size_t width);
/// fit() and filled up with blanks.
std::string pad(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);
/// Control characters (of names, messages and outputs that others made) shown as \xNN, so that no
/// text of a cloud or node can steer the terminal. Line ends and tabs stay.
std::string printable(std::string_view text);
/// Breaks at blanks; every line begins with `indent` blanks.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);
/// "1 node", "12,345 nodes".
std::string counted(std::size_t count, std::string_view noun);
/// 12,345
std::string thousands(std::size_t number);

}  // namespace ccloud::cli
