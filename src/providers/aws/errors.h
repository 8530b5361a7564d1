// What AWS's errors mean: its open set of codes to our closed one, with a remedy.
#pragma once

#include <optional>
#include <string_view>

#include "cloud/caller.h"
#include "cloud/paging.h"

namespace ccloud::aws {

/// nullopt for a success. `action` is "ec2:RunInstances", for remedies.
std::optional<cloud::Failure> classify(const http::Response& response, std::string_view action);

/// An error for a code that did not come as a failed call (an instance's stateReason).
Error error_of_code(std::string_view code, std::string_view message, std::string_view action);

/// The account may not use that region at all: disabled, not opted in, or closed by policy.
bool is_region_closed(const Error& error);
/// What was there, or was made a moment ago, cannot be found.
using cloud::is_missing;
/// Something else still uses it, or it is still on its way to another state.
bool is_busy(const Error& error);

}  // namespace ccloud::aws
