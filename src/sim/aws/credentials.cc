// Keys, temporary credentials, and the checks on a request's.
#include "sim/aws/credentials.h"

#include <fmt/format.h>

#include "base/text.h"
#include "sim/aws/regions.h"

namespace ccloud::sim::aws {
namespace {

/// `count` characters in the style of an access key id, from hex digits.
std::string key_letters(std::string_view digits, std::size_t count) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size() && out.size() < count; i += 2) {
    const auto value = std::stoi(std::string(digits.substr(i, 2)), nullptr, 16);
    out += letters[static_cast<std::size_t>(value) % letters.size()];
  }
  return out;
}

}  // namespace

Credentials::Credentials(const World& world) {
  web_identity_token_ = "simulated." + world.derive("aws/web-identity");
  for (const auto& partition : partitions()) {
    const auto name = std::string(partition.name);
    AccessKey key;
    key.id = "AKIA" + key_letters(world.derive("aws/" + name + "/id"), 16);
    key.secret = world.derive("aws/" + name + "/secret").substr(0, 40);
    key.partition = name;
    const auto digits = world.derive("aws/" + name + "/account");
    key.account =
        fmt::format("{:012d}", std::stoull(digits.substr(0, 12), nullptr, 16) % 1000000000000);
    key.arn = fmt::format("arn:{}:iam::{}:user/simulated", name, key.account);
    key.user_id = "AIDA" + key_letters(digits, 16);
    by_partition_[name] = key.id;
    keys_.emplace(key.id, std::move(key));
  }
}

const AccessKey& Credentials::key_of(std::string_view partition) const {
  return keys_.find(by_partition_.find(partition)->second)->second;
}

const AccessKey* Credentials::find(std::string_view key_id) const {
  const auto found = keys_.find(key_id);
  return found == keys_.end() ? nullptr : &found->second;
}

const AccessKey& Credentials::assume(World& world, const AccessKey& who,
                                     const std::string& role_arn, const std::string& session,
                                     std::chrono::seconds lifetime) {
  AccessKey key;
  key.id = "ASIA" + key_letters(world.derive("aws/temporary/" + world.hex_id(32)), 16);
  key.secret = world.derive("aws/temporary/" + key.id).substr(0, 40);
  key.session_token = world.derive("aws/session/" + key.id);
  key.partition = who.partition;
  key.account = who.account;
  const auto role = role_arn.substr(role_arn.rfind('/') + 1);
  key.arn =
      fmt::format("arn:{}:sts::{}:assumed-role/{}/{}", who.partition, who.account, role, session);
  key.user_id = fmt::format("AROA{}:{}", key.id.substr(4), session);
  key.expires = world.now() + lifetime;
  return keys_.insert_or_assign(key.id, std::move(key)).first->second;
}

std::expected<const AccessKey*, AuthProblem> authenticate(const Credentials& credentials,
                                                          const http::Request& request, Time now) {
  const auto secret_of = [&](const std::string& id) -> std::optional<std::string> {
    const auto* key = credentials.find(id);
    return key == nullptr ? std::nullopt : std::optional(key->secret);
  };
  if (const auto problem = verify_signature(request, now, secret_of)) {
    switch (*problem) {
      case SignatureProblem::missing:
        return std::unexpected(AuthProblem::missing);
      case SignatureProblem::unknown_key:
        return std::unexpected(AuthProblem::unknown_key);
      case SignatureProblem::skewed:
        return std::unexpected(AuthProblem::skewed);
      case SignatureProblem::mismatch:
        return std::unexpected(AuthProblem::mismatch);
    }
  }
  const auto scope = credential_scope(request);
  const auto* key = credentials.find(scope->key_id);
  if (http::find_header(request.headers, "x-amz-security-token") != key->session_token) {
    return std::unexpected(AuthProblem::unknown_key);
  }
  if (key->expires && *key->expires <= now) return std::unexpected(AuthProblem::expired);
  const auto* region = find_region(scope->region);
  if (region == nullptr || region->partition != key->partition || region->is_opt_in) {
    return std::unexpected(AuthProblem::wrong_region);
  }
  return key;
}

}  // namespace ccloud::sim::aws
