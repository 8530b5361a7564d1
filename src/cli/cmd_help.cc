// `ccloud help [COMMAND]`.

#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/program.h"

namespace ccloud::cli {
namespace {

struct HelpOptions {
  std::vector<std::string> words;
};

Exit run_help(Program& program, const HelpOptions& options) {
  // `help X Y` is `X Y --help`: one way to find a command and to say that there is none.
  std::vector<std::string> args = options.words;
  args.emplace_back("--help");
  Common unused;
  const auto found = parse(args, unused);
  if (!found) return program.misused(found.error().message, found.error().remedy);
  const Style style = program.io.out_style();
  const std::size_t width = program.io.out_size().columns;
  program.io.out(found->entry != nullptr ? render_help(*found->entry, style, width)
                 : !found->group.empty() ? render_group_help(found->group, style, width)
                                         : render_overview(style, width));
  return Exit::done;
}

}  // namespace

Command make_help() {
  auto o = std::make_shared<HelpOptions>();
  Command command;
  command.usage = "[COMMAND]";
  command.words = {&o->words, 0, 2, "command"};
  command.run = [o](Program& program) { return run_help(program, *o); };
  return command;
}

}  // namespace ccloud::cli
