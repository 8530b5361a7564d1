// The signed assertion with which a client certificate asks for a token (RFC 7523), over libcrypto.
#pragma once

#include <string>
#include <string_view>

#include "async/loop.h"
#include "base/result.h"

namespace ccloud::azure {

struct Assertion {
  std::string client_id;
  std::string audience;  ///< the token endpoint's URL
  std::string jti;       ///< never the same twice
  async::WallTime now{};
};

/// `pem` holds a certificate and its private key, in any order; `password` opens an encrypted key.
/// unauthenticated with what is wrong; never a word of the key.
Result<std::string> sign_assertion(std::string_view pem, std::string_view password,
                                   const Assertion& assertion);

}  // namespace ccloud::azure
