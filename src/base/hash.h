// Digests and text encodings of bytes, over libcrypto.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ccloud {

std::string sha256(std::string_view data);                             ///< 32 raw bytes
std::string sha256_hex(std::string_view data);                         ///< 64 hex digits
std::string sha1(std::string_view data);                               ///< 20 raw bytes
std::string md5(std::string_view data);                                ///< 16 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  ///< 32 raw bytes
std::string hmac_sha1(std::string_view key, std::string_view data);    ///< 20 raw bytes

/// PBKDF2 over SHA-256, some 50 ms: for what must be recognised later and not be guessed from it.
std::string slow_hash(std::string_view secret, std::string_view salt);  ///< 32 raw bytes

std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);
/// RFC 4648 section 5 (url-safe), without padding.
std::string base64url(std::string_view bytes);
/// Both alphabets, padding optional, blanks and line ends skipped; nullopt for anything else.
std::optional<std::string> decode_base64(std::string_view text);

/// Random bytes from the kernel; for ids, never for keys.
std::string random_bytes(std::size_t count);
/// A version 4 UUID.
std::string random_uuid();
/// A version 5 UUID: the same name gives the same id on every machine.
std::string name_uuid(std::string_view name);

}  // namespace ccloud
