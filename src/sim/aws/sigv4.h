// The server's side of Signature Version 4: recomputes the signature from what arrived. Written
// from the specification, apart from the client's signer, so that both cannot share a misreading.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "http/message.h"
#include "sim/resource.h"

namespace ccloud::sim::aws {

/// "AKIA.../20260102/us-east-1/ec2/aws4_request"
struct CredentialScope {
  std::string key_id;
  std::string date;
  std::string region;
  std::string service;
};

/// From the Authorization header; nullopt when there is none or it is malformed.
std::optional<CredentialScope> credential_scope(const http::Request& request);

enum class SignatureProblem {
  missing,  ///< no or malformed Authorization
  unknown_key,
  skewed,    ///< X-Amz-Date is more than five minutes away
  mismatch,  ///< recomputed differently, or host or a x-amz- header is not signed
};

/// nullopt when the signature is right. `secret_of` gives nullopt for keys that it does not know.
std::optional<SignatureProblem> verify_signature(
    const http::Request& request, Time now,
    const std::function<std::optional<std::string>(const std::string& key_id)>& secret_of);

}  // namespace ccloud::sim::aws
