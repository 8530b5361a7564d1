#include "cli/with_nodes.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::cli {
namespace {

/// Nodes that are not made yet are a state of the project; a name that is nobody's is a slip.
Exit nobody(Program& program, const Reached& reached, const std::string& asked) {
  if (asked.empty() || reached.has_missing) {
    const auto who = asked.empty() ? "the project has no nodes"
                                   : fmt::format("what {} means is not made yet", asked);
    return program.fail(make_error(ErrorCode::not_found, who, "make them: ccloud deploy"),
                        Exit::failed);
  }
  return program.fail(
      make_error(ErrorCode::invalid_argument, "no node matches " + asked, "see: ccloud status"),
      Exit::usage);
}

Task<Exit> find_and_work(Context ctx, NodeWork* needs, std::vector<std::string> selectors,
                         const std::function<Task<Exit>(Context, NodeWork&)>* work) {
  const auto asked = join(selectors, " ");
  needs->reached = co_await find_nodes(ctx, needs->runtime, needs->config, std::move(selectors));
  auto& program = *needs->program;
  const auto& errors = needs->reached.errors;
  if (needs->reached.nodes.empty()) {
    if (ctx.ended()) co_return program.fail(*ctx.ended(), Exit::interrupted);
    if (!errors.empty()) {
      const bool is_misused = errors.front().code == ErrorCode::invalid_argument;
      co_return program.fail(errors.front(),
                             is_misused ? Exit::usage : deploy::exit_of(errors, false));
    }
    co_return nobody(program, needs->reached, asked);
  }
  for (const Error& error : errors) program.io.err(render_error(error, program.io.err_style()));
  auto exit = co_await (*work)(ctx, *needs);
  // Some of the nodes that were meant may be where nobody answered.
  if (exit == Exit::done && !errors.empty()) exit = Exit::partly;
  co_return exit;
}

}  // namespace

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
