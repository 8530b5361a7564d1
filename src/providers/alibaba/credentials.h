// The standard credential chain: environment, OIDC role, the CLI's profiles, the credentials file,
// the machine's RAM role, a credentials URI. Fetches; caching is the caller's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/provider.h"
#include "cloud/renewing.h"
#include "providers/alibaba/signature.h"

namespace ccloud::alibaba {

struct Found {
  Credentials credentials;
  std::optional<async::WallTime> expires;
  std::string source;
};

/// A profile of ~/.aliyun/config.json or a section of ~/.alibabacloud/credentials, by the CLI's
/// names.
struct Profile {
  std::string mode;  ///< "AK", "StsToken", "RamRoleArn", "EcsRamRole"
  std::string id, secret, token, role_arn, session_name, ram_role, region;
};
/// nullopt when the file has no such profile; `name` empty: its current one.
std::optional<Profile> profile_from_json(std::string_view text, std::string_view name);
std::optional<Profile> profile_from_ini(std::string_view text, std::string_view name);

/// unauthenticated, with what to do, when there are none.
Task<Found> find_credentials(Context ctx, cloud::Host host, cloud::ProviderSettings settings,
                             std::string sts_endpoint);

}  // namespace ccloud::alibaba
