// `ccloud history [RUN]`.

#include <memory>

#include "cli/commands.h"
#include "cli/json_documents.h"
#include "cli/load_config.h"
#include "cli/run_command.h"
#include "cli/view_run.h"

namespace ccloud::cli {
namespace {

struct HistoryOptions {
  std::vector<std::string> words;
};

Exit run_history_command(Program& program, const HistoryOptions& options) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Session session = runtime.session(std::move(*config), {});
  auto result = runtime.loop().run(deploy::run_history(
      runtime.context(), session, options.words.empty() ? "" : options.words.front()));
  if (!result) return program.fail(result.error());
  if (program.common.output == Output::json) {
    program.io.out(history_document(*result));
    return result->exit;
  }
  const RunView view{program.io.out_style(),
                     program.io.is_out_terminal() ? program.io.out_size().columns : 0, ""};
  if (result->errors.empty()) program.io.out(render_history(*result, view));
  for (const Error& error : result->errors) {
    program.io.err(render_error(error, program.io.err_style()));
  }
  return result->exit;
}

}  // namespace

Command make_history() {
  auto o = std::make_shared<HistoryOptions>();
  Command command;
  command.usage = "[RUN]";
  command.help =
      "What was done from this machine, when, by whom, with what result; with a RUN each of its "
      "changes. The clouds' own audit logs carry the same run ids in their user agents.";
  command.words = {&o->words, 0, 1, ""};
  command.outputs = {Output::json};
  command.examples = {{"ccloud history", ""}, {"ccloud history 20260102-030405-1a2b", ""}};
  command.run = [o](Program& program) { return run_history_command(program, *o); };
  return command;
}

}  // namespace ccloud::cli
