// Verifies ACS3-HMAC-SHA256 (version 3) and HMAC-SHA1 (version 1) signatures, written from the
// vendor's documentation and apart from any client of ours.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/message.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {

struct Login {
  std::string key_id, secret, account;
};
Login login_of(const World& world);

enum class Trust { good, missing, unknown_key, mismatch, stale, nonce_used };

/// The request's parameters (query and form), decoded.
std::map<std::string, std::string> parameters_of(const http::Request& request);
/// The action and the version, wherever this signature's version puts them.
std::string action_of(const http::Request& request,
                      const std::map<std::string, std::string>& params);

/// "ecs", "vpc" or "sts", by the version that the request names; empty for any other.
std::string_view product_of(const http::Request& request,
                            const std::map<std::string, std::string>& params);

Trust verify(const http::Request& request, const std::map<std::string, std::string>& params,
             const Login& login, Memory& memory, Time now);

}  // namespace ccloud::sim::alibaba
