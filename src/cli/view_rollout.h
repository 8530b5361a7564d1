// Rollouts for people and programs: one line for each event, the summary, the state on the nodes.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/json_documents.h"
#include "cli/style.h"
#include "rollout/driver.h"

namespace ccloud::cli {

/// One line (or several, for evidence); empty for what is only for -v.
std::string rollout_event_text(const rollout::Event& event, const Style& style, bool is_verbose);
std::string rollout_event_line(const rollout::Event& event);

std::string render_summary(const rollout::Summary& summary, const Style& style,
                           const std::string& prefix);
/// `ccloud.run/1` over the rollouts of one run.
/// `others`: of clouds that could not be asked.
std::string rollout_document(const std::string& command, const std::string& run,
                             const std::vector<rollout::Summary>& all,
                             const std::vector<Error>& others, Form form);

std::string render_rollout_status(const rollout::Status& status, const Style& style,
                                  std::size_t width, bool lists_nodes);
std::string rollout_status_document(const std::vector<rollout::Status>& all);

Exit exit_of(rollout::Outcome outcome);

}  // namespace ccloud::cli
