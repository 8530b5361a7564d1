// How a node is reached over SSH, for other tools: address, port, user, keys, bastion.
#pragma once

#include "cli/export_formats.h"
#include "config/model.h"

namespace ccloud::cli {

ExportNode reach(const config::Config& config, const deploy::NodeRow& row);

}  // namespace ccloud::cli
