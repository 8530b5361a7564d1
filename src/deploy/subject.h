// What a selector sees of a node that a cloud showed.
#pragma once

#include "config/model.h"
#include "plan/planner.h"

namespace ccloud::deploy {

std::vector<std::string> services_of(const config::Config& config, std::string_view cluster);

bool is_selected(const config::Config& config, const plan::PlanOptions& options,
                 std::string_view provider, const cloud::Instance& node);

/// Whether some node of the config is meant, be it there or not. For selectors that are names.
bool names_a_node(const config::Config& config, const plan::PlanOptions& options);

}  // namespace ccloud::deploy
