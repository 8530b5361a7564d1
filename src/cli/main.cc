// Where the program begins. It looks at argv, hands the simulator's node helpers their own main,
// and runs one command; nothing is initialised here that the command does not need.

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "cli/program.h"

int main(int argc, char** argv) {
  // A reader that goes away is seen as EPIPE where it is written.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  ccloud::cli::Io io;
  return ccloud::cli::run_program(args, io, [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}
