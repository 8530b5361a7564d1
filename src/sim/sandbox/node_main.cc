// Which of the hidden programs an argv asks for.
#include <string_view>

#include "sim/sandbox/node.h"
#include "sim/sandbox/sandbox.h"
#include "sim/sandbox/sudo.h"
#include "sim/sandbox/warden.h"

namespace ccloud::sim {
namespace {

bool is_sudo(std::string_view program) { return program == "sudo" || program.ends_with("/sudo"); }

}  // namespace

bool is_node_main(int argc, char** argv) {
  if (argc < 1) return false;
  return is_sudo(argv[0]) || (argc > 1 && std::string_view(argv[1]).starts_with("__node"));
}

int node_main(int argc, char** argv) {
  if (is_sudo(argv[0])) return sandbox::sudo_main(argc, argv);
  const std::string_view what = argv[1];
  if (what == "__node-warden") return sandbox::warden_main(argc, argv);
  if (what == "__node-agent") return sandbox::agent_main();
  if (what == "__node-first-boot") {
    sandbox::run_user_data_commands();
    return 0;
  }
  return 64;
}

}  // namespace ccloud::sim
