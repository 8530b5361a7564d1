// Signed assertions of a service account's key (RFC 7523).
#pragma once

#include <string>
#include <string_view>

#include "async/loop.h"
#include "base/result.h"

namespace ccloud::gcp {

struct Assertion {
  std::string email;
  std::string key_id;    ///< may be empty
  std::string audience;  ///< the token server's URL; empty in a token of its own
  std::string scope;
  async::WallTime now{};
};

/// For the JWT grant; without an audience it is itself a bearer token (claim `sub`), which other
/// universes than googleapis.com want. Good for an hour.
/// unauthenticated with what is wrong; never a word of the key.
Result<std::string> sign_assertion(std::string_view pem, const Assertion& assertion);

}  // namespace ccloud::gcp
