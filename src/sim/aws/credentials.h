// Who may call: one account with one key in each partition, all derived from the simulator's
// secret, and the temporary credentials that STS gave out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "sim/aws/answer.h"
#include "sim/aws/sigv4.h"
#include "sim/world.h"

namespace ccloud::sim::aws {

struct AccessKey {
  std::string id;
  std::string secret;
  std::string session_token;  ///< empty for the account's own key
  std::string partition;
  std::string account;
  std::string arn;  ///< of the user or the assumed role
  std::string user_id;
  std::optional<Time> expires;
};

class Credentials {
 public:
  explicit Credentials(const World& world);

  /// The account's own key in that partition.
  const AccessKey& key_of(std::string_view partition) const;
  const AccessKey* find(std::string_view key_id) const;
  /// Temporary credentials of `who`'s account for a role.
  const AccessKey& assume(World& world, const AccessKey& who, const std::string& role_arn,
                          const std::string& session, std::chrono::seconds lifetime);
  /// The token file's content that AssumeRoleWithWebIdentity takes.
  const std::string& web_identity_token() const { return web_identity_token_; }

 private:
  std::map<std::string, AccessKey, std::less<>> keys_;
  std::map<std::string, std::string, std::less<>> by_partition_;
  std::string web_identity_token_;
};

enum class AuthProblem { missing, unknown_key, skewed, mismatch, expired, wrong_region };

/// The caller, or why it is not let in. The region must be one of the key's partition and enabled.
std::expected<const AccessKey*, AuthProblem> authenticate(const Credentials& credentials,
                                                          const http::Request& request, Time now);

}  // namespace ccloud::sim::aws
