#include "cli/validate_online.h"

#include <fmt/format.h>

#include "cli/runtime.h"
#include "cli/view_run.h"
#include "deploy/runbooks.h"
#include "json/parser.h"

namespace ccloud::cli {
namespace {

/// What a cloud said against the config stands at the text that asked for it.
void add_checks(diag::Diagnostics& diagnostics, const config::Config& config,
                const deploy::CheckResult& result) {
  diag::Diagnostics known;  // the text is sound, else nobody had been asked
  const json::Tree tree = json::parse_located(*config.source, known);
  for (const deploy::Check& check : result.checks) {
    using State = deploy::Check::State;
    if (!check.span || (check.state != State::bad && check.state != State::warning)) continue;
    diag::Diagnostic item;
    item.severity = check.state == State::bad ? diag::Severity::error : diag::Severity::warning;
    item.code = check.code;
    item.message = fmt::format("{}: {}", check.subject, check.message);
    item.span = *check.span;
    item.hint = check.remedy;
    item.pointer = json::pointer_at(tree, item.span.begin);
    diagnostics.add(std::move(item));
  }
  diagnostics.sort();
}

}  // namespace

Exit check_online(Program& program, const config::Config& config, diag::Diagnostics& diagnostics) {
  auto runtime = Runtime::open(program);
  if (!runtime) return program.fail(runtime.error());
  deploy::Session session = (*runtime)->session(config, {});
  auto result = (*runtime)->loop().run(deploy::run_validate_online((*runtime)->context(), session));
  if (!result) return program.fail(result.error());
  add_checks(diagnostics, config, *result);
  if (!program.common.is_for_programs()) {
    const RunView view{program.io.out_style(), program.io.out_size().columns, ""};
    program.io.out(render_checks(*result, view));
  }
  return result->exit;
}

}  // namespace ccloud::cli
