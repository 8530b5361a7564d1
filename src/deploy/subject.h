// What a selector sees of a node that a cloud showed.
#pragma once

#include <optional>
#include <string>

#include "config/model.h"
#include "deploy/results.h"
#include "plan/planner.h"

namespace ccloud::deploy {

std::vector<std::string> services_of(const config::Config& config, std::string_view cluster);

/// A node as clouds show it, with what the config says of its place; nothing where the config has
/// no such place.
std::optional<NodeRow> row_of(const config::Config& config, const std::string& provider,
                              const cloud::Instance& node);

/// It may still be starting its sshd: running for less than five minutes, by the cloud.
bool is_young(const cloud::Instance& node, async::WallTime now);

bool is_selected(const config::Config& config, const plan::PlanOptions& options,
                 std::string_view provider, const cloud::Instance& node);

/// Whether the config asks for a node of this name.
bool is_configured(const config::Config& config, std::string_view name);

/// Whether some node of the config is meant, be it there or not. For selectors that are names.
bool names_a_node(const config::Config& config, const plan::PlanOptions& options);

}  // namespace ccloud::deploy
