// ACS3-HMAC-SHA256, the signature of Alibaba Cloud's APIs (fact: documentation of the V3
// signature).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http/message.h"

namespace ccloud::alibaba {

struct Credentials {
  std::string id;
  std::string secret;
  std::string token;  ///< of temporary credentials; else empty
};

using Params = std::vector<std::pair<std::string, std::string>>;

struct SignInput {
  std::string method = "POST";
  std::string host;
  std::string action;
  std::string version;
  std::string date;   ///< 2026-01-02T03:04:05Z
  std::string nonce;  ///< never the same twice
  Params query;
  std::string body;
  std::string content_type;  ///< with a body
};

/// "k=v&..." sorted by name, RFC 3986 encoded: what goes into the URL and what is signed.
std::string canonical_query(Params params);
/// SHA-256 of the canonical request in hex, for the tests.
std::string canonical_hash(const SignInput& input, const Credentials& credentials);
/// All headers of the signed request, Authorization included.
http::Headers sign(const SignInput& input, const Credentials& credentials);

}  // namespace ccloud::alibaba
