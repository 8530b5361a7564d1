#include "cli/interrupts.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "cli/live.h"

namespace ccloud::cli {
namespace {

constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
constexpr int exit_interrupted = 130;

std::atomic<int> count{0};
std::array<int, 2> wake{-1, -1};
std::array<struct sigaction, signals.size()> previous;

void handle(int) {
  const int saved = errno;
  if (count.fetch_add(1) > 0) {
    constexpr std::string_view show_cursor = "\x1b[?25h\r\n";
    if (is_cursor_hidden()) {
      [[maybe_unused]] const auto n = write(STDERR_FILENO, show_cursor.data(), show_cursor.size());
    }
    _exit(exit_interrupted);
  }
  [[maybe_unused]] const auto n = write(wake[1], "i", 1);
  errno = saved;
}

}  // namespace

bool Interrupts::happened() { return count.load() > 0; }

Interrupts::Interrupts(std::function<void()> on_first) {
  count = 0;
  if (pipe2(wake.data(), O_CLOEXEC) != 0) return;
  watcher_ = std::thread([on_first = std::move(on_first)] {
    char what = 0;
    while (read(wake[0], &what, 1) < 0 && errno == EINTR) {
    }
    if (what == 'i') on_first();
  });
  struct sigaction action{};
  action.sa_handler = handle;  // without SA_RESTART: a question that waits for an answer ends
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &previous[i]);
    // nohup and background jobs of a shell ignore some on purpose.
    if (previous[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
  }
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &previous[i], nullptr);
  if (!watcher_.joinable()) return;
  [[maybe_unused]] const auto n = write(wake[1], "q", 1);
  watcher_.join();
  close(wake[0]);
  close(wake[1]);
}

}  // namespace ccloud::cli
