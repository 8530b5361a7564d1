#include "cli/with_nodes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "plan/selector.h"

namespace ccloud::cli {
namespace {

Task<Exit> find_and_work(Context ctx, NodeWork* needs, std::vector<std::string> selectors,
                         const std::function<Task<Exit>(Context, NodeWork&)>* work) {
  const auto asked = join(selectors, " ");
  const auto parsed = plan::parse_selectors(selectors);
  needs->reached = co_await find_nodes(ctx, needs->runtime, needs->config, std::move(selectors));
  auto& program = *needs->program;
  const auto& errors = needs->reached.errors;
  if (needs->reached.nodes.empty()) {
    if (ctx.ended()) {
      const bool is_late = ctx.ended()->code == ErrorCode::timed_out;
      co_return program.fail(*ctx.ended(), is_late ? Exit::unreachable : Exit::interrupted);
    }
    co_return nobody(program, errors, needs->reached.has_missing, asked);
  }
  if (parsed && errors.empty()) {
    const auto known = plan::check_names(*parsed, [&](std::string_view name) {
      return std::ranges::find(needs->reached.rows, name, &deploy::NodeRow::name) !=
             needs->reached.rows.end();
    });
    if (!known) co_return program.fail(known.error(), Exit::usage);
  }
  for (const Error& error : errors) program.io.err(render_error(error, program.io.err_style()));
  auto exit = co_await (*work)(ctx, *needs);
  // Some of the nodes that were meant may be where nobody answered.
  if (exit == Exit::done && !errors.empty()) exit = Exit::partly;
  co_return exit;
}

}  // namespace

Exit nobody(Program& program, const std::vector<Error>& errors, bool has_missing,
            const std::string& asked) {
  if (!errors.empty()) {
    // A cloud's own errors name it: this one is of the selector.
    const auto& first = errors.front();
    const bool is_misused = first.code == ErrorCode::invalid_argument && first.provider.empty();
    for (std::size_t i = 1; i < errors.size(); ++i) {
      program.io.err(render_error(errors[i], program.io.err_style()));
    }
    return program.fail(first, is_misused ? Exit::usage : deploy::exit_of(errors, false));
  }
  if (asked.empty() || has_missing) {
    const auto who = asked.empty() ? "the project has no nodes"
                                   : fmt::format("what {} means is not made yet", asked);
    return program.fail(make_error(ErrorCode::not_found, who, "make them: ccloud deploy"),
                        Exit::failed);
  }
  return program.fail(
      make_error(ErrorCode::invalid_argument, "no node matches " + asked, "see: ccloud status"),
      Exit::usage);
}

Exit with_nodes(Program& program, std::vector<std::string> selectors,
                const std::function<Task<Exit>(Context, NodeWork&)>& work) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  NodeWork needs{
      &program, &runtime, &*config, ssh::make_pool(runtime.loop(), pool_options(runtime)), {}, {}};
  auto exit =
      runtime.loop().run(find_and_work(runtime.context(), &needs, std::move(selectors), &work));
  if (!exit) return program.fail(exit.error());
  return *exit;
}

}  // namespace ccloud::cli
