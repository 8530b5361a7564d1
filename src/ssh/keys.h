// Facts about private keys.
#pragma once

#include <string>

#include "ssh/session.h"

namespace ccloud::ssh {

/// The public half, "type base64", as in a public key file without its comment; empty when it
/// cannot be told.
std::string public_key_of(const PrivateKey& key);

}  // namespace ccloud::ssh
