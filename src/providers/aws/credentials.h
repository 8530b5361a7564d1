// The standard credential chain (fact sheet 2): environment, profiles (roles, files, helpers, SSO),
// web identity, container, instance metadata. Fetches; caching is the caller's (cloud::Renewing).
#pragma once

#include <string>
#include <vector>

#include "cloud/provider.h"
#include "cloud/renewing.h"
#include "providers/aws/endpoints.h"
#include "providers/aws/profile.h"
#include "providers/aws/sigv4.h"

namespace ccloud::aws {

/// The two files, parsed once; a missing file is an empty one.
struct ProfileFiles {
  std::map<std::string, Section> config;
  std::map<std::string, Section> credentials;
};
ProfileFiles read_profile_files(const cloud::Host& host, const cloud::ProviderSettings& settings);

/// The config's profile, else AWS_PROFILE, AWS_DEFAULT_PROFILE, "default".
std::string profile_name(const cloud::Host& host, const cloud::ProviderSettings& settings);

class CredentialChain {
 public:
  /// `region` is where STS is asked.
  CredentialChain(cloud::Host host, cloud::ProviderSettings settings, std::string region);

  /// unauthenticated, with what was tried and what to do, when there are none.
  Task<Credentials> find(Context ctx);

 private:
  Task<Credentials> from_profile(Context ctx, std::string name, std::vector<std::string> path);
  Task<Credentials> from_source(Context ctx, const Profile& profile, std::vector<std::string> path);
  Task<Credentials> assume_role(Context ctx, const Profile& profile, std::vector<std::string> path);

  cloud::Host host_;
  cloud::ProviderSettings settings_;
  std::string region_;
  ProfileFiles files_;
};

// --- single sources; credential_sources.cc and metadata.cc ---

std::optional<Credentials> environment_credentials(const cloud::Host& host);
/// {"Version":1,"AccessKeyId":...} as credential helpers, containers and metadata print it.
Result<Credentials> parse_credentials_json(std::string_view text, std::string_view source);
Task<Credentials> process_credentials(Context ctx, cloud::Host host, std::string command);
Task<Credentials> sso_credentials(Context ctx, cloud::Host host, Profile profile,
                                  std::map<std::string, Section> config);
/// not_found when the environment names no container endpoint.
Task<Credentials> container_credentials(Context ctx, cloud::Host host);
/// not_found when there is no such service within a second, or it is switched off.
Task<Credentials> instance_credentials(Context ctx, cloud::Host host);

struct RoleRequest {
  std::string role_arn;
  std::string session_name;
  std::string external_id{};
  std::string duration_seconds{};
  std::string web_identity_token{};  ///< not empty: AssumeRoleWithWebIdentity, unsigned
  std::string region{};
  std::string endpoint{};
};
Task<Credentials> assume_role_at_sts(Context ctx, cloud::Host host, RoleRequest request,
                                     std::optional<Credentials> base);

}  // namespace ccloud::aws
