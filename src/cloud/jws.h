// Signed texts with which keys and certificates ask for tokens (JWS, compact form), over libcrypto.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ccloud::cloud {

/// base64url(header).base64url(claims).base64url(RS256 by the PEM key); `password` opens an
/// encrypted one, and nobody is asked for it.
/// unauthenticated with what is wrong with the key ("it is not an RSA key"), never a word of it.
Result<std::string> sign_rs256(std::string_view pem, std::string_view password,
                               std::string_view header, std::string_view claims);

}  // namespace ccloud::cloud
