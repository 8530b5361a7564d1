// `ccloud plan [SELECTOR...] [--out FILE] [--detailed-exitcode]`.

#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/process.h"
#include "cli/run_command.h"
#include "cli/view_plan.h"
#include "plan/plan_file.h"

namespace ccloud::cli {
namespace {

struct PlanOptions {
  std::vector<std::string> selectors;
  std::string out;
  bool has_detailed_exit = false;
  deploy::Options deploy;
};

Exit tell(Program& program, const PlanOptions& options, const deploy::PlanResult& result) {
  if (!options.out.empty()) {
    auto written = write_file(options.out, plan::to_json(result.plan));
    if (!written) return program.fail(written.error(), Exit::failed);
  }
  if (program.common.output == Output::json) {
    program.io.out(plan::to_json(result.plan) + "\n");
  } else if (!result.plan.project.empty()) {  // empty: the clouds were not even looked at
    const PlanView view{program.io.out_style(), program.io.out_size().columns,
                        program.common.is_verbose};
    program.io.out(render_plan(result.plan, view));
  }
  for (const Error& error : result.errors)
    program.io.err(render_error(error, program.io.err_style()));
  if (result.exit == Exit::done && !options.out.empty()) {
    program.say(
        fmt::format("next: ccloud deploy {}{}", options.out, repeated_options(program.common)));
  } else if (result.exit == Exit::done && result.plan.has_changes() &&
             program.io.is_out_terminal()) {
    program.say("next: ccloud deploy" + repeated_options(program.common));
  }
  if (result.exit == Exit::done && options.has_detailed_exit && result.plan.has_changes()) {
    return Exit::changes_pending;
  }
  return result.exit;
}

Exit run_plan_command(Program& program, PlanOptions& options) {
  auto config = load_config(program, Warnings::shown);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  options.deploy.selectors = options.selectors;
  RunWatch watch(program, runtime.loop());
  deploy::Session session =
      runtime.session(std::move(*config), options.deploy,
                      [&watch](const deploy::Event& event) { watch.take(event); });
  auto result = runtime.loop().run(deploy::run_plan(runtime.context(), session));
  watch.pause();
  if (!result) return program.fail(result.error());
  return tell(program, options, *result);
}

}  // namespace

Command make_plan() {
  auto o = std::make_shared<PlanOptions>();
  Command command;
  command.usage = "[SELECTOR...] [--out FILE]";
  command.help =
      "Compares the config with what the clouds have and shows what `deploy` would change, why, "
      "and how many calls and how much time that takes. It changes nothing. A plan that is kept "
      "with --out is what `ccloud deploy FILE` carries out, unless something has changed since.";
  command.options = {
      text("out", "FILE", o->out, "keep the plan for `ccloud deploy FILE`"),
      flag("detailed-exitcode", o->has_detailed_exit, "exit with 2 when there are changes"),
      flag("no-destroy", o->deploy.no_destroy, "show what `deploy --no-destroy` would refuse"),
      flag("prune", o->deploy.prune, "also what this machine never deployed"),
  };
  command.words = {&o->selectors, 0, any_number, "selector"};
  command.outputs = {Output::json};
  command.examples = {{"ccloud plan", ""},
                      {"ccloud plan 'gw-use1-*' -v", "only those nodes, with every row"},
                      {"ccloud plan --out p.json && ccloud deploy p.json", "review, then do it"}};
  command.run = [o](Program& program) { return run_plan_command(program, *o); };
  return command;
}

}  // namespace ccloud::cli
