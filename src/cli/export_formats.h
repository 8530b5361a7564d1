// The nodes in other tools' forms. Pure; what each tool accepts is checked in tests/e2e/cli.
#pragma once

#include <string>
#include <vector>

#include "cli/openssh.h"
#include "deploy/results.h"

namespace ccloud::cli {

/// How a node is reached, resolved from its row and the config.
struct ExportNode {
  const deploy::NodeRow* row = nullptr;
  std::string address;  ///< public, else private
  std::uint16_t port = 22;
  std::string user;  ///< empty: unknown, the tool's own default
  std::vector<std::string> identities;
  std::vector<SshOption> options;  ///< host keys and the way through a bastion, see openssh.h
};

/// The JSON of an Ansible dynamic inventory (`--list`).
std::string ansible_inventory(const std::vector<ExportNode>& nodes);
/// The variables of one host (`--host NAME`); "{}" for an unknown one.
std::string ansible_host(const std::vector<ExportNode>& nodes, std::string_view name);
/// Host blocks for ~/.ssh/config (or its Include).
std::string ssh_config(const std::vector<ExportNode>& nodes, std::string_view project);
/// Prometheus' file_sd, which is also what http_sd answers.
std::string prometheus_targets(const std::vector<ExportNode>& nodes, std::uint16_t port,
                               bool is_private);

}  // namespace ccloud::cli
