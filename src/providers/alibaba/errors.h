// What an Alibaba Cloud error code means.
#pragma once

#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace ccloud::alibaba {

/// For any answer with a status from 400 on; judged by the dotted code, then by the status.
Error classify(const http::Response& response);
/// By the code alone, for failures inside a 200 (batch answers).
ErrorCode code_of(std::string_view code, int status);
/// A conflict that passes: the thing is being changed, or still has parts that go away.
bool is_passing(const Error& error);

}  // namespace ccloud::alibaba
