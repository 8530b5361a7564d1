// `ccloud start|stop|restart|replace SELECTOR...`.

#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/run_command.h"

namespace ccloud::cli {
namespace {

struct PowerOptions {
  std::vector<std::string> selectors;
  bool is_all = false;
  deploy::Options deploy;
};

/// Commands that act on nodes act on none by default.
Result<void> check_selection(const PowerOptions& options) {
  if (options.is_all && !options.selectors.empty()) {
    return make_error(ErrorCode::invalid_argument, "--all and a selector exclude each other");
  }
  if (!options.is_all && options.selectors.empty()) {
    return make_error(ErrorCode::invalid_argument, "no nodes are named",
                      "give a SELECTOR such as web-us-1 or 'web-*', or --all");
  }
  return {};
}

Exit run_on_nodes(Program& program, PowerOptions& options, std::string question,
                  const Runbook& runbook) {
  if (auto selected = check_selection(options); !selected) {
    return program.fail(selected.error(), Exit::usage);
  }
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  options.deploy.selectors = options.selectors;
  return run_and_tell(program, std::move(*config), options.deploy,
                      {.question = std::move(question)}, runbook);
}

Command power_command(cloud::PowerAction action, std::string_view help, std::string question) {
  auto o = std::make_shared<PowerOptions>();
  Command command;
  command.usage = "SELECTOR...";
  command.help = help;
  command.options = {flag("all", o->is_all, "every node of the project")};
  command.words = {&o->selectors, 0, any_number, "selector"};
  command.outputs = {Output::json, Output::jsonl};
  command.run = [o, action, question](Program& program) {
    return run_on_nodes(program, *o, question, [action](Context ctx, deploy::Session& session) {
      return deploy::run_power(ctx, session, action);
    });
  };
  return command;
}

}  // namespace

Command make_start() {
  Command command = power_command(cloud::PowerAction::start,
                                  "Powers nodes on and takes back the mark that `stop` has left. "
                                  "Ends when they run.",
                                  "Start these nodes?");
  command.examples = {{"ccloud start web-us-1", ""}, {"ccloud start --all -y", ""}};
  return command;
}

Command make_stop() {
  Command command = power_command(
      cloud::PowerAction::stop,
      "Powers nodes off and marks them so that `deploy` leaves them off until `start`. Disks and "
      "names stay; most clouds go on charging for disks and addresses.",
      "Stop these nodes?");
  command.examples = {{"ccloud stop 'web-us-[1-4]'", ""}, {"ccloud stop place=eu -y", ""}};
  return command;
}

Command make_restart() {
  Command command = power_command(
      cloud::PowerAction::restart,
      "Restarts nodes through their cloud, those of a service by its update policy. What "
      "is off is started, unless `stop` has left its mark. Ends when they run.",
      "Restart these nodes?");
  command.examples = {{"ccloud restart web-us-1", ""}, {"ccloud restart @failed", ""}};
  return command;
}

Command make_replace() {
  auto o = std::make_shared<PowerOptions>();
  Command command;
  command.usage = "SELECTOR... [--newer-image]";
  command.help =
      "Destroys nodes and makes them anew under the same names, in the same zones, with today's "
      "image. Guards apply: it counts as destruction.";
  command.options = {
      flag("all", o->is_all, "every node of the project"),
      flag("newer-image", o->deploy.newer_image, "only those whose image is not the newest"),
      maybe_number("allow-destroy", "N", o->deploy.allow_destroy, 0, 1000000,
                   "nodes this run may replace, instead of guards.max_destroy"),
  };
  command.words = {&o->selectors, 0, any_number, "selector"};
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud replace web-us-3", ""},
                      {"ccloud replace --all --newer-image", "renew what is out of date"}};
  command.run = [o](Program& program) {
    return run_on_nodes(
        program, *o, "Replace these nodes?",
        [](Context ctx, deploy::Session& session) { return deploy::run_replace(ctx, session); });
  };
  return command;
}

}  // namespace ccloud::cli
