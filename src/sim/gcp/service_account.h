// The service account's key pair: made when the simulator starts, never kept but in the key file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ccloud::sim::gcp {

/// Made when it is first asked for.
class KeyPair {
 public:
  KeyPair();
  ~KeyPair();
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;

  Result<std::string> private_pem() const;  ///< PKCS #8; RSA, 2048 bits
  std::string id() const;                   ///< 40 hex digits
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  bool has_signed(std::string_view text, std::string_view signature) const;

 private:
  struct State;
  State& state() const;
  mutable std::unique_ptr<State> state_;
};

}  // namespace ccloud::sim::gcp
