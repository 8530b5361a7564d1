// The logs of many nodes, line by line as they come. A node whose stream breaks off while it is
// followed is told at once, and followed again when it can be reached.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/fan_out.h"
#include "rollout/node.h"
#include "rollout/node_script.h"

namespace ccloud::rollout {

struct LogListener {
  std::function<void(const std::string& node, std::string_view line)> on_line{};
  /// A node that was to be followed is not: why, and whether that is tried again.
  std::function<void(const std::string& node, const Error& why, bool is_retried)> on_lost{};
  std::function<void(const std::string& node)> on_back{};
};

/// Ends when all streams have ended, or with the context. Following is tried again only where it
/// had begun, for ten minutes at a time; the result tells how the last try ended.
Task<std::vector<Ran>> logs_of(Context ctx, Tools tools, std::vector<Node> nodes,
                               std::vector<std::string> services, script::LogOptions options,
                               LogListener listener);

}  // namespace ccloud::rollout
