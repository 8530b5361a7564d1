// `ccloud exec SELECTOR... -- COMMAND`.

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/names.h"
#include "cli/node_run.h"
#include "cli/with_nodes.h"
#include "json/writer.h"
#include "rollout/fan_out.h"

namespace ccloud::cli {
namespace {

struct ExecCommand {
  NodeChoice choice;
  std::vector<std::string> words;
  std::optional<std::chrono::milliseconds> node_timeout;
};

/// One word is a line for the node's shell; several are a program and its arguments.
std::string line_of(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::vector<std::string> quoted;
  for (const auto& word : words) quoted.push_back(shell_quote(word));
  return join(quoted, " ");
}

void write_result(json::Writer& writer, const rollout::Ran& ran) {
  writer.begin_object().member("node", ran.node).member("exit", ran.exit);
  writer.member("stdout", ran.out->read()).member("stderr", ran.err->read());
  writer.member("seconds", ran.seconds).key("error");
  if (ran.error) {
    write_error(writer, *ran.error);
  } else {
    writer.value(nullptr);
  }
  if (ran.out->is_cut() || ran.err->is_cut()) writer.member("cut", true);
  writer.end_object();
}

std::string result_line(const rollout::Ran& ran) {
  json::Writer writer;
  write_result(writer, ran);
  return writer.take() + "\n";
}

struct Count {
  std::size_t good = 0;
  std::size_t bad = 0;
};

std::string summary_of(const Count& count, double seconds) {
  json::Writer writer;
  writer.begin_object().member("nodes", count.good + count.bad).member("ok", count.good);
  writer.member("failed", count.bad).member("seconds", seconds);
  return writer.end_object().take();
}

std::string how_it_ended(const rollout::Ran& ran) {
  if (ran.error) return ran.error->message;
  return ran.is_good() ? "" : fmt::format("exit code {}", *ran.exit);
}

void print_text(Program& program, std::string_view text, const Style& style) {
  (void)style;
  // What nodes print goes through as it is to a pipe; a terminal must not be steered by it.
  const bool is_shown = program.io.is_out_terminal();
  program.io.out(is_shown ? printable(text) : std::string(text));
  if (!text.empty() && !text.ends_with('\n')) program.io.out("\n");
}

/// Nodes with the same output and the same end are told together.
void print_groups(Program& program, std::vector<rollout::Ran>& all) {
  std::map<std::string, std::size_t> at;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& ran = all[i];
    const auto key = fmt::format("{} {} {}", ran.out->digest(), ran.err->digest(),
                                 ran.error ? ran.node : how_it_ended(ran));
    const auto [found, is_new] = at.emplace(key, groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  const Style style = program.io.out_style();
  for (const auto& group : groups) {
    std::vector<std::string> names;
    for (const auto i : group) names.push_back(all[i].node);
    const auto& ran = all[group.front()];
    const auto end = how_it_ended(ran);
    program.io.out(style.bold(name_list(names, 12)) +
                   (group.size() > 1 ? style.dim(fmt::format(" ({})", group.size())) : "") +
                   (end.empty() ? "" : ": " + style.red(printable(end))) + "\n");
    if (ran.error && !ran.error->remedy.empty()) {
      program.io.out("  " + style.dim(ran.error->remedy) + "\n");
    }
    print_text(program, ran.out->read(), style);
    print_text(program, ran.err->read(), style);
  }
}

/// Of clouds that could not be asked for their nodes.
std::string errors_of(const NodeWork& work) {
  json::Writer writer;
  write_errors(writer, work.reached.errors);
  return writer.take();
}

void print_json(Program& program, const std::vector<rollout::Ran>& all, const std::string& errors,
                const std::string& summary) {
  // Piece by piece: a hundred nodes may have printed a megabyte each.
  program.io.out("{\"schema\": \"ccloud.exec/1\", \"results\": [");
  for (std::size_t i = 0; i < all.size(); ++i) {
    json::Writer writer;
    write_result(writer, all[i]);
    program.io.out((i == 0 ? "\n  " : ",\n  ") + writer.take());
  }
  program.io.out("\n], \"errors\": " + errors + ", \"summary\": " + summary + "}\n");
}

std::vector<journal::Entry> entries_of(const std::vector<rollout::Ran>& all) {
  std::vector<journal::Entry> entries;
  for (const auto& ran : all) {
    const Error bad = ran.error.value_or(make_error(ErrorCode::internal, how_it_ended(ran)));
    entries.push_back(node_entry("exec", ran.node, ran.is_good() ? nullptr : &bad));
  }
  return entries;
}

Task<Exit> execute(Context ctx, NodeWork& work, const ExecCommand& options) {
  Program& program = *work.program;
  const auto begun = ctx.now();
  co_await begin_run(ctx, work, "exec");
  rollout::ExecOptions what;
  what.command = line_of(options.words);
  if (options.node_timeout) what.timeout = *options.node_timeout;
  if (program.common.concurrency > 0) {
    what.width = static_cast<std::size_t>(program.common.concurrency);
  }
  const bool is_for_people = !program.common.is_for_programs();
  // A single node's output is its own: it goes through as it comes.
  if (work.reached.nodes.size() == 1 && is_for_people) {
    what.on_data = [&](const std::string&, std::string_view data, bool is_stderr) {
      is_stderr ? program.io.err(data) : program.io.out(data);
      program.io.flush();
    };
  }
  if (program.common.output == Output::jsonl) {
    what.on_done = [&](const rollout::Ran& ran) {
      program.io.out(result_line(ran));
      program.io.flush();
    };
  }
  auto all = co_await rollout::exec_on(ctx, work.tools(), work.reached.nodes, std::move(what));
  const double seconds = std::chrono::duration<double>(ctx.now() - begun).count();
  Count count;
  for (const auto& ran : all) ran.is_good() ? ++count.good : ++count.bad;
  if (program.common.output == Output::json) {
    print_json(program, all, errors_of(work), summary_of(count, seconds));
  } else if (program.common.output == Output::jsonl) {
    program.io.out("{\"schema\":\"ccloud.exec/1\",\"errors\":" + errors_of(work) +
                   ",\"summary\":" + summary_of(count, seconds) + "}\n");
  } else if (all.size() == 1) {
    const auto end = how_it_ended(all[0]);
    if (all[0].error) {
      program.io.err(render_error(*all[0].error, program.io.err_style()));
    } else if (!end.empty()) {
      program.say(fmt::format("{}: {}", all[0].node, end));
    }
  } else {
    print_groups(program, all);
    program.say(fmt::format("{}: {} done, {} failed, {:.1f} s", counted(all.size(), "node"),
                            count.good, count.bad, seconds));
  }
  Exit exit = count.bad == 0 ? Exit::done : count.good == 0 ? Exit::failed : Exit::partly;
  if (ctx.ended() && ctx.ended()->code == ErrorCode::cancelled) exit = Exit::interrupted;
  co_await end_run(work, entries_of(all), result_of(exit));
  co_return exit;
}

Exit run_exec(Program& program, const ExecCommand& options) {
  if (auto chosen = check_choice(options.choice); !chosen) {
    return program.fail(chosen.error(), Exit::usage);
  }
  if (options.words.empty()) {
    return program.misused("no command is given", "ccloud exec SELECTOR... -- COMMAND");
  }
  return with_nodes(program, options.choice.selectors,
                    [&](Context ctx, NodeWork& work) { return execute(ctx, work, options); });
}

}  // namespace

Command make_exec() {
  auto o = std::make_shared<ExecCommand>();
  Command command;
  command.usage = "SELECTOR... -- COMMAND";
  command.help =
      "Runs a command on nodes, on all of them at the same time, over SSH. One word after -- is a "
      "line for the node's shell, pipes and all; several words are a program and its arguments. "
      "Nodes that print the same are told together. The exit code is 0 when it was 0 everywhere, "
      "1 when it was nowhere, else 3.";
  command.options = {
      flag("all", o->choice.is_all, "every node of the project"),
      duration("node-timeout", "D", o->node_timeout, "for each node, its login included"),
  };
  command.words = {&o->choice.selectors, 0, any_number, "selector"};
  command.rest = &o->words;
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud exec 'web-*' -- uptime", ""},
                      {"ccloud exec place=eu -- 'df -h / | tail -n 1'", "a line for the shell"},
                      {"ccloud exec --all -o json -- cat /etc/os-release", ""}};
  command.run = [o](Program& program) { return run_exec(program, *o); };
  return command;
}

}  // namespace ccloud::cli
