#include "config/ssh_keys.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

constexpr std::array<std::string_view, 7> key_types{"ssh-ed25519",
                                                    "ssh-rsa",
                                                    "ecdsa-sha2-nistp256",
                                                    "ecdsa-sha2-nistp384",
                                                    "ecdsa-sha2-nistp521",
                                                    "sk-ssh-ed25519@openssh.com",
                                                    "sk-ecdsa-sha2-nistp256@openssh.com"};

/// One length-prefixed field of the key's wire form (RFC 4251 section 5).
std::optional<std::string_view> take_field(std::string_view& blob) {
  if (blob.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(blob[i]);
  if (blob.size() - 4 < length) return std::nullopt;
  const auto field = blob.substr(4, length);
  blob.remove_prefix(4 + length);
  return field;
}

/// Why the decoded blob is not a sound key of that type; empty when it is.
std::string fault(std::string_view type, std::string_view blob) {
  const auto inner = take_field(blob);
  if (!inner || *inner != type) return "its text is damaged or cut off";
  if (type == "ssh-ed25519") {
    const auto point = take_field(blob);
    return point && point->size() == 32 && blob.empty() ? "" : "its text is damaged or cut off";
  }
  if (type == "ssh-rsa") {
    const auto exponent = take_field(blob);
    const auto modulus = take_field(blob);
    if (!exponent || !modulus || !blob.empty()) return "its text is damaged or cut off";
    const std::size_t bits = modulus->size() * 8;
    if (bits < 2040)
      return fmt::format("an RSA key of {} bits is too weak; 2048 is the least", bits / 64 * 64);
    return "";
  }
  while (!blob.empty())
    if (!take_field(blob)) return "its text is damaged or cut off";
  return "";
}

}  // namespace

bool is_key_line(std::string_view entry) {
  const auto line = trim(entry);
  const auto type = line.substr(0, line.find_first_of(" \t"));
  if (type.size() == line.size()) return false;
  if (type.starts_with("ssh-") || type.starts_with("ecdsa-") || type.starts_with("sk-"))
    return true;
  // Options may stand before the type; every key's base64 begins with AAAA.
  return line.find(" AAAA") != std::string_view::npos;
}

bool is_private_key(std::string_view text) {
  const auto begin = text.find("-----BEGIN ");
  if (begin != std::string_view::npos) {
    const auto head = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
    if (head.find("PRIVATE KEY") != std::string_view::npos) return true;
  }
  return text.starts_with("PuTTY-User-Key-File");
}

std::variant<SshKey, std::string> parse_public_key(std::string_view line) {
  line = trim(line);
  const auto type_end = line.find_first_of(" \t");
  SshKey key;
  key.type = line.substr(0, type_end);
  if (key.type == "ssh-dss") return "DSA keys are no longer accepted by SSH servers";
  if (std::ranges::find(key_types, key.type) == key_types.end()) {
    if (line.find(" ssh-") != std::string_view::npos ||
        line.find(" ecdsa-") != std::string_view::npos)
      return "options before the key are not supported";
    return "it does not begin with a key type such as ssh-ed25519";
  }
  if (type_end == std::string_view::npos) return "the key itself is missing after its type";
  const auto rest = trim(line.substr(type_end));
  const auto blob_end = rest.find_first_of(" \t");
  key.blob = rest.substr(0, blob_end);
  if (blob_end != std::string_view::npos) key.comment = trim(rest.substr(blob_end));
  const bool is_clean = std::ranges::none_of(
      key.comment, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!is_clean) return "its comment holds control characters";
  const auto bytes = decode_base64(key.blob);
  if (!bytes) return "its text is not base64";
  if (std::string why = fault(key.type, *bytes); !why.empty()) return why;
  return key;
}

}  // namespace ccloud::config
