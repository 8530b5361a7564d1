// The terminal, or what stands in its place: data goes to out, progress and messages to err. Knows
// what is a terminal, its size, and whether colours are wanted. Tests use a captured one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/common.h"
#include "cli/style.h"

namespace ccloud::cli {

struct Size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

class Io {
 public:
  /// The process's own streams.
  Io();
  /// Captured, for tests: nothing is a terminal unless said so.
  struct Fake {
    bool is_terminal = false;
    bool has_color = false;
    Size size;
    std::string input;
  };
  explicit Io(Fake fake);
  ~Io();
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;

  /// NO_COLOR and TERM=dumb count with Color::automatic only.
  void set_color(Color color);

  /// Buffered; flushed at the end, when it grows, and before anything goes to err. When the reader
  /// has gone (EPIPE) the rest is dropped quietly.
  void out(std::string_view text);
  void err(std::string_view text);
  void flush();
  /// The reader of stdout has gone: nobody sees what else is printed there.
  bool is_out_gone() const { return is_out_gone_; }
  /// Why stdout could not be written (a full disk); none for EPIPE.
  const std::optional<Error>& problem() const { return problem_; }

  bool is_out_terminal() const { return is_out_terminal_; }
  bool is_err_terminal() const { return is_err_terminal_; }
  bool is_in_terminal() const { return is_in_terminal_; }
  Style out_style() const { return out_style_; }
  Style err_style() const { return err_style_; }
  /// Asked anew each time: windows are resized. 100 columns where there is no terminal.
  Size out_size() const;
  Size err_size() const;

  /// Prints the question to err and reads one line. `cancelled` at the end of input or on Ctrl-C.
  Result<std::string> ask(std::string_view question);

  /// With the captured kind: what was printed.
  const std::string& captured_out() const { return out_; }
  const std::string& captured_err() const { return err_; }

 private:
  Size size_of(int descriptor) const;

  bool is_fake_ = false;
  bool is_out_terminal_ = false;
  bool is_err_terminal_ = false;
  bool is_in_terminal_ = false;
  bool is_out_gone_ = false;
  std::optional<Error> problem_;
  Style out_style_;
  Style err_style_;
  Size fake_size_;
  std::string input_;
  std::string out_;
  std::string err_;
};

}  // namespace ccloud::cli
