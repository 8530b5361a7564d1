// `ccloud deploy [SELECTOR...|FILE]` and `ccloud destroy [SELECTOR...]`.

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/process.h"
#include "cli/run_command.h"
#include "plan/plan_file.h"

namespace ccloud::cli {
namespace {

struct DeployOptions {
  std::vector<std::string> words;
  deploy::Options deploy;
};

struct DestroyOptions {
  std::vector<std::string> selectors;
  std::string confirm;
  std::optional<std::int64_t> allow_destroy;
};

/// A node's name has neither dot nor slash, so a word that has one, or names a file, is a plan.
bool is_plan_file(const std::string& word) {
  if (word.contains('=') || word.starts_with('@')) return false;
  struct stat facts{};
  const bool exists = stat(word.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
  return exists || word.contains('/') || word.ends_with(".json");
}

Exit deploy_reviewed(Program& program, config::Config config, DeployOptions& options) {
  auto text = read_file(options.words.front(), program.env("HOME").value_or(""));
  if (!text) return program.fail(text.error(), Exit::usage);
  auto reviewed = plan::from_json(*text);
  if (!reviewed) return program.fail(reviewed.error(), Exit::usage);
  return run_and_tell(program, std::move(config), options.deploy,
                      {.question = "Carry out this plan?"},
                      [&reviewed](Context ctx, deploy::Session& session) {
                        return deploy::run_deploy_reviewed(ctx, session, *reviewed);
                      });
}

Exit run_deploy_command(Program& program, DeployOptions& options) {
  auto config = load_config(program, Warnings::shown);
  if (!config) return config.error();
  const auto plan = std::ranges::find_if(options.words, is_plan_file);
  if (plan != options.words.end() && options.words.size() > 1) {
    return program.misused(
        fmt::format("{} is a plan, and a plan is carried out as it was reviewed: whole", *plan),
        "leave out the other words, or plan with the selectors that you mean");
  }
  if (plan != options.words.end()) return deploy_reviewed(program, std::move(*config), options);
  options.deploy.selectors = options.words;
  return run_and_tell(
      program, std::move(*config), options.deploy, {.question = "Deploy this?"},
      [](Context ctx, deploy::Session& session) { return deploy::run_deploy(ctx, session); });
}

Exit run_destroy_command(Program& program, const DestroyOptions& options) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  const std::string project = *config->project;
  if (!options.confirm.empty() && options.confirm != project) {
    return program.misused(
        fmt::format("--confirm says \"{}\", but the project is \"{}\"", options.confirm, project),
        "nothing was destroyed; check -f and -e");
  }
  deploy::Options deploy_options;
  deploy_options.selectors = options.selectors;
  deploy_options.allow_destroy = options.allow_destroy;
  // What is being deleted is found again by its marks: nothing is worth waiting for after Ctrl-C or
  // when the terminal closes, but the answers that are on their way.
  deploy_options.grace = std::chrono::seconds(2);
  RunRequest request;
  request.question = "Everything above will be gone for good.";
  request.is_confirmed = !options.confirm.empty();
  request.word = project;
  request.needs = fmt::format("look at the plan, then add --confirm {}", project);
  return run_and_tell(
      program, std::move(*config), deploy_options, std::move(request),
      [](Context ctx, deploy::Session& session) { return deploy::run_destroy(ctx, session); });
}

}  // namespace

Command make_deploy() {
  auto o = std::make_shared<DeployOptions>();
  Command command;
  command.usage = "[SELECTOR...|FILE] [-y]";
  command.help =
      "Makes the clouds match the config: shows the plan, asks, and carries it out, everything "
      "that does not depend on another thing at the same time. It can be interrupted and killed "
      "at any moment; the next deploy does the rest. A FILE is a plan that `ccloud plan --out` "
      "wrote; it is refused (exit 5) when the config or the clouds have changed since.";
  command.options = {
      flag("no-destroy", o->deploy.no_destroy,
           "refuse (exit 5) when a node would be destroyed or replaced"),
      maybe_number("allow-destroy", "N", o->deploy.allow_destroy, 0, 1000000,
                   "nodes this run may destroy or replace, instead of guards.max_destroy"),
      flag("prune", o->deploy.prune,
           "also remove clusters and places that this machine never deployed"),
  };
  command.words = {&o->words, 0, any_number, "selector"};
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud deploy", "show the plan, ask, do it"},
                      {"ccloud deploy -y --sim", "on the simulated clouds, without a question"},
                      {"ccloud deploy 'place=use1'", "only the nodes of one place"},
                      {"ccloud deploy p.json -y", "the plan that was reviewed"}};
  command.run = [o](Program& program) { return run_deploy_command(program, *o); };
  return command;
}

Command make_destroy() {
  auto o = std::make_shared<DestroyOptions>();
  Command command;
  command.usage = "[SELECTOR...] --confirm PROJECT";
  command.help =
      "Deletes what carries the project's marks, in every region that is enabled for the account: "
      "nodes, networks, firewalls, keys. With selectors only those nodes. Without --confirm it "
      "shows what there is and asks for the project's name. Protected nodes stay.";
  command.options = {
      text("confirm", "PROJECT", o->confirm, "the project's name: yes, destroy it"),
      maybe_number("allow-destroy", "N", o->allow_destroy, 0, 1000000,
                   "nodes this run may destroy, instead of guards.max_destroy"),
  };
  command.words = {&o->selectors, 0, any_number, "selector"};
  command.outputs = {Output::json, Output::jsonl};
  command.examples = {{"ccloud destroy", "show what there is and ask"},
                      {"ccloud destroy --confirm hello", "without a question"},
                      {"ccloud destroy web-us-3 --confirm hello", "one node"}};
  command.run = [o](Program& program) { return run_destroy_command(program, *o); };
  return command;
}

}  // namespace ccloud::cli
