// `ccloud logs SELECTOR... [--service S] [-F] [--since D]`.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/with_nodes.h"
#include "json/writer.h"
#include "rollout/fan_out.h"

namespace ccloud::cli {
namespace {

struct LogsCommand {
  NodeChoice choice;
  std::string service;
  bool follows = false;
  std::optional<std::chrono::milliseconds> since;
  std::int64_t lines = 100;
};

void print_line(Program& program, std::size_t width, const std::string& node,
                std::string_view line) {
  if (program.common.is_for_programs()) {
    json::Writer writer;
    writer.begin_object().member("node", node).member("line", line);
    program.io.out(writer.end_object().take() + "\n");
  } else {
    const auto style = program.io.out_style();
    program.io.out(style.cyan(fmt::format("{:<{}}", node, width)) + " | " +
                   (program.io.is_out_terminal() ? printable(line) : std::string(line)) + "\n");
  }
}

Task<Exit> show(Context ctx, NodeWork& work, const LogsCommand& options) {
  Program& program = *work.program;
  if (!options.service.empty() && work.config->find_service(options.service) == nullptr) {
    co_return program.misused(fmt::format("no service named \"{}\"", options.service),
                              "see `services` in the config");
  }
  rollout::script::LogOptions what;
  what.lines = static_cast<int>(options.lines);
  what.follows = options.follows;
  if (options.since) {
    what.since =
        std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*options.since));
    if (options.lines == 100) what.lines = 100000;
  }
  std::vector<std::string> services;
  if (!options.service.empty()) services.push_back(options.service);
  std::size_t width = 0;
  for (const auto& node : work.reached.nodes) width = std::max(width, node.name.size());
  const auto all = co_await rollout::logs_of(ctx, work.tools(), work.reached.nodes, services, what,
                                             [&](const std::string& node, std::string_view line) {
                                               print_line(program, width, node, line);
                                               if (options.follows) program.io.flush();
                                             });
  if (ctx.ended() && ctx.ended()->code == ErrorCode::cancelled) co_return Exit::interrupted;
  std::size_t good = 0;
  for (const auto& ran : all) {
    if (ran.error) program.io.err(render_error(*ran.error, program.io.err_style()));
    good += ran.is_good() ? 1 : 0;
  }
  if (good == all.size()) co_return Exit::done;
  co_return good == 0 ? Exit::failed : Exit::partly;
}

Exit run_logs(Program& program, const LogsCommand& options) {
  if (auto chosen = check_choice(options.choice); !chosen) {
    return program.fail(chosen.error(), Exit::usage);
  }
  return with_nodes(program, options.choice.selectors,
                    [&](Context ctx, NodeWork& work) { return show(ctx, work, options); });
}

}  // namespace

Command make_logs() {
  auto o = std::make_shared<LogsCommand>();
  Command command;
  command.usage = "SELECTOR... [--service S] [-F] [--since D]";
  command.help =
      "The log of a service on nodes, or of the whole system without --service, each line with the "
      "node it is from. On nodes without systemd only the services' own logs are there.";
  command.options = {
      flag("all", o->choice.is_all, "every node of the project"),
      text("service", "S", o->service, "only this service's"),
      flag("follow,F", o->follows, "go on with what is logged from now on; Ctrl-C ends"),
      duration("since", "D", o->since, "what was logged in the last D"),
      number("lines,n", "N", o->lines, 0, 1000000, "the last N lines of each node (100)"),
  };
  command.words = {&o->choice.selectors, 0, any_number, "selector"};
  command.outputs = {Output::jsonl};
  command.examples = {{"ccloud logs 'web-*' --service web", ""},
                      {"ccloud logs --all --service web -F", ""},
                      {"ccloud logs web-us-1 --since 10m", "the system's log"}};
  command.run = [o](Program& program) { return run_logs(program, *o); };
  return command;
}

}  // namespace ccloud::cli
