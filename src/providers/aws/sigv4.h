// AWS Signature Version 4 (fact sheet 2; the vendor's "Signing AWS API requests"). Pure: the caller
// says what time it is.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace ccloud::aws {

struct Credentials {
  std::string access_key_id{};
  std::string secret_access_key{};
  std::string session_token{};
  std::optional<std::chrono::system_clock::time_point> expires{};
  std::string source{};  ///< for people: "the environment", "profile prod"
};

struct SigningScope {
  std::string region;
  std::string service;
};

/// The keys derived from secrets, which hold for a day, a region and a service: deriving one costs
/// more than all else of a signature.
class SigningKeys {
 public:
  /// `date` is 20260102. The reference holds until the next call.
  const std::string& get(const Credentials& credentials, std::string_view date,
                         const SigningScope& scope);

 private:
  std::map<std::string, std::string, std::less<>> keys_;
};

/// Adds Host, X-Amz-Date, X-Amz-Security-Token (if there is one) and Authorization. Signs host,
/// content-type and every x-amz-* header.
void sign_v4(http::Request& request, const Credentials& credentials, const SigningScope& scope,
             std::chrono::system_clock::time_point now, SigningKeys& keys);

/// The text that is hashed, for tests: a mistake shows here and nowhere else.
std::string canonical_request(const http::Request& request);

/// 20260102T030405Z
std::string amz_date(std::chrono::system_clock::time_point time);

}  // namespace ccloud::aws
