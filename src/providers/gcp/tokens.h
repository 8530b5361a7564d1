// Bearer tokens by every way in. One call each (an exchange: two); who keeps and renews them is
// cloud/renewing.h.
#pragma once

#include <string>

#include "cloud/caller.h"
#include "cloud/renewing.h"
#include "providers/gcp/login.h"

namespace ccloud::gcp {

using Fetched = cloud::Renewing<std::string>::Fetched;

/// `caller` must leave requests of the service "login" unsigned.
Task<Fetched> fetch_token(Context ctx, cloud::Host& host, cloud::Caller& caller,
                          const Login& login);

/// The metadata server's /project/project-id.
Task<std::string> fetch_project(Context ctx, cloud::Host& host, const Login& login);

/// {"access_token", "expires_in"}; {"accessToken", "expireTime"}; what `gcloud auth
/// print-access-token` and `gcloud config config-helper --format=json` print.
Result<Fetched> read_token(std::string_view body, async::WallTime now);

}  // namespace ccloud::gcp
