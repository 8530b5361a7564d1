// How up() tells the new process what to be: plain words in argv, none of them secret.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/sandbox/sandbox.h"

namespace ccloud::sim {

inline constexpr const char* server_word = "__sim-server";

struct ServerArgs {
  std::filesystem::path dir;
  Mode mode = Mode::none;
  std::string reason;
  std::string latency = "none";
  double speed = 1;
  bool has_real_limits = false;
  std::string faults_file;
  std::uint64_t seed = 1;
  int ready_fd = -1;

  std::vector<std::string> to_argv() const;
  static std::optional<ServerArgs> parse(const std::vector<std::string>& words);
  /// What a user asked for: equal words, equal simulators.
  std::string words() const;
};

}  // namespace ccloud::sim
