// The standard credential chain: environment, OIDC role, the CLI's profiles, the credentials file,
// the machine's RAM role, a credentials URI. Fetches; caching is the caller's.
#pragma once

#include <optional>
#include <string>

#include "cloud/provider.h"
#include "cloud/renewing.h"
#include "providers/alibaba/signature.h"

namespace ccloud::alibaba {

struct Found {
  Credentials credentials;
  std::optional<async::WallTime> expires;
  std::string source;
};

/// unauthenticated, with what to do, when there are none.
Task<Found> find_credentials(Context ctx, cloud::Host host, cloud::ProviderSettings settings,
                             std::string sts_endpoint);

}  // namespace ccloud::alibaba
