// Private key files, looked at without logging in.
#pragma once

#include <string>

#include "base/result.h"

namespace ccloud::ssh {

/// "ssh-ed25519 AAAA..." of a private key file that has no passphrase.
Result<std::string> public_key_of(const std::string& file);

}  // namespace ccloud::ssh
