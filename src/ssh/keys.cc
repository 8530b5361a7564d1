#include "ssh/keys.h"

#include <libssh/libssh.h>

namespace ccloud::ssh {

std::string public_key_of(const PrivateKey& key) {
  ssh_key open_half = nullptr;
  char* text = nullptr;
  std::string line;
  if (ssh_pki_export_privkey_to_pubkey(key.get(), &open_half) == SSH_OK &&
      ssh_pki_export_pubkey_base64(open_half, &text) == SSH_OK) {
    line = std::string(ssh_key_type_to_char(ssh_key_type(open_half))) + " " + text;
    ssh_string_free_char(text);
  }
  ssh_key_free(open_half);
  return line;
}

}  // namespace ccloud::ssh
