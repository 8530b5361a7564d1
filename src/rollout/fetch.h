// Fetching an artifact to this machine, for nodes that cannot do it themselves.
#pragma once

#include <string>

#include "async/context.h"
#include "async/task.h"

namespace ccloud::rollout {

/// The path of a file that holds what is at `url`, redirects followed; it is removed when the
/// program ends in good order.
Task<std::string> fetch_here(Context ctx, std::string url, std::string name);

}  // namespace ccloud::rollout
