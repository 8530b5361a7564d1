// `ccloud ssh NODE [-- COMMAND]`: the ssh program takes the terminal over.

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/openssh.h"
#include "cli/with_nodes.h"

namespace ccloud::cli {
namespace {

struct SshCommand {
  std::vector<std::string> node;
  std::vector<std::string> words;
};

/// The same way as ccloud's own SSH goes, and the same memory of host keys.
std::vector<std::string> arguments(const ssh::Target& target, const ssh::PoolOptions& options,
                                   const std::vector<std::string>& words) {
  std::vector<std::string> argv{"ssh"};
  if (target.port) argv.insert(argv.end(), {"-p", std::to_string(*target.port)});
  if (target.user) argv.insert(argv.end(), {"-l", *target.user});
  for (const auto& file : target.identities) argv.insert(argv.end(), {"-i", file});
  if (target.has_identity) argv.insert(argv.end(), {"-o", "IdentitiesOnly=yes"});
  // The first contact is as strict as the user's own ssh_config wants it, and records the key
  // otherwise.
  const bool is_strict = asks_strictly(target, ssh::SshConfig::load(options.home), options);
  for (const auto& [name, value] : openssh_options(target, options, is_strict)) {
    argv.insert(argv.end(), {"-o", name + "=" + value});
  }
  argv.push_back(target.host);
  if (!words.empty()) argv.push_back("--");
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

struct Found {
  std::vector<std::string> argv;
};

Task<Exit> prepare(NodeWork& work, const SshCommand& options, Found& found) {
  Program& program = *work.program;
  const auto& nodes = work.reached.nodes;
  if (nodes.size() != 1) {
    std::vector<std::string> names;
    for (const auto& node : nodes) names.push_back(node.name);
    co_return program.misused(fmt::format("\"{}\" means {} nodes: {}", options.node.front(),
                                          nodes.size(), name_list(names)),
                              "name one of them, or use `ccloud exec`");
  }
  if (!nodes[0].down.empty()) {
    co_return program.fail(
        make_error(ErrorCode::unavailable, nodes[0].name + " is " + nodes[0].down,
                   nodes[0].down == "stopped" ? "ccloud start " + nodes[0].name : ""),
        Exit::failed);
  }
  const auto pool = pool_options(*work.runtime);
  std::error_code ignored;
  std::filesystem::create_directories(pool.host_keys.parent_path(), ignored);
  found.argv = arguments(nodes[0].target, pool, options.words);
  co_return Exit::done;
}

Exit run_ssh(Program& program, const SshCommand& options) {
  Found found;
  const Exit exit = with_nodes(program, options.node, [&](Context, NodeWork& work) {
    return prepare(work, options, found);
  });
  if (found.argv.empty()) return exit;
  program.io.flush();
  std::vector<char*> argv;
  for (auto& word : found.argv) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp("ssh", argv.data());
  return program.fail(make_error(ErrorCode::not_found,
                                 fmt::format("cannot run ssh: {}", std::strerror(errno)),
                                 "install OpenSSH's client, or use `ccloud exec`"));
}

}  // namespace

Command make_ssh() {
  auto o = std::make_shared<SshCommand>();
  Command command;
  command.usage = "NODE [-- COMMAND]";
  command.help =
      "An interactive session on a node, by the ssh program, with everything that the config and "
      "the cloud know: address, port, user, keys, bastion. Host keys are remembered by the "
      "instance, as ccloud's other commands do. The exit code is ssh's own.";
  command.words = {&o->node, 1, 1, "node"};
  command.rest = &o->words;
  command.examples = {{"ccloud ssh web-us-1", ""}, {"ccloud ssh web-us-1 -- top", ""}};
  command.run = [o](Program& program) { return run_ssh(program, *o); };
  return command;
}

}  // namespace ccloud::cli
