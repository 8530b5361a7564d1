// `ccloud sim up|down|env|reset|status`.

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/program.h"
#include "cli/sim_state.h"
#include "json/writer.h"
#include "sim/lifecycle.h"

namespace ccloud::cli {
namespace {

struct SimOptions {
  std::string dir;
  std::string boot;
  std::string latency = "none";
  std::string speed;
  std::string limits = "none";
  std::string faults;
  std::int64_t seed = 1;
};

/// --dir, or what --sim=DIR says: both mean the same simulator.
std::string directory(const Program& program, const SimOptions& options) {
  return options.dir.empty() ? program.common.sim_dir : options.dir;
}

void print_state(Program& program, const sim::SimState& state) {
  if (program.common.output == Output::json) {
    json::Writer w(json::Layout::pretty);
    w.begin_object()
        .member("schema", "ccloud.sim/1")
        .member("running", state.is_running)
        .member("dir", state.dir.string())
        .member("pid", state.pid)
        .member("url", state.url)
        .member("mode", state.mode)
        .member("reason", state.reason)
        .member("options", state.options)
        .member("started", state.started)
        .end_object();
    program.io.out(w.take() + "\n");
    return;
  }
  if (!state.is_running) {
    program.io.out(fmt::format("no simulator runs in {}\n", state.dir.string()));
    return;
  }
  const Style style = program.io.out_style();
  program.io.out(fmt::format("{} at {} (pid {}, since {})\n", style.green("simulator running"),
                             state.url, state.pid, state.started));
  program.io.out(fmt::format("  nodes: {}{}\n", state.mode,
                             state.reason.empty() ? "" : " (" + state.reason + ")"));
  if (!state.options.empty()) program.io.out(fmt::format("  options: {}\n", state.options));
  program.io.out(fmt::format("  directory: {}\n", state.dir.string()));
}

Result<double> parse_speed(const std::string& text) {
  if (text.empty()) return 1.0;
  char* end = nullptr;
  const double speed = std::strtod(text.c_str(), &end);
  if (end == nullptr || *end != '\0' || !(speed > 0) || speed > 1e6) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("--speed: \"{}\" is not a number above 0", text),
                      "for example --speed 10 for ten times as fast");
  }
  return speed;
}

Exit run_up(Program& program, const SimOptions& options) {
  sim::UpOptions up;
  up.dir = directory(program, options);
  if (options.boot == "sandbox") up.boot = sim::Boot::sandbox;
  if (options.boot == "systemd") up.boot = sim::Boot::systemd;
  if (options.boot == "none") up.boot = sim::Boot::none;
  up.latency = options.latency;
  up.has_real_limits = options.limits == "real";
  up.faults_file = options.faults;
  up.seed = static_cast<std::uint64_t>(options.seed);
  auto speed = parse_speed(options.speed);
  if (!speed) return program.fail(speed.error(), Exit::usage);
  up.speed = *speed;
  auto state = sim::up(up);
  if (!state) {
    const bool is_misused = state.error().code == ErrorCode::invalid_argument;
    return is_misused ? program.fail(state.error(), Exit::usage) : program.fail(state.error());
  }
  if (!state->was_running) forget_sim_state(program, state->dir.string());
  print_state(program, *state);
  const std::string sim_flag =
      up.dir.empty() ? "--sim" : "--sim=" + shell_quote(state->dir.string());
  program.say(state->was_running ? "it was running already"
                                 : fmt::format("next: ccloud deploy {}", sim_flag));
  return Exit::done;
}

Exit run_down(Program& program, const SimOptions& options) {
  const auto dir = directory(program, options);
  const auto was_there = sim::down(dir);
  if (!was_there) return program.fail(was_there.error());
  const auto folder = dir.empty() ? sim::default_dir() : std::filesystem::path(dir);
  forget_sim_state(program, folder.string());
  std::error_code ignored;
  std::filesystem::remove(folder, ignored);  // only when nothing else is in it
  program.say(*was_there ? "the simulator is gone, with all its nodes" : "no simulator ran there");
  return Exit::done;
}

Exit run_env(Program& program, const SimOptions& options) {
  auto variables = sim::environment(directory(program, options));
  if (!variables) return program.fail(variables.error());
  program.io.out(sim::render_environment(*variables));
  return Exit::done;
}

Exit run_reset(Program& program, const SimOptions& options) {
  auto reset = sim::reset(directory(program, options));
  if (!reset) return program.fail(reset.error());
  program.say("all simulated clouds are empty");
  return Exit::done;
}

Exit run_sim_status(Program& program, const SimOptions& options) {
  auto state = sim::status(directory(program, options));
  if (!state) return program.fail(state.error());
  print_state(program, *state);
  return Exit::done;
}

Command sim_command(std::string_view help,
                    const std::function<Exit(Program&, const SimOptions&)>& run,
                    std::shared_ptr<SimOptions> o) {
  Command command;
  command.usage = "[--dir D]";
  command.help = help;
  command.options.push_back(text("dir", "D", o->dir, "the simulator's own directory"));
  command.run = [o, run](Program& program) { return run(program, *o); };
  return command;
}

}  // namespace

Command make_sim_up() {
  auto o = std::make_shared<SimOptions>();
  Command command = sim_command(
      "Starts servers on loopback that speak the real wire APIs of every driver, so that a first "
      "run, a test or a rehearsal needs no account. Nodes are real: each boots as a sandbox with "
      "its own files, host name, address and SSH server.",
      run_up, o);
  command.usage = "[--boot sandbox|systemd|none] [--latency none|typical|FILE] [...]";
  command.options.push_back(choice("boot", {"sandbox", "systemd", "none"}, o->boot,
                                   "how nodes come to life; none: only as records"));
  command.options.push_back(text("latency", "none|typical|FILE", o->latency,
                                 "how long calls, boots and visibility take"));
  command.options.push_back(
      text("speed", "X", o->speed, "divides the latencies: 10 is ten times as fast"));
  command.options.push_back(
      choice("limits", {"none", "real"}, o->limits, "the clouds' documented rates and quotas"));
  command.options.push_back(
      text("faults", "FILE", o->faults, "throttling, errors, lost replies, failed boots ..."));
  command.options.push_back(number("seed", "N", o->seed, 0, INT64_MAX, "where chance begins"));
  command.outputs = {Output::json};
  command.examples = {{"ccloud sim up && ccloud deploy --sim", "a first run without an account"},
                      {"ccloud sim up --latency typical --speed 10", "like the clouds, but faster"},
                      {"ccloud sim up --boot none", "tens of thousands of nodes, as records"}};
  return command;
}

Command make_sim_down() {
  return sim_command("Stops the simulator and everything it has started, and removes its files.",
                     run_down, std::make_shared<SimOptions>());
}

Command make_sim_env() {
  Command command = sim_command(
      "Prints `export NAME='value'` lines that point every driver's standard variables, and other "
      "people's clients, at the simulator.",
      run_env, std::make_shared<SimOptions>());
  command.examples = {{"eval \"$(ccloud sim env)\" && aws ec2 describe-instances", ""}};
  return command;
}

Command make_sim_reset() {
  return sim_command("Empties all simulated clouds; credentials and addresses stay.", run_reset,
                     std::make_shared<SimOptions>());
}

Command make_sim_status() {
  Command command = sim_command("Whether a simulator runs, where, and with which options.",
                                run_sim_status, std::make_shared<SimOptions>());
  command.outputs = {Output::json};
  return command;
}

}  // namespace ccloud::cli
