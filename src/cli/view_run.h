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

std::string render_run(const deploy::RunResult& result, const RunView& view);
std::string render_history(const deploy::HistoryResult& result, const RunView& view);
std::string render_checks(const deploy::CheckResult& result, const RunView& view);

}  // namespace ccloud::cli
