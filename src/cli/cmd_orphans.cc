// `ccloud orphans`: named by the contract for later; said so instead of ignored.

#include <memory>

#include "cli/commands.h"
#include "cli/program.h"

namespace ccloud::cli {

Command make_orphans() {
  auto is_delete = std::make_shared<bool>(false);
  Command command;
  command.usage = "[--delete]";
  command.help =
      "Will list what carries the project's mark but nothing explains. Not in this version.";
  command.options = {flag("delete", *is_delete, "delete them")};
  command.outputs = {Output::json};
  command.run = [is_delete](Program& program) {
    return program.misused("orphans is not supported by this version",
                           "`ccloud plan` shows what the config no longer names, `ccloud destroy` "
                           "removes everything that carries the project's marks");
  };
  return command;
}

}  // namespace ccloud::cli
