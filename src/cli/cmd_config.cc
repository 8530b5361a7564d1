// The commands on the config's text: fmt, schema, explain, config show.

#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/process.h"
#include "config/explain.h"
#include "config/format.h"
#include "config/schema.h"
#include "json/diagnostics.h"

namespace ccloud::cli {
namespace {

struct FmtOptions {
  std::vector<std::string> files;
  bool is_check = false;
};

Exit invalid(Program& program, const diag::Diagnostics& diagnostics) {
  program.io.err(render_diagnostics(diagnostics, program.io, program.io.err_style()));
  return Exit::config_invalid;
}

/// `-` reads stdin and writes stdout.
Exit format_stdin(Program& program, bool is_check) {
  auto text = read_file("/dev/stdin", "");
  if (!text) return program.fail(text.error());
  const auto formatted = config::format_config(*text, "stdin");
  if (!formatted.text) return invalid(program, formatted.diagnostics);
  if (is_check) return *formatted.text == *text ? Exit::done : Exit::failed;
  program.io.out(*formatted.text);
  return Exit::done;
}

Exit format_file(Program& program, const std::string& path, bool is_check) {
  auto text = read_file(path, program.env("HOME").value_or(""));
  if (!text) return program.fail(text.error(), Exit::config_invalid);
  const auto formatted = config::format_config(*text, path);
  if (!formatted.text) return invalid(program, formatted.diagnostics);
  if (*formatted.text == *text) return Exit::done;
  program.io.out(path + "\n");  // as gofmt -l and terraform fmt: the files that differ
  if (is_check) return Exit::failed;
  auto written = write_file(path, *formatted.text);
  return written ? Exit::done : program.fail(written.error(), Exit::failed);
}

Exit run_fmt(Program& program, const FmtOptions& options) {
  std::vector<std::string> files = options.files;
  if (files.empty()) files.push_back(program.common.file);
  Exit worst = Exit::done;
  for (const std::string& path : files) {
    const Exit exit = path == "-" ? format_stdin(program, options.is_check)
                                  : format_file(program, path, options.is_check);
    worst = std::max(worst, exit);
  }
  return worst;
}

Exit run_explain(Program& program, const std::vector<std::string>& words) {
  if (words.empty()) {
    std::string_view group;
    for (const config::Explanation& one : config::explanations()) {
      if (one.group != group) {
        program.io.out(fmt::format("{}{}\n", group.empty() ? "" : "\n",
                                   program.io.out_style().bold(one.group)));
      }
      group = one.group;
      program.io.out(fmt::format("  {}\n", one.code));
    }
    return Exit::done;
  }
  if (const auto text = config::explain(words.front())) {
    program.io.out(*text);
    return Exit::done;
  }
  const auto guess = config::suggest_code(words.front());
  return program.misused(
      fmt::format("no diagnostic has the code \"{}\"", words.front()),
      guess ? fmt::format("did you mean \"{}\"?", *guess) : "`ccloud explain` lists them");
}

Exit run_config_show(Program& program) {
  config::LoadOptions options;
  options.home = program.env("HOME").value_or("");
  options.errors_only = true;
  const auto shown = config::show_config(program.common.file, program.common.environment, options);
  if (shown.text) {
    program.io.out(*shown.text);
    return Exit::done;
  }
  if (program.common.is_for_programs()) {
    program.io.out(json::diagnostics_document(shown.diagnostics));
  }
  return invalid(program, shown.diagnostics);
}

}  // namespace

Command make_fmt() {
  auto o = std::make_shared<FmtOptions>();
  Command command;
  command.usage = "[FILE...] [--check]";
  command.help =
      "Brings configs into the canonical layout, in place, and names those that it changed; order "
      "and comments stay. Without a FILE it is the config (-f, or ccloud.json); - is stdin to "
      "stdout. --check changes nothing and exits with 1 when a file would change.";
  command.options = {flag("check", o->is_check, "only tell which files would change")};
  command.words = {&o->files, 0, any_number, "file"};
  command.examples = {{"ccloud fmt", ""},
                      {"ccloud fmt --check", "in CI"},
                      {"ccloud fmt - < draft.json", "from an editor"}};
  command.run = [o](Program& program) { return run_fmt(program, *o); };
  return command;
}

Command make_schema() {
  Command command;
  command.help =
      "Prints the JSON Schema (2020-12) of a config, so that editors complete and check it: put "
      "\"$schema\": \"./ccloud.schema.json\" at the top of the file.";
  command.examples = {{"ccloud schema > ccloud.schema.json", ""}};
  command.outputs = {Output::json};
  command.run = [](Program& program) {
    program.io.out(config::schema_json());
    return Exit::done;
  };
  return command;
}

Command make_explain() {
  auto words = std::make_shared<std::vector<std::string>>();
  Command command;
  command.usage = "[CODE]";
  command.help =
      "Explains a diagnostic: what is wrong, an example, the cure. Without a CODE it lists all.";
  command.words = {words.get(), 0, 1, "code"};
  command.examples = {{"ccloud explain cidr-overlap", ""}};
  command.run = [words](Program& program) { return run_explain(program, *words); };
  return command;
}

Command make_config_show() {
  Command command;
  command.usage = "[-e ENVIRONMENT]";
  command.help = "Prints the config as it is after the environment's patch, in canonical layout.";
  command.outputs = {Output::json};
  command.examples = {{"ccloud config show -e staging", ""},
                      {"diff <(ccloud config show -e prod) <(ccloud config show -e staging)", ""}};
  command.run = run_config_show;
  return command;
}

}  // namespace ccloud::cli
