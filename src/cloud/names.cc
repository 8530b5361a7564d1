// Names of the model's enumerations, as `-o json` shows them.
#include <array>

#include "cloud/model.h"

namespace ccloud::cloud {

std::string_view to_string(NodeState state) {
  constexpr std::array<std::string_view, 9> names = {"pending", "running",     "stopping",
                                                     "stopped", "terminating", "terminated",
                                                     "error",   "missing",     "unknown"};
  return names.at(static_cast<std::size_t>(state));
}

std::string_view to_string(Arch arch) { return arch == Arch::arm64 ? "arm64" : "x86_64"; }

std::string_view to_string(Protocol protocol) {
  constexpr std::array<std::string_view, 3> names = {"tcp", "udp", "icmp"};
  return names.at(static_cast<std::size_t>(protocol));
}

std::string_view to_string(PowerAction action) {
  constexpr std::array<std::string_view, 3> names = {"start", "stop", "restart"};
  return names.at(static_cast<std::size_t>(action));
}

}  // namespace ccloud::cloud
