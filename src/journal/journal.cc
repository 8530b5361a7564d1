// The journal: queue, tables and lock.
#include "journal/journal.h"

#include <array>

namespace ccloud::journal {

std::string_view to_string(State state) {
  constexpr std::array<std::string_view, 4> names = {"intended", "done", "failed", "skipped"};
  return names.at(static_cast<std::size_t>(state));
}

}  // namespace ccloud::journal
