// SSH public keys as people keep them: lines, files of lines, and private keys given by mistake.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "config/model.h"

namespace ccloud::config {

/// The entry is a key line rather than the name of a file.
bool is_key_line(std::string_view entry);
/// PEM, OpenSSH or PuTTY private key text.
bool is_private_key(std::string_view text);

/// The key, or why it is none.
std::variant<SshKey, std::string> parse_public_key(std::string_view line);

}  // namespace ccloud::config
