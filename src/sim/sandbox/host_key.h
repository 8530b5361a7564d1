// A node's SSH host key: made in-process (a spawned ssh-keygen per node would cost more than the
// whole boot), written in the formats of both servers.
#pragma once

#include <string>

#include "base/result.h"

namespace ccloud::sim::sandbox {

struct HostKey {
  std::string openssh;      ///< the private key file, "openssh-key-v1"
  std::string dropbear;     ///< the private key file of Dropbear
  std::string public_line;  ///< "ssh-ed25519 AAAA..."
};

Result<HostKey> make_host_key();
/// "SHA256:..." of a public key line, as ssh-keygen -l prints it.
std::string fingerprint_of(std::string_view public_line);

}  // namespace ccloud::sim::sandbox
