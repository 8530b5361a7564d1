// `ccloud validate [--online]`.

#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/validate_online.h"
#include "json/diagnostics.h"

namespace ccloud::cli {
namespace {

struct ValidateOptions {
  bool is_online = false;
};

std::string sizes_of(const config::Config& config) {
  std::size_t nodes = 0;
  std::size_t places = 0;
  for (const config::Cluster& cluster : config.clusters) {
    places += cluster.places.size();
    for (const config::Place& place : cluster.places) {
      nodes += static_cast<std::size_t>(*place.count);
    }
  }
  return fmt::format("{} in {}, {}", counted(nodes, "node"), counted(places, "place"),
                     counted(config.clusters.size(), "cluster"));
}

Exit run_validate(Program& program, const ValidateOptions& options) {
  config::LoadResult loaded = read_config(program, false);
  if (!loaded.config) {
    auto config = load_config(program, Warnings::shown);
    return config ? Exit::done : config.error();
  }
  Exit exit = Exit::done;
  if (options.is_online) exit = check_online(program, *loaded.config, loaded.diagnostics);
  if (program.common.output == Output::json) {
    program.io.out(json::diagnostics_document(loaded.diagnostics));
    return exit;
  }
  if (!loaded.diagnostics.empty()) {
    program.io.err(render_diagnostics(loaded.diagnostics, program.io, program.io.err_style()));
  }
  if (exit == Exit::done) {
    program.io.out(fmt::format("{} is valid: {}\n", program.common.file, sizes_of(*loaded.config)));
  }
  return exit;
}

}  // namespace

Command make_validate() {
  auto o = std::make_shared<ValidateOptions>();
  Command command;
  command.usage = "[--online]";
  command.help =
      "Checks everything that can be known before a cloud is asked, and tells all of it at once, "
      "each problem with its place in the file. --online asks the clouds, too: whether the "
      "credentials work, the regions are enabled, images and sizes exist there, and the quotas "
      "suffice. Exit code 65 when the config is invalid.";
  command.options = {flag("online", o->is_online, "ask the clouds, too")};
  command.outputs = {Output::json};
  command.examples = {{"ccloud validate", ""},
                      {"ccloud validate -e staging --online", "ask the clouds, too"},
                      {"ccloud validate -o json | jq '.diagnostics[].code'", ""}};
  command.run = [o](Program& program) { return run_validate(program, *o); };
  return command;
}

}  // namespace ccloud::cli
