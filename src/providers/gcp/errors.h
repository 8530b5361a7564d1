// What Compute Engine, the token servers and failed operations mean when they refuse.
#pragma once

#include "base/error.h"
#include "http/message.h"
#include "json/reader.h"

namespace ccloud::gcp {

/// Of an answer with status 400 or above.
Error classify(const http::Response& response);
/// Of an operation that ended with `error`; these come with HTTP 200.
Error classify_operation(json::Value operation);
/// Of a token server (OAuth, STS, IAM credentials, metadata).
Error classify_login(const http::Response& response);

/// What still uses the thing is going away, or what it needs is still being made.
bool is_passing(const Error& error);

}  // namespace ccloud::gcp
