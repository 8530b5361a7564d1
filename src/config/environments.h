// Environments: each is a JSON Merge Patch (RFC 7396) on the rest of the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diag/diagnostics.h"
#include "json/tree.h"

namespace ccloud::config {

std::vector<std::string> environment_names(const json::Node& root);

/// The config with the environment's patch; values keep the spans of the text they came from.
/// A missing or unknown name is reported and gives null, a needless one the base.
const json::Node* apply_environment(json::Tree& tree, const json::Node& root,
                                    std::string_view environment, diag::Diagnostics& diagnostics);
/// Where the environment removed the key that a `missing-key` is about, a note says so.
void note_removals(const json::Node& patch, const json::Node& merged,
                   std::vector<diag::Diagnostic>& items);

}  // namespace ccloud::config
