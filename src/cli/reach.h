// How a node is reached over SSH, for other tools: address, port, user, keys.
#pragma once

#include <cstdint>
#include <optional>

#include "cli/export_formats.h"
#include "config/model.h"

namespace ccloud::cli {

ExportNode reach(const config::Config& config, const deploy::NodeRow& row);

/// The simulator's nodes without root listen on a port of their own.
std::optional<std::uint16_t> simulated_port(const deploy::NodeRow& row);

}  // namespace ccloud::cli
