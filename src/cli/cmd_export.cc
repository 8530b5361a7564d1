// `ccloud export ansible|ssh|prometheus [SELECTOR...]`.

#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/export_formats.h"
#include "cli/load_config.h"
#include "cli/nodes.h"
#include "cli/openssh.h"
#include "cli/reach.h"
#include "cli/run_command.h"

namespace ccloud::cli {
namespace {

struct ExportOptions {
  std::vector<std::string> words;
  bool is_list = false;
  std::string host;
  std::int64_t port = 9100;
  bool is_private = false;
  bool is_all_states = false;
};

/// The nodes that are told of, each with what ssh has to know of its host key and bastion.
std::vector<ExportNode> export_nodes(const Runtime& runtime, const config::Config& config,
                                     const deploy::StatusResult& result, bool is_all_states) {
  const auto pool = pool_options(runtime);
  const auto own = ssh::SshConfig::load(pool.home);
  std::vector<ExportNode> nodes;
  for (const deploy::NodeRow& row : result.nodes) {
    const bool is_up = row.instance.state == cloud::NodeState::running;
    ExportNode node = reach(config, row);
    if ((!is_up && !is_all_states) || node.address.empty()) continue;
    const auto target = node_of(config, row, runtime.is_simulated()).target;
    node.port = target.port.value_or(node.port);
    node.options = openssh_options(target, pool, asks_strictly(target, own, pool));
    nodes.push_back(std::move(node));
  }
  // ssh makes the file, not its folder.
  std::error_code ignored;
  std::filesystem::create_directories(pool.host_keys.parent_path(), ignored);
  return nodes;
}

Exit tell(Program& program, const ExportOptions& options, const std::string& format,
          const deploy::StatusResult& result, const std::vector<ExportNode>& nodes) {
  if (format == "ansible") {
    program.io.out(options.host.empty() ? ansible_inventory(nodes)
                                        : ansible_host(nodes, options.host));
  } else if (format == "ssh") {
    program.io.out(ssh_config(nodes, result.project));
  } else {
    program.io.out(
        prometheus_targets(nodes, static_cast<std::uint16_t>(options.port), options.is_private));
  }
  for (const Error& error : result.errors) {
    program.io.err(render_error(error, program.io.err_style()));
  }
  return result.exit;
}

Exit run_export(Program& program, const ExportOptions& options) {
  const std::string& format = options.words.front();
  if (format != "ansible" && format != "ssh" && format != "prometheus") {
    return program.misused(fmt::format("no export named \"{}\"", format),
                           "there is ansible, ssh and prometheus");
  }
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Options deploy_options;
  deploy_options.selectors.assign(options.words.begin() + 1, options.words.end());
  deploy::Session session = runtime.session(std::move(*config), deploy_options);
  auto result = runtime.loop().run(deploy::run_status(runtime.context(), session));
  if (!result) return program.fail(result.error());
  const auto nodes = export_nodes(runtime, session.config(), *result, options.is_all_states);
  return tell(program, options, format, *result, nodes);
}

}  // namespace

Command make_export() {
  auto o = std::make_shared<ExportOptions>();
  Command command;
  command.usage = "ansible|ssh|prometheus [SELECTOR...]";
  command.help =
      "Prints the nodes that run in another tool's form: an Ansible dynamic inventory, Host blocks "
      "for ssh, targets for Prometheus (file_sd and http_sd).";
  command.options = {
      flag("list", o->is_list, "ansible: the whole inventory (the default)"),
      text("host", "NODE", o->host, "ansible: the variables of one node"),
      number("port", "N", o->port, 1, 65535, "prometheus: the port to scrape (9100)"),
      flag("private", o->is_private, "prometheus: private addresses"),
      flag("any-state", o->is_all_states, "also nodes that do not run"),
  };
  command.words = {&o->words, 1, any_number, "ansible ssh prometheus"};
  command.examples = {
      {"ccloud export ssh > ~/.ssh/ccloud.conf", "then: Include ccloud.conf"},
      {"printf '#!/bin/sh\\nexec ccloud export ansible \"$@\"\\n' > inv; chmod +x inv",
       "ansible -i inv all -m ping"},
      {"ccloud export prometheus role=web > targets.json", ""}};
  command.run = [o](Program& program) { return run_export(program, *o); };
  return command;
}

}  // namespace ccloud::cli
