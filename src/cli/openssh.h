// What the ssh program is told, so that it goes the same way to a node as ccloud does and shares
// ccloud's memory of host keys: by `ccloud ssh` on its command line, by `ccloud export` in a file.
#pragma once

#include <string>
#include <vector>

#include "ssh/pool.h"

namespace ccloud::cli {

/// An option of ssh_config(5).
struct SshOption {
  std::string name;
  std::string value;
};

/// Whether the user's own ssh_config wants no host key that is not known yet.
bool asks_strictly(const ssh::Target& target, const ssh::SshConfig& config,
                   const ssh::PoolOptions& options);

/// HostKeyAlias, the file of host keys, how strict it is, and the way through a bastion. With
/// `is_strict` a first contact is refused; a key that changed is refused in any case.
std::vector<SshOption> openssh_options(const ssh::Target& target, const ssh::PoolOptions& options,
                                       bool is_strict);

}  // namespace ccloud::cli
