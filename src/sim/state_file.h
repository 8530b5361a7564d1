// The file in which a running simulator says who and where it is, and the checks on it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/lifecycle.h"

namespace ccloud::sim {

struct StateFile {
  SimState state;
  std::string process_start;  ///< of the pid, so that a reused pid is not mistaken for it
};

std::filesystem::path state_path(const std::filesystem::path& dir);
Result<void> write_state(const StateFile& file);
/// nullopt when there is none (or no readable one).
std::optional<StateFile> read_state(const std::filesystem::path& dir);

/// When the process started, in the kernel's words plus the boot's id; empty when there is none.
std::string process_start(int pid);
/// The process of the file is alive and is the one that wrote it.
bool is_alive(const StateFile& file);

}  // namespace ccloud::sim
