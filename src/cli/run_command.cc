#include "cli/run_command.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/json_documents.h"
#include "cli/view_plan.h"
#include "cli/view_run.h"

namespace ccloud::cli {
namespace {

/// Asks once; remembers why there was no answer.
class Asker {
 public:
  Asker(Program& program, RunWatch& watch, RunRequest request)
      : program_(program), watch_(watch), request_(std::move(request)) {}

  bool decide(const plan::Plan& plan) {
    watch_.expect(plan.estimate.seconds);
    watch_.pause();
    const PlanView view{program_.io.err_style(), program_.io.err_size().columns,
                        program_.common.is_verbose};
    // With -y on a terminal the plan still scrolls by; programs read it from `plan -o json`.
    if (!program_.common.is_quiet || !request_.is_confirmed) {
      program_.io.err(render_plan(plan, view) + "\n");
    }
    if (!plan.refusals.empty()) return false;
    if (request_.is_confirmed) return true;
    if (!program_.can_ask()) {
      problem_ = make_error(ErrorCode::invalid_argument,
                            "this would change what is described above, and there is nobody to ask",
                            request_.needs);
      exit_ = Exit::usage;
      return false;
    }
    auto answer = program_.io.ask(request_.word.empty()
                                      ? fmt::format("{} [y/N] ", request_.question)
                                      : fmt::format("{} Type {} to go on: ", request_.question,
                                                    program_.io.err_style().bold(request_.word)));
    if (!answer) {
      problem_ = answer.error();
      exit_ = Exit::interrupted;
      return false;
    }
    const std::string_view said = trim(*answer);
    if (!request_.word.empty()) return said == request_.word;
    return to_lower(said) == "y" || to_lower(said) == "yes";
  }

  const std::optional<Error>& problem() const { return problem_; }
  Exit exit() const { return exit_; }

 private:
  Program& program_;
  RunWatch& watch_;
  RunRequest request_;
  std::optional<Error> problem_;
  Exit exit_ = Exit::usage;
};

Task<bool> decide(Asker* asker, const plan::Plan* plan) { co_return asker->decide(*plan); }

void print_result(Program& program, const deploy::RunResult& result) {
  if (program.common.output == Output::json) {
    program.io.out(run_document(result, Form::pretty));
  } else if (program.common.output == Output::jsonl) {
    program.io.out(run_document(result, Form::line));
  }
  if (program.common.is_for_programs() && program.common.is_quiet) return;
  const bool is_for_people = !program.common.is_for_programs();
  const RunView view{program.io.err_style(), program.io.err_size().columns,
                     repeated_options(program.common)};
  const RunView on_out{program.io.out_style(), view.width, view.prefix};
  is_for_people ? program.io.out(render_run_line(result, on_out))
                : program.io.err(render_run_line(result, view));
  if (program.common.is_quiet && result.exit == Exit::done) return;
  program.io.err(render_run_rest(result, view));
}

}  // namespace

std::string repeated_options(const Common& common) {
  std::string out;
  if (common.has_file) out += " -f " + shell_quote(common.file);
  if (!common.environment.empty()) out += " -e " + common.environment;
  if (common.is_sim) {
    out += common.sim_dir.empty() ? " --sim" : " --sim=" + shell_quote(common.sim_dir);
  }
  return out;
}

Exit run_and_tell(Program& program, config::Config config, deploy::Options options,
                  RunRequest request, const Runbook& runbook) {
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  RunWatch watch(program, runtime.loop());
  request.is_confirmed = request.is_confirmed || (program.common.is_yes && request.word.empty());
  Asker asker(program, watch, std::move(request));
  deploy::Session session = runtime.session(
      std::move(config), std::move(options),
      [&watch](const deploy::Event& event) { watch.take(event); },
      [&asker](Context, const plan::Plan& plan) { return decide(&asker, &plan); });
  auto result = runtime.loop().run(runbook(runtime.context(), session));
  watch.pause();
  if (!result) return program.fail(result.error());
  if (asker.problem()) {
    result->errors.push_back(*asker.problem());
    result->exit = asker.exit();
  }
  print_result(program, *result);
  return result->exit;
}

}  // namespace ccloud::cli
