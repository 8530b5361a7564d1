// `ccloud logs SELECTOR... [--service S] [-F] [--since D]`: what nodes say over SSH, or with
// --console what their clouds keep of their serial consoles.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/names.h"
#include "cli/with_nodes.h"
#include "deploy/runbooks.h"
#include "json/writer.h"
#include "rollout/logs.h"

namespace ccloud::cli {
namespace {

struct LogsCommand {
  NodeChoice choice;
  std::string service;
  bool follows = false;
  bool is_console = false;
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

/// Lines as they come, and what happens to nodes that are followed when it happens.
rollout::LogListener listener_of(Program& program, const LogsCommand& options, std::size_t width) {
  rollout::LogListener listener;
  listener.on_line = [&program, &options, width](const std::string& node, std::string_view line) {
    print_line(program, width, node, line);
    if (options.follows) program.io.flush();
  };
  listener.on_lost = [&program](const std::string& node, const Error& why, bool is_retried) {
    Error error = why;
    if (!error.message.contains(node)) error.message = node + ": " + error.message;
    if (is_retried) {
      error.remedy = "its log is followed again as soon as it can be reached";
    } else {
      error.message += " (it is not followed)";
    }
    program.io.err(render_error(error, program.io.err_style()));
    program.io.flush();
  };
  listener.on_back = [&program](const std::string& node) {
    program.say(node + ": its log is followed again");
    program.io.flush();
  };
  return listener;
}

/// At Ctrl-C: whose lines were missing by then.
void tell_lost(Program& program, const std::vector<rollout::Ran>& all) {
  std::vector<std::string> lost;
  for (const auto& ran : all) {
    if (ran.error && ran.error->code != ErrorCode::cancelled) lost.push_back(ran.node);
  }
  if (!lost.empty()) program.say("not followed at the end: " + name_list(lost));
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
                                             listener_of(program, options, width));
  if (ctx.ended() && ctx.ended()->code == ErrorCode::cancelled) {
    tell_lost(program, all);
    co_return Exit::interrupted;
  }
  std::size_t good = 0;
  for (const auto& ran : all) {
    const bool was_told = options.follows && !ctx.ended();
    if (ran.error && !was_told) {
      program.io.err(render_error(*ran.error, program.io.err_style()));
    }
    good += ran.is_good() && !ran.error ? 1 : 0;
  }
  if (good == all.size()) co_return Exit::done;
  co_return good == 0 ? Exit::failed : Exit::partly;
}

/// The last `count` lines, without the line feeds at the end.
std::vector<std::string> last_lines(std::string_view text, std::int64_t count) {
  auto lines = split(replace_all(text, "\r", ""), '\n');
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
  if (lines.size() > wanted) lines.erase(lines.begin(), lines.end() - std::ptrdiff_t(wanted));
  return lines;
}

Exit print_consoles(Program& program, const deploy::ConsoleResult& result, std::int64_t count) {
  for (const Error& error : result.errors) {
    program.io.err(render_error(error, program.io.err_style()));
  }
  std::size_t width = 0;
  for (const auto& one : result.nodes) width = std::max(width, one.node.size());
  std::size_t good = 0;
  for (const auto& one : result.nodes) {
    if (!one.text) {
      program.io.err(render_error(one.text.error(), program.io.err_style()));
      continue;
    }
    ++good;
    for (const auto& line : last_lines(*one.text, count)) {
      print_line(program, width, one.node, line);
    }
  }
  if (good == 0) return Exit::failed;
  return good == result.nodes.size() && result.errors.empty() ? Exit::done : Exit::partly;
}

Exit run_console_logs(Program& program, const LogsCommand& options) {
  if (!options.service.empty() || options.follows || options.since) {
    return program.misused("--console excludes --service, --follow and --since",
                           "a cloud keeps a console's last text, without times or services");
  }
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Options settings;
  settings.selectors = options.choice.selectors;
  settings.region_timeout = std::chrono::seconds(10);  // as `status`
  auto session = runtime.session(std::move(*config), settings);
  auto result = runtime.loop().run(deploy::run_console(runtime.context(), session));
  if (runtime.context().ended() && runtime.context().ended()->code == ErrorCode::cancelled) {
    return Exit::interrupted;
  }
  if (!result) return program.fail(result.error());
  if (result->nodes.empty()) {
    return nobody(program, result->errors, result->has_missing,
                  join(options.choice.selectors, " "));
  }
  return print_consoles(program, *result, options.lines);
}

Exit run_logs(Program& program, const LogsCommand& options) {
  if (auto chosen = check_choice(options.choice); !chosen) {
    return program.fail(chosen.error(), Exit::usage);
  }
  if (options.is_console) return run_console_logs(program, options);
  return with_nodes(program, options.choice.selectors,
                    [&](Context ctx, NodeWork& work) { return show(ctx, work, options); });
}

}  // namespace

Command make_logs() {
  auto o = std::make_shared<LogsCommand>();
  Command command;
  command.usage = "SELECTOR... [--service S] [-F] [--since D] | --console";
  command.help =
      "The log of a service on nodes, or of the whole system without --service, each line with the "
      "node it is from. On nodes without systemd only the services' own logs are there. With "
      "--console what their cloud keeps of their serial consoles: also of nodes that cannot be "
      "reached, or are off.";
  command.options = {
      flag("all", o->choice.is_all, "every node of the project"),
      text("service", "S", o->service, "only this service's"),
      flag("follow,F", o->follows,
           "go on with what is logged from now on, also after a restart; Ctrl-C ends"),
      duration("since", "D", o->since, "what was logged in the last D"),
      flag("console", o->is_console, "the serial console's text, asked of the cloud"),
      number("lines,n", "N", o->lines, 0, 1000000, "the last N lines of each node (100)"),
  };
  command.words = {&o->choice.selectors, 0, any_number, "selector"};
  command.outputs = {Output::jsonl};
  command.examples = {{"ccloud logs 'web-*' --service web", ""},
                      {"ccloud logs --all --service web -F", ""},
                      {"ccloud logs web-us-1 --since 10m", "the system's log"},
                      {"ccloud logs web-us-1 --console", "why it does not come up"}};
  command.run = [o](Program& program) { return run_logs(program, *o); };
  return command;
}

}  // namespace ccloud::cli
