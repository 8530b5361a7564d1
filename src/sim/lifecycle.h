// The life of simulators as background processes, each with a directory of its own: what
// `ccloud sim up|down|env|reset|status` and `--sim` are made of. Ends only processes that it
// started itself (by pid and start time).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/front.h"
#include "sim/sandbox/sandbox.h"

namespace ccloud::sim {

struct UpOptions {
  std::filesystem::path dir;     ///< empty: default_dir()
  std::optional<Boot> boot;      ///< unset: sandboxes where they can be had, else records only
  std::string latency = "none";  ///< "none", "typical" or a file
  double speed = 1;
  bool has_real_limits = false;
  std::string faults_file;  ///< empty: none
  std::uint64_t seed = 1;
  /// Run again as the server and as the sandboxes' helpers; must ask is_server_main() and
  /// is_node_main() first.
  std::filesystem::path program = "/proc/self/exe";
};

struct SimState {
  std::filesystem::path dir;
  bool is_running = false;
  int pid = 0;
  std::string url;      ///< $CCLOUD_SIM_URL
  std::string mode;     ///< none, loopback, network, systemd
  std::string reason;   ///< why this mode
  std::string options;  ///< as given to up, for people
  std::string started;  ///< RFC 3339
  std::vector<Variable> environment;
  bool was_running = false;  ///< up: it ran already with the same options; nothing was done
};

/// $XDG_STATE_HOME/ccloud/sim, else ~/.local/state/ccloud/sim.
std::filesystem::path default_dir();

/// Starts a simulator and waits until it serves. What a crashed one left in the directory is
/// removed first. conflict: one with other options runs there.
Result<SimState> up(const UpOptions& options);
/// Stops it with all its sandboxes and removes its files. False: there was none.
/// `program` as in UpOptions, for cleaning up after a crash.
Result<bool> down(const std::filesystem::path& dir,
                  const std::filesystem::path& program = "/proc/self/exe");
/// All clouds empty again; the credentials stay.
Result<void> reset(const std::filesystem::path& dir);
/// Never fails because none runs; `is_running` says so.
Result<SimState> status(const std::filesystem::path& dir);
/// Of a running simulator; unavailable, with a remedy, when none runs.
Result<std::vector<Variable>> environment(const std::filesystem::path& dir);
/// `export NAME='value'` lines.
std::string render_environment(const std::vector<Variable>& variables);

/// True for an argv that belongs to server_main(); main() asks before it does anything else.
bool is_server_main(int argc, char** argv);
/// The simulator's process. Returns the exit code.
int server_main(int argc, char** argv);

}  // namespace ccloud::sim
