// What a run has come to, for people: counts, what failed and why, what to do next.
#pragma once

#include <string>

#include "cli/style.h"
#include "deploy/results.h"

namespace ccloud::cli {

struct RunView {
  Style style;
  std::size_t width = 100;
  std::string prefix;  ///< options that a command of the next steps needs: " --sim -f x.json"
};

/// One line: the result, for stdout.
std::string render_run_line(const deploy::RunResult& result, const RunView& view);
/// What failed and why, and what to do next: messages, for stderr.
std::string render_run_rest(const deploy::RunResult& result, const RunView& view);
std::string render_history(const deploy::HistoryResult& result, const RunView& view);
std::string render_checks(const deploy::CheckResult& result, const RunView& view);

}  // namespace ccloud::cli
