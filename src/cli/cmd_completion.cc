// `ccloud completion bash|zsh|fish`.

#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/program.h"

namespace ccloud::cli {
namespace {

struct CompletionOptions {
  std::vector<std::string> shell;
};

Exit run_completion(Program& program, const CompletionOptions& options) {
  const std::string_view script = completion_script(options.shell.front());
  if (script.empty()) {
    return program.misused(fmt::format("no completion for \"{}\"", options.shell.front()),
                           "there is one for bash, zsh and fish");
  }
  program.io.out(script);
  return Exit::done;
}

}  // namespace

Command make_completion() {
  auto o = std::make_shared<CompletionOptions>();
  Command command;
  command.usage = "bash|zsh|fish";
  command.help =
      "Prints the script that teaches a shell to complete commands, options, and the names of "
      "clusters, nodes and services of the config in the working directory.";
  command.words = {&o->shell, 1, 1, "bash zsh fish"};
  command.examples = {{"eval \"$(ccloud completion bash)\"", "for this shell"},
                      {"ccloud completion bash > /etc/bash_completion.d/ccloud", "for all"},
                      {"ccloud completion fish > ~/.config/fish/completions/ccloud.fish", ""}};
  command.run = [o](Program& program) { return run_completion(program, *o); };
  return command;
}

}  // namespace ccloud::cli
