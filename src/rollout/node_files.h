// The fixed parts of the scripts on a node.
#pragma once

#include <string_view>

namespace ccloud::rollout::script {

/// Functions: lock, unlock, guard, record, unpack, service_state, start_service, stop_service.
extern const std::string_view helpers;
extern const std::string_view facts_body;
extern const std::string_view commit_body;
extern const std::string_view activate_body;
extern const std::string_view remove_body;
extern const std::string_view evidence_body;

}  // namespace ccloud::rollout::script
