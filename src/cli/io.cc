#include "cli/io.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ccloud::cli {
namespace {

constexpr std::size_t flush_at = 64 * 1024;

/// 0, or the errno of the write that failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool wants_color_by_itself(bool is_terminal) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool is_refused = no_color != nullptr && *no_color != '\0';
  const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
  return is_terminal && !is_refused && !is_dumb;
}

}  // namespace

Io::Io()
    : is_out_terminal_(isatty(STDOUT_FILENO) != 0),
      is_err_terminal_(isatty(STDERR_FILENO) != 0),
      is_in_terminal_(isatty(STDIN_FILENO) != 0) {
  set_color(Color::automatic);
}

Io::Io(Fake fake)
    : is_fake_(true),
      is_out_terminal_(fake.is_terminal),
      is_err_terminal_(fake.is_terminal),
      is_in_terminal_(fake.is_terminal),
      out_style_{fake.has_color},
      err_style_{fake.has_color},
      fake_size_(fake.size),
      input_(std::move(fake.input)) {}

Io::~Io() { flush(); }

void Io::set_color(Color color) {
  if (is_fake_) return;
  const bool is_forced = color == Color::always;
  const bool may = color != Color::never;
  out_style_.has_color = may && (is_forced || wants_color_by_itself(is_out_terminal_));
  const auto ground = ground_of([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
  out_style_.ground = ground;
  err_style_.ground = ground;
  err_style_.has_color = may && (is_forced || wants_color_by_itself(is_err_terminal_));
}

void Io::out(std::string_view text) {
  if (is_out_gone_) return;
  out_ += text;
  if (!is_fake_ && out_.size() >= flush_at) flush();
}

void Io::err(std::string_view text) {
  if (is_fake_) {
    err_ += text;
    return;
  }
  flush();
  write_all(STDERR_FILENO, text);  // nobody is left to be told when this fails
}

void Io::flush() {
  if (is_fake_ || out_.empty()) return;
  const int problem = write_all(STDOUT_FILENO, out_);
  out_.clear();
  if (problem == 0) return;
  is_out_gone_ = true;
  if (problem != EPIPE) {
    problem_ = make_error(ErrorCode::internal,
                          fmt::format("cannot write the output: {}", std::strerror(problem)));
  }
}

Size Io::size_of(int descriptor) const {
  if (is_fake_) return fake_size_;
  winsize window{};
  if (ioctl(descriptor, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {100, 24};
  return {window.ws_col, window.ws_row};
}

Size Io::out_size() const { return size_of(STDOUT_FILENO); }
Size Io::err_size() const { return size_of(STDERR_FILENO); }

Result<std::string> Io::ask(std::string_view question) {
  err(question);
  const Error ended = make_error(ErrorCode::cancelled, "no answer");
  std::string line;
  while (true) {
    char c = 0;
    if (is_fake_) {
      if (input_.empty()) return ended;
      c = input_.front();
      input_.erase(0, 1);
    } else {
      // Not restarted after a signal: Ctrl-C ends the question.
      const ssize_t count = ::read(STDIN_FILENO, &c, 1);
      if (count <= 0) {
        err("\n");
        return ended;
      }
    }
    if (c == '\n') return line;
    if (line.size() < 4096) line += c;
  }
}

}  // namespace ccloud::cli
