// `ccloud version`.

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/program.h"
#include "json/writer.h"

namespace ccloud::cli {
namespace {

Exit run_version(Program& program) {
  if (program.common.output != Output::json) {
    program.io.out(version_line());
    return Exit::done;
  }
  json::Writer writer(json::Layout::pretty);
  writer.begin_object().member("schema", "ccloud.version/1").member("version", CCLOUD_VERSION);
  program.io.out(writer.end_object().take() + "\n");
  return Exit::done;
}

}  // namespace

Command make_version() {
  Command command;
  command.outputs = {Output::json};
  command.run = run_version;
  return command;
}

}  // namespace ccloud::cli
