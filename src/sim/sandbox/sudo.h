// The nodes' `sudo`: the client hands its command and its terminal to the node's first process,
// which runs it. So no file needs the set-user-id bit, and it works in user namespaces too.
#pragma once

namespace ccloud::sim::sandbox {

/// In a child of the agent: one request, from reading it to reporting its exit code.
void serve_sudo(int connection, bool has_own_users);

/// The program `sudo` inside a node. Understands the options that scripts use (-n -E -H -S -i -s
/// -u -v -l -k and NAME=value) and refuses others.
int sudo_main(int argc, char** argv);

}  // namespace ccloud::sim::sandbox
