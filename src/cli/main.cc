// Where the program begins. It looks at argv, hands the simulator's node helpers their own main,
// and runs one command; nothing is initialised here that the command does not need.

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "cli/program.h"
#include "sim/lifecycle.h"
#include "sim/sandbox/sandbox.h"

int main(int argc, char** argv) {
  // The simulator runs this program again, as its server and as the helpers of its nodes.
  if (ccloud::sim::is_node_main(argc, argv)) return ccloud::sim::node_main(argc, argv);
  if (ccloud::sim::is_server_main(argc, argv)) return ccloud::sim::server_main(argc, argv);
  // A reader that goes away is seen as EPIPE where it is written.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  ccloud::cli::Io io;
  return ccloud::cli::run_program(args, io, [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}
