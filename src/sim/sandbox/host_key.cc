// Ed25519 by libcrypto; the file formats by hand.
#include "sim/sandbox/host_key.h"

#include <cstdint>
#include <memory>

#include <openssl/evp.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::sandbox {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::string_view key_type = "ssh-ed25519";

std::string number(std::size_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xffU);
  return out;
}

/// RFC 4251's string: length and bytes.
std::string text(std::string_view bytes) { return number(bytes.size()) + std::string(bytes); }

std::string armour(const std::string& bytes) {
  const std::string encoded = base64(bytes);
  std::string out = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  for (std::size_t at = 0; at < encoded.size(); at += 70) out += encoded.substr(at, 70) + "\n";
  return out + "-----END OPENSSH PRIVATE KEY-----\n";
}

/// OpenSSH's PROTOCOL.key: a header, the public key, and a block padded to 8 bytes.
std::string openssh_file(const std::string& public_blob, const std::string& secret,
                         const std::string& open) {
  const std::string check = random_bytes(4);
  std::string block = check + check + text(key_type) + text(open) + text(secret + open) + text("");
  for (char pad = 1; block.size() % 8 != 0; ++pad) block += pad;
  const std::string magic("openssh-key-v1\0", 15);
  return armour(magic + text("none") + text("none") + text("") + number(1) + text(public_blob) +
                text(block));
}

}  // namespace

Result<HostKey> make_host_key() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  std::string secret(key_size, '\0');
  std::string open(key_size, '\0');
  std::size_t secret_size = key_size;
  std::size_t open_size = key_size;
  if (!key ||
      EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(secret.data()),
                                   &secret_size) != 1 ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(open.data()),
                                  &open_size) != 1) {
    return make_error(ErrorCode::internal, "cannot make an Ed25519 host key");
  }
  const std::string public_blob = text(key_type) + text(open);
  return HostKey{.openssh = openssh_file(public_blob, secret, open),
                 .dropbear = text(key_type) + text(secret + open),
                 .public_line = std::string(key_type) + " " + base64(public_blob)};
}

std::string fingerprint_of(std::string_view public_line) {
  const auto fields = split(trim(public_line), ' ');
  if (fields.size() < 2) return {};
  std::string digest = base64(sha256(decode_base64(fields[1]).value_or("")));
  while (digest.ends_with('=')) digest.pop_back();
  return "SHA256:" + digest;
}

}  // namespace ccloud::sim::sandbox
