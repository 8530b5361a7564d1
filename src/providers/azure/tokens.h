// Bearer tokens for Resource Manager, by whatever way in there is. One call each; who keeps and
// renews them is cloud/renewing.h.
#pragma once

#include <string>

#include "cloud/caller.h"
#include "cloud/renewing.h"
#include "providers/azure/login.h"

namespace ccloud::azure {

using Fetched = cloud::Renewing<std::string>::Fetched;

/// `caller` must leave requests of the service "login" unsigned.
Task<Fetched> fetch_token(Context ctx, cloud::Host& host, cloud::Caller& caller, Login login);

/// {"access_token", "expires_in"} or the managed identities' strings; also the CLI's
/// {"accessToken", "expires_on"}.
Result<Fetched> read_token(std::string_view body, async::WallTime now);

}  // namespace ccloud::azure
