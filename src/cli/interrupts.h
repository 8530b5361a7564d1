// Ctrl-C, SIGTERM and SIGHUP: the first one asks the work to end, the second one ends the program
// at once with 130. There is one object at a time.
#pragma once

#include <functional>
#include <thread>

namespace ccloud::cli {

class Interrupts {
 public:
  /// `on_first` runs once, on a thread of its own.
  explicit Interrupts(std::function<void()> on_first);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  static bool happened();

 private:
  std::thread watcher_;
};

}  // namespace ccloud::cli
