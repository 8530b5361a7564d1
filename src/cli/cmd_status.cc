// `ccloud status [SELECTOR...] [-w] [--health] [--fresh] [--max-age D]`.

#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/json_documents.h"
#include "cli/live.h"
#include "cli/load_config.h"
#include "cli/run_command.h"
#include "cli/view_status.h"

namespace ccloud::cli {
namespace {

struct StatusOptions {
  std::vector<std::string> selectors;
  bool is_watch = false;
  std::string sort;
  std::optional<std::chrono::milliseconds> max_age;
  deploy::Options deploy;
};

constexpr std::chrono::seconds watch_pause{2};
/// Of a cloud, before its rows are shown as last known.
constexpr std::chrono::seconds longest_silence{10};
constexpr std::size_t listed_on_terminal = 60;

/// Beyond some screens a terminal shows what is wrong and counts the rest; a pipe gets all.
std::size_t most_nodes(const Program& program, const StatusOptions& options) {
  const bool is_cut = program.io.is_out_terminal() && program.common.output == Output::table &&
                      options.selectors.empty();
  return is_cut ? std::max(listed_on_terminal, 2 * program.io.out_size().rows) : 0;
}

StatusView view_for(const Program& program, const StatusOptions& options, async::WallTime now) {
  StatusView view;
  view.style = program.io.out_style();
  // What is piped or asked for with -o wide is never cut to a width.
  const bool is_wide = program.common.output == Output::wide;
  view.width = program.io.is_out_terminal() ? program.io.out_size().columns : is_wide ? 0 : 160;
  view.is_wide = is_wide;
  view.most_nodes = most_nodes(program, options);
  view.sort = options.sort;
  view.now = now;
  return view;
}

void print(Program& program, const StatusOptions& options, const deploy::StatusResult& result,
           async::WallTime now) {
  switch (program.common.output) {
    case Output::json:
      program.io.out(status_document(result, Form::pretty));
      return;
    case Output::jsonl:
      for (const deploy::NodeRow& row : result.nodes) program.io.out(node_line(row));
      program.io.out(status_end_line(result));
      return;
    case Output::name:
      for (const deploy::NodeRow& row : result.nodes) program.io.out(row.name + "\n");
      for (const Error& error : result.errors) {
        program.io.err(render_error(error, program.io.err_style()));
      }
      return;
    case Output::table:
    case Output::wide:
      program.io.out(render_status(result, view_for(program, options, now)));
  }
}

std::map<std::string, std::string> shown_by(const deploy::StatusResult& result) {
  std::map<std::string, std::string> shown;
  for (const deploy::NodeRow& row : result.nodes) shown[row.name] = fingerprint(row);
  return shown;
}

/// Says on a terminal which clouds have not answered yet.
class Waiting {
 public:
  explicit Waiting(Program& program)
      : area_(program.io),
        style_(program.io.err_style()),
        is_shown_(program.io.is_err_terminal() && !program.common.is_quiet) {}

  void take(const deploy::Event& event) {
    if (!is_shown_) return;
    if (event.kind == deploy::Event::Kind::looking) names_.insert(event.provider);
    if (event.kind == deploy::Event::Kind::looked) names_.erase(event.provider);
    if (names_.empty()) {
      area_.clear();
    } else {
      area_.draw({style_.dim(fmt::format("waiting for {}", fmt::join(names_, ", ")))});
    }
  }

 private:
  LiveArea area_;
  Style style_;
  bool is_shown_;
  std::set<std::string> names_;
};

/// What -w shows: in place on a terminal, whole documents for programs, else what has changed.
class Screen {
 public:
  Screen(Program& program, const StatusOptions& options)
      : program_(program),
        options_(options),
        area_(program.io),
        is_live_(program.io.is_out_terminal() && program.io.is_err_terminal() &&
                 !program.common.is_for_programs() && program.common.output != Output::name) {}

  /// False: nobody looks any more.
  bool show(const deploy::StatusResult& result, async::WallTime now) {
    StatusView view = view_for(program_, options_, now);
    // The nodes' first answers are news, but nothing has changed by them.
    const bool has_health = std::ranges::any_of(
        result.nodes, [](const deploy::NodeRow& row) { return row.reachable.has_value(); });
    if (last_.empty() || (has_health && !had_health_)) last_ = shown_by(result);
    had_health_ = had_health_ || has_health;
    view.last = &last_;
    if (is_live_) {
      draw(result, view);
    } else if (program_.common.is_for_programs() || program_.common.output == Output::name) {
      print(program_, options_, result, now);
    } else if (std::string text = render_status(result, view); text != printed_) {
      program_.io.out(text + "\n");
      printed_ = std::move(text);
    }
    program_.io.flush();
    last_ = shown_by(result);
    return !program_.io.is_out_gone();
  }

 private:
  /// All of it on one screen: nodes that are as they should be give way to what is said below them.
  void draw(const deploy::StatusResult& result, StatusView& view) {
    const std::size_t most = area_.most_lines();
    std::vector<std::string> lines;
    view.most_nodes = most;
    for (int i = 0; i < 2; ++i) {
      std::string text = render_status(result, view);
      while (text.ends_with('\n')) text.pop_back();
      lines = split(text, '\n');
      if (lines.size() < most) break;
      const std::size_t too_many = lines.size() + 1 - most;
      const std::size_t listed = std::min(view.most_nodes, result.nodes.size());
      // One line more tells how many are not listed.
      view.most_nodes = listed > too_many + 2 ? listed - too_many - 1 : 1;
    }
    lines.insert(lines.begin() + 1,
                 view.style.dim(fmt::format("at {}; » changed; Ctrl-C ends",
                                            format_time(view.now).substr(11, 8))));
    area_.draw(lines);
  }

  Program& program_;
  const StatusOptions& options_;
  LiveArea area_;
  bool is_live_;
  std::map<std::string, std::string> last_;
  bool had_health_ = false;
  std::string printed_;
};

Exit watch(Program& program, const StatusOptions& options, Runtime& runtime,
           deploy::Session& session) {
  Screen screen(program, options);
  auto ended = runtime.loop().run(deploy::watch_status(
      runtime.context(), session, watch_pause, [&](const deploy::StatusResult& result) {
        return screen.show(result, runtime.loop().wall_now());
      }));
  if (ended) return Exit::done;
  const bool is_misused = ended.error().code == ErrorCode::invalid_argument;
  return is_misused ? program.fail(ended.error(), Exit::usage) : Exit::interrupted;
}

/// With -o jsonl the rows of each cloud are there when it has answered, and the end comes last.
deploy::RowListener rows_for(Program& program) {
  if (program.common.output != Output::jsonl) return {};
  return [&program](const std::vector<deploy::NodeRow>& rows) {
    for (const deploy::NodeRow& row : rows) program.io.out(node_line(row));
    program.io.flush();
  };
}

Exit run_status_command(Program& program, StatusOptions& options) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  options.deploy.selectors = options.selectors;
  if (options.max_age) options.deploy.max_age = *options.max_age;
  options.deploy.drift_of_everything = true;
  options.deploy.region_timeout = program.common.timeout.value_or(longest_silence);
  Waiting waiting(program);
  deploy::Listener listener;
  if (!options.is_watch) listener = [&](const deploy::Event& event) { waiting.take(event); };
  deploy::Session session =
      runtime.session(std::move(*config), options.deploy, std::move(listener));
  if (options.is_watch) return watch(program, options, runtime, session);
  auto result =
      runtime.loop().run(deploy::run_status(runtime.context(), session, rows_for(program)));
  if (!result) return program.fail(result.error());
  if (program.common.output == Output::jsonl) {
    program.io.out(status_end_line(*result));
  } else {
    print(program, options, *result, runtime.loop().wall_now());
  }
  return result->exit;
}

}  // namespace

Command make_status() {
  auto o = std::make_shared<StatusOptions>();
  Command command;
  command.usage = "[SELECTOR...] [-w] [--health]";
  command.help =
      "Every node on every provider in one table: its state, its addresses, and what `deploy` "
      "would do about it. All clouds are asked at the same time, each with its own deadline: one "
      "that does not answer costs the others nothing, its nodes are shown as last known, with "
      "their age, and the exit code is 3.";
  command.options = {
      flag("watch,w", o->is_watch, "look again every few seconds and mark what changed"),
      flag("health", o->deploy.health, "ask the nodes, too: reachability, versions, health"),
      flag("fresh", o->deploy.fresh, "never show what was last known"),
      duration("max-age", "D", o->max_age, "what was last known counts as unknown after D"),
      choice("sort", {"name", "state", "age", "type", "zone", "region", "provider"}, o->sort,
             "the order of the nodes"),
  };
  command.words = {&o->selectors, 0, any_number, "selector"};
  command.outputs = {Output::wide, Output::json, Output::jsonl, Output::name};
  command.examples = {{"ccloud status", ""},
                      {"ccloud status -w", "refreshed in place"},
                      {"ccloud status state!=running", "only what does not run"},
                      {"ccloud status cluster=gw,region=westeurope -o wide", ""},
                      {"ccloud status -o json | jq -r '.nodes[].public_ip'", ""}};
  command.run = [o](Program& program) { return run_status_command(program, *o); };
  return command;
}

}  // namespace ccloud::cli
