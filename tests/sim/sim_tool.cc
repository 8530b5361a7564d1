// `sim_tool sim up|down|env|status|reset [--dir D] ...`: the simulator's life cycle without the
// rest of the program, for its own tests. The real commands are in src/cli.
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "sim/lifecycle.h"

namespace {

using namespace ccloud;

int fail(const Error& error) {
  fmt::print(stderr, "sim_tool: {}\n", describe(error));
  return 1;
}

std::optional<sim::Boot> boot_of(const std::string& word) {
  if (word == "sandbox") return sim::Boot::sandbox;
  if (word == "systemd") return sim::Boot::systemd;
  if (word == "none") return sim::Boot::none;
  return std::nullopt;
}

int run(const std::string& word, const sim::UpOptions& options) {
  if (word == "up") {
    const auto state = sim::up(options);
    if (!state) return fail(state.error());
    fmt::print("{} {} {} {}\n", state->pid, state->url, state->mode, state->reason);
    return 0;
  }
  if (word == "env") {
    const auto variables = sim::environment(options.dir);
    if (!variables) return fail(variables.error());
    fmt::print("{}", sim::render_environment(*variables));
    return 0;
  }
  if (word == "down") {
    const auto done = sim::down(options.dir);
    return done ? 0 : fail(done.error());
  }
  if (word == "reset") {
    const auto done = sim::reset(options.dir);
    return done ? 0 : fail(done.error());
  }
  const auto state = sim::status(options.dir);
  if (!state) return fail(state.error());
  fmt::print("{}\n", state->is_running ? state->url : "not running");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (sim::is_node_main(argc, argv)) return sim::node_main(argc, argv);
  if (sim::is_server_main(argc, argv)) return sim::server_main(argc, argv);
  if (argc < 3 || std::strcmp(argv[1], "sim") != 0) return 64;
  sim::UpOptions options;
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--dir") options.dir = value;
    if (name == "--boot") options.boot = boot_of(value);
    if (name == "--latency") options.latency = value;
    if (name == "--speed") options.speed = std::strtod(value.c_str(), nullptr);
    if (name == "--limits") options.has_real_limits = value == "real";
    if (name == "--faults") options.faults_file = value;
    if (name == "--seed") options.seed = std::strtoull(value.c_str(), nullptr, 10);
  }
  return run(argv[2], options);
}
