// The words of the sandbox interface.
#include "sim/sandbox/sandbox.h"

namespace ccloud::sim {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::none:
      return "none";
    case Mode::loopback:
      return "loopback";
    case Mode::network:
      return "network";
    case Mode::systemd:
      return "systemd";
  }
  return "none";
}

std::string_view to_string(NodeState state) {
  switch (state) {
    case NodeState::unknown:
      return "unknown";
    case NodeState::booting:
      return "booting";
    case NodeState::running:
      return "running";
    case NodeState::stopping:
      return "stopping";
    case NodeState::stopped:
      return "stopped";
    case NodeState::failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace ccloud::sim
