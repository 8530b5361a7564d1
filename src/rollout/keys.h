// The login keys of a running node, changed in place: new ones added, the new login proven, only
// then old ones removed. A node that cannot be reached keeps its keys.
#pragma once

#include <string>
#include <vector>

#include "rollout/node.h"

namespace ccloud::rollout {

struct KeyChange {
  std::int64_t added = 0;
  std::int64_t removed = 0;
};

/// `wanted`: authorized_keys lines. Removes what ccloud put there and is not wanted any more; keys
/// that others added stay.
Task<KeyChange> rotate_keys(Context ctx, Tools tools, Node node, std::vector<std::string> wanted);

}  // namespace ccloud::rollout
