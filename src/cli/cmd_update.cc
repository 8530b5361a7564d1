// `ccloud update [SERVICE...] [--to V] [--retry]` and `ccloud rollout status|resume|undo`.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/names.h"
#include "cli/node_run.h"
#include "cli/rollout_watch.h"
#include "cli/run_command.h"
#include "cli/view_rollout.h"
#include "cli/with_nodes.h"
#include "config/formats.h"
#include "rollout/driver.h"

namespace ccloud::cli {
namespace {

struct UpdateCommand {
  std::vector<std::string> services;
  rollout::UpdateOptions update;
};

/// The named services, all of them when none is named.
Result<std::vector<const config::Service*>> services_of(const config::Config& config,
                                                        const std::vector<std::string>& names) {
  std::vector<const config::Service*> found;
  for (const auto& name : names) {
    const auto* service = config.find_service(name);
    if (service == nullptr) {
      return make_error(ErrorCode::not_found, fmt::format("no service named \"{}\"", name),
                        "see `services` in the config");
    }
    found.push_back(service);
  }
  if (names.empty()) {
    for (const auto& service : config.services) found.push_back(&service);
  }
  if (found.empty()) {
    return make_error(ErrorCode::not_found, "the config has no services",
                      "`ccloud init` writes an example of one; all keys: `ccloud schema`");
  }
  return found;
}

rollout::Tools listening_tools(const NodeWork& work, RolloutWatch& watch) {
  auto tools = work.tools();
  tools.listener = [&watch](const rollout::Event& event) { watch.take(event); };
  return tools;
}

/// What an update is about to do, before it is confirmed.
std::string describe_update(const config::Service& service, const rollout::Status& status,
                            const std::string& version, const Style& style) {
  std::map<std::string, std::vector<std::string>> by_version;
  std::size_t down = 0;
  for (const auto& node : status.nodes) {
    if (!node.is_reachable) {
      ++down;
    } else {
      by_version[node.facts.version.empty() ? "nothing" : node.facts.version].push_back(node.node);
    }
  }
  std::string out = fmt::format("{} to {}\n", style.bold(service.name), style.bold(version));
  for (const auto& [from, names] : by_version) {
    out +=
        fmt::format("  from {} on {}: {}\n", from, counted(names.size(), "node"), name_list(names));
  }
  if (down > 0) out += fmt::format("  {} do not answer and are left out\n", counted(down, "node"));
  std::vector<std::string> waves;
  for (const auto& wave : service.update.waves) {
    std::vector<std::string> places;
    for (const auto& place : wave.places) places.push_back(place.value);
    waves.push_back(join(places, " + "));
  }
  out += fmt::format(
      "  waves: {}{}; on failure: {}\n", join(waves, ", then "),
      service.update.canary ? fmt::format(", {} canary each", service.update.canary->count)
                            : std::string(),
      service.update.on_failure == config::Update::OnFailure::rollback ? "roll back" : "stop");
  return out;
}

Exit tell_end(const NodeWork& work, const std::string& command,
              const std::vector<rollout::Summary>& all) {
  Program& program = *work.program;
  Exit worst = Exit::done;
  for (const auto& summary : all) {
    const Exit exit = exit_of(summary.outcome);
    if (exit != Exit::done) worst = worst == Exit::done || worst == exit ? exit : Exit::partly;
    if (!program.common.is_for_programs()) {
      program.io.out(
          render_summary(summary, program.io.out_style(), repeated_options(program.common)));
    }
  }
  if (program.common.output == Output::json) {
    program.io.out(
        rollout_document(command, work.runtime->run_id(), all, work.reached.errors, Form::pretty));
  } else if (program.common.output == Output::jsonl) {
    program.io.out(
        rollout_document(command, work.runtime->run_id(), all, work.reached.errors, Form::line));
  }
  return worst;
}

Task<void> record_end(NodeWork& work, const std::vector<rollout::Summary>& all) {
  std::vector<journal::Entry> entries;
  rollout::Outcome worst = rollout::Outcome::nothing_to_do;
  for (const auto& summary : all) {
    auto some = service_entries(summary);
    std::ranges::move(some, std::back_inserter(entries));
    const bool is_fine = exit_of(summary.outcome) == Exit::done;
    if (!is_fine || (exit_of(worst) == Exit::done && worst == rollout::Outcome::nothing_to_do)) {
      worst = summary.outcome;
    }
  }
  co_return co_await end_run(work, std::move(entries), std::string(rollout::to_string(worst)))
      .result();
}

Task<Exit> update(Context ctx, NodeWork& work, const UpdateCommand& options) {
  Program& program = *work.program;
  auto services = services_of(*work.config, options.services);
  if (!services) co_return program.fail(services.error(), Exit::usage);
  if (!options.update.version.empty() && services->size() > 1) {
    co_return program.misused("--to is for one service", "name it: ccloud update SERVICE --to V");
  }
  const auto& format = config::formats::version();
  if (const auto& to = options.update.version; !to.empty() && !format.accepts(to)) {
    co_return program.misused(fmt::format("--to {} is not {}", shell_quote(to), format.what),
                              "versions look as in the config: 4.18.2");
  }
  RolloutWatch watch(program, work.runtime->loop(), "update");
  const auto tools = listening_tools(work, watch);
  if (!program.common.is_yes) {
    for (const auto* service : *services) {
      const auto status = co_await rollout::rollout_status(
          ctx, tools, *service, nodes_of_service(*service, work.reached));
      const auto version =
          options.update.version.empty() ? service->version.value : options.update.version;
      program.io.err(describe_update(*service, status, version, program.io.err_style()));
    }
  }
  auto is_wanted = program.confirm("Update?");
  if (!is_wanted) co_return program.fail(is_wanted.error(), Exit::usage);
  if (!*is_wanted) co_return Exit::done;
  co_await begin_run(ctx, work, "update");
  std::vector<rollout::Summary> all;
  for (const auto* service : *services) {
    all.push_back(co_await rollout::update_service(
        ctx, tools, *service, nodes_of_service(*service, work.reached), options.update));
    if (ctx.ended()) break;
  }
  watch.pause();
  co_await record_end(work, all);
  co_return tell_end(work, "update", all);
}

/// The clusters of the services that are meant; empty: everything.
std::vector<std::string> cluster_selectors(const config::Config& config,
                                           const std::vector<std::string>& names) {
  std::vector<std::string> selectors;
  for (const auto& name : names) {
    if (const auto* service = config.find_service(name)) {
      for (const auto& cluster : service->clusters) selectors.push_back("cluster=" + cluster.value);
    }
  }
  return selectors;
}

using Worker = std::function<Task<Exit>(Context, NodeWork&)>;

Exit with_services(Program& program, const std::vector<std::string>& services,
                   const Worker& worker) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  if (auto found = services_of(*config, services); !found) {
    return program.fail(found.error(), Exit::usage);
  }
  return with_nodes(program, cluster_selectors(*config, services), worker);
}

// --- rollout ---

Task<Exit> show_status(Context ctx, NodeWork& work, const std::vector<std::string>& names) {
  Program& program = *work.program;
  auto services = services_of(*work.config, names);
  if (!services) co_return program.fail(services.error(), Exit::usage);
  std::vector<rollout::Status> all;
  for (const auto* service : *services) {
    all.push_back(co_await rollout::rollout_status(ctx, work.tools(), *service,
                                                   nodes_of_service(*service, work.reached)));
  }
  if (program.common.output == Output::json) {
    program.io.out(rollout_status_document(all));
  } else {
    const std::size_t width = program.io.is_out_terminal() ? program.io.out_size().columns : 160;
    for (const auto& status : all) {
      program.io.out(render_rollout_status(status, program.io.out_style(), width,
                                           !names.empty() || status.is_unfinished));
    }
  }
  const bool all_answer = std::ranges::all_of(all, [](const rollout::Status& status) {
    return std::ranges::all_of(status.nodes,
                               [](const rollout::NodeStatus& node) { return node.is_reachable; });
  });
  co_return all_answer ? Exit::done : Exit::partly;
}

Task<Exit> go_on(Context ctx, NodeWork& work, const std::vector<std::string>& names, bool is_undo) {
  Program& program = *work.program;
  auto services = services_of(*work.config, names);
  if (!services) co_return program.fail(services.error(), Exit::usage);
  if (names.empty() && services->size() > 1) {
    co_return program.misused("which service?", "name it: ccloud rollout resume SERVICE");
  }
  const auto& service = *services->front();
  const auto nodes = nodes_of_service(service, work.reached);
  const std::string command = is_undo ? "rollout undo" : "rollout resume";
  RolloutWatch watch(program, work.runtime->loop(), command);
  const auto tools = listening_tools(work, watch);
  if (!program.common.is_yes) {
    const auto status = co_await rollout::rollout_status(ctx, tools, service, nodes);
    program.io.err(render_rollout_status(status, program.io.err_style(), 100, true));
  }
  auto is_wanted = program.confirm(is_undo ? "Put back what it touched?" : "Go on with it?");
  if (!is_wanted) co_return program.fail(is_wanted.error(), Exit::usage);
  if (!*is_wanted) co_return Exit::done;
  co_await begin_run(ctx, work, command);
  std::vector<rollout::Summary> all;
  all.push_back(is_undo ? co_await rollout::undo_rollout(ctx, tools, service, nodes)
                        : co_await rollout::resume_rollout(ctx, tools, service, nodes));
  watch.pause();
  co_await record_end(work, all);
  co_return tell_end(work, command, all);
}

Command rollout_command(std::shared_ptr<std::vector<std::string>> services, std::string_view help,
                        std::function<Task<Exit>(Context, NodeWork&)> work) {
  Command command;
  command.usage = "[SERVICE]";
  command.help = help;
  command.words = {services.get(), 0, 1, "service"};
  command.run = [services, work](Program& program) {
    return with_services(program, *services, work);
  };
  return command;
}

}  // namespace

Command make_update() {
  auto o = std::make_shared<UpdateCommand>();
  Command command;
  command.usage = "[SERVICE...] [--to V] [--retry]";
  command.help =
      "Moves services to the version that the config names, or to V, as their `update` policy "
      "says: "
      "wave by wave, canaries first, never fewer healthy nodes than it allows. Too many failures "
      "put every node that was touched back to what it had (exit code 4), with the evidence of "
      "what "
      "failed. The nodes remember how far it is: `ccloud rollout status` tells from anywhere.";
  command.options = {
      text("to", "V", o->update.version, "this version instead of the config's"),
      flag("retry", o->update.retries, "also a version that failed before and is held"),
  };
  command.words = {&o->services, 0, any_number, "service"};
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud update", "all services"},
                      {"ccloud update web --to 4.18.3 -y", ""},
                      {"ccloud update web --retry", "a held version"}};
  command.run = [o](Program& program) {
    return with_services(program, o->services,
                         [o](Context ctx, NodeWork& work) { return update(ctx, work, *o); });
  };
  return command;
}

Command make_rollout_status() {
  auto services = std::make_shared<std::vector<std::string>>();
  Command command = rollout_command(
      services,
      "How far the last rollout of each service came, who ran it, and what is on each node: asked "
      "of the nodes themselves, so it tells the same on every machine.",
      [services](Context ctx, NodeWork& work) { return show_status(ctx, work, *services); });
  command.outputs = {Output::json};
  command.examples = {{"ccloud rollout status web", ""}};
  return command;
}

Command make_rollout_resume() {
  auto services = std::make_shared<std::vector<std::string>>();
  Command command = rollout_command(
      services,
      "Takes over a rollout that was not ended, here or on another machine, and goes on as the "
      "config's policy says. A driver that still runs is refused by the nodes from then on.",
      [services](Context ctx, NodeWork& work) { return go_on(ctx, work, *services, false); });
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud rollout resume web", ""}};
  return command;
}

Command make_rollout_undo() {
  auto services = std::make_shared<std::vector<std::string>>();
  Command command = rollout_command(
      services,
      "Puts every node that the last rollout touched back to exactly the release it had, ended or "
      "not. The version is held afterwards.",
      [services](Context ctx, NodeWork& work) { return go_on(ctx, work, *services, true); });
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud rollout undo web", ""}};
  return command;
}

}  // namespace ccloud::cli
