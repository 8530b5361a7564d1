// Commands that act on nodes, in the journal: for `history` and for `@failed`. Other runs may go on
// at the same time; a journal that cannot be written is no reason to fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/with_nodes.h"
#include "journal/journal.h"
#include "rollout/driver.h"

namespace ccloud::cli {

/// How one node fared, for end_run(); `error` null: well.
journal::Entry node_entry(std::string_view command, const std::string& node, const Error* error);
/// The same for each node of a service that a rollout was to move.
std::vector<journal::Entry> service_entries(const rollout::Summary& summary);

Task<void> begin_run(Context ctx, NodeWork& work, std::string command);
/// Also after Ctrl-C.
Task<void> end_run(NodeWork& work, std::vector<journal::Entry> entries, std::string result);
/// "done", "partly", "failed", "interrupted".
std::string result_of(Exit exit);

}  // namespace ccloud::cli
