// What Resource Manager and the token endpoint mean when they refuse.
#pragma once

#include "base/error.h"
#include "http/message.h"
#include "json/reader.h"

namespace ccloud::azure {

/// Of an answer with status 400 or above.
Error classify(const http::Response& response);
/// Of an `error` object as asynchronous operations carry it; `status` may be 0.
Error classify(json::Value error, int status);
/// Of POST .../oauth2/v2.0/token.
Error classify_login(const http::Response& response);

/// The token ran out, or is one that the cloud wants renewed.
bool is_expired_token(const Error& error);
/// What lies in the way is going away, or is being made: the same call will work soon.
bool is_passing(const Error& error);

}  // namespace ccloud::azure
