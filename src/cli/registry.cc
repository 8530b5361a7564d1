// The list of all commands, in the order of the help. A new command is a file and a line here.

#include <algorithm>
#include <array>

#include "cli/command.h"
#include "cli/commands.h"

namespace ccloud::cli {
namespace {

constexpr std::string_view start = "Getting started";
constexpr std::string_view check = "The config";
constexpr std::string_view change = "Changing the clouds";
constexpr std::string_view look = "Looking";
constexpr std::string_view simulate = "Simulated clouds";
constexpr std::string_view more = "More";

[[maybe_unused]] constexpr std::string_view nodes = "On the nodes";

constexpr std::array entries = {
    Entry{"init", start, "write a starter config", make_init},
    Entry{"sim up", simulate, "start the simulated clouds on this machine", make_sim_up},
    Entry{"sim down", simulate, "stop them, with all their nodes", make_sim_down},
    Entry{"sim env", simulate, "the variables that point clients at them", make_sim_env},
    Entry{"sim reset", simulate, "empty them", make_sim_reset},
    Entry{"sim status", simulate, "whether they run, and how", make_sim_status},
    Entry{"validate", check, "check the config", make_validate},
    Entry{"fmt", check, "bring it into the canonical layout", make_fmt},
    Entry{"schema", check, "its JSON Schema, for editors", make_schema},
    Entry{"explain", check, "explain a diagnostic", make_explain},
    Entry{"config show", check, "the config after the environment's patch", make_config_show},
    Entry{"plan", change, "what deploy would change, and why", make_plan},
    Entry{"deploy", change, "make the clouds match the config", make_deploy},
    Entry{"destroy", change, "delete what the project owns", make_destroy},
    Entry{"start", change, "power nodes on", make_start},
    Entry{"stop", change, "power nodes off, until start", make_stop},
    Entry{"restart", change, "restart nodes", make_restart},
    Entry{"replace", change, "destroy nodes and make them anew", make_replace},
    Entry{"exec", nodes, "run a command on nodes", make_exec},
    Entry{"copy", nodes, "copy files to or from nodes", make_copy},
    Entry{"ssh", nodes, "an interactive session on a node", make_ssh},
    Entry{"logs", nodes, "the logs of services", make_logs},
    Entry{"update", nodes, "move services to a version, wave by wave", make_update},
    Entry{"rollout status", nodes, "how far the last rollout of a service came",
          make_rollout_status},
    Entry{"rollout resume", nodes, "take over a rollout and go on", make_rollout_resume},
    Entry{"rollout undo", nodes, "put back what a rollout touched", make_rollout_undo},
    Entry{"status", look, "every node on every provider", make_status},
    Entry{"history", look, "what was done, when, by whom, with what result", make_history},
    Entry{"export", look, "the nodes for Ansible, ssh or Prometheus", make_export},
    Entry{"doctor", look, "credentials, clock, reachability, with remedies", make_doctor},
    Entry{"catalog", look, "regions, zones, sizes and images of the clouds", make_catalog},
    Entry{"orphans", look, "what nothing explains (not in this version)", make_orphans},
    Entry{"completion", more, "the script that makes a shell complete ccloud", make_completion},
    Entry{"version", more, "the version of this program", make_version},
    Entry{"help", more, "help on a command", make_help},
};

}  // namespace

std::span<const Entry> registry() { return entries; }

const Entry* find_entry(std::string_view name) {
  const auto it = std::ranges::find(entries, name, &Entry::name);
  return it == entries.end() ? nullptr : &*it;
}

std::vector<const Entry*> entries_under(std::string_view first) {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries) {
    if (entry.name.size() > first.size() && entry.name.starts_with(first) &&
        entry.name[first.size()] == ' ') {
      found.push_back(&entry);
    }
  }
  return found;
}

}  // namespace ccloud::cli
