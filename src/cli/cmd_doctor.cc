// `ccloud doctor`.

#include "cli/commands.h"
#include "cli/json_documents.h"
#include "cli/load_config.h"
#include "cli/run_command.h"
#include "cli/view_run.h"

namespace ccloud::cli {
namespace {

Exit run_doctor_command(Program& program) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Session session = runtime.session(std::move(*config), {});
  auto result = runtime.loop().run(deploy::run_doctor(runtime.context(), session));
  if (!result) return program.fail(result.error());
  if (program.common.output == Output::json) {
    program.io.out(checks_document(*result, "ccloud.doctor/1"));
  } else {
    program.io.out(
        render_checks(*result, {program.io.out_style(), program.io.out_size().columns, ""}));
  }
  return result->exit;
}

}  // namespace

Command make_doctor() {
  Command command;
  command.help =
      "Looks at what ccloud needs: credentials and reachability of every provider of the config, "
      "the clock, the tools and files of this machine. Each problem comes with its remedy.";
  command.outputs = {Output::json};
  command.examples = {{"ccloud doctor", ""}};
  command.run = run_doctor_command;
  return command;
}

}  // namespace ccloud::cli
