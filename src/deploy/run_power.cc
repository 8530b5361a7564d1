// `start`, `stop`, `restart`: the selected nodes, and nothing else.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "deploy/executor.h"
#include "deploy/look.h"
#include "deploy/planning.h"
#include "deploy/run.h"
#include "deploy/runbooks.h"
#include "deploy/subject.h"
#include "plan/counts.h"

namespace ccloud::deploy {
namespace {

bool is_there_already(const cloud::Instance& node, cloud::PowerAction action) {
  switch (action) {
    case cloud::PowerAction::start:
      return node.state == cloud::NodeState::running && !node.is_power_off_wanted;
    case cloud::PowerAction::stop:
      return node.state == cloud::NodeState::stopped && node.is_power_off_wanted;
    case cloud::PowerAction::restart:
      return node.is_power_off_wanted;  // until `start`
  }
  return false;
}

/// Clouds refuse to restart what is stopped, or do so without end: it is started.
cloud::PowerAction fit_for(const cloud::Instance& node, cloud::PowerAction asked) {
  const bool is_down =
      node.state == cloud::NodeState::stopped || node.state == cloud::NodeState::stopping;
  return is_down && asked == cloud::PowerAction::restart ? cloud::PowerAction::start : asked;
}

plan::Change power_change(const config::Config& config, const std::string& provider,
                          const cloud::Instance& node, cloud::PowerAction action) {
  plan::Change change;
  change.address = "node." + node.name;
  change.provider = provider;
  change.region = node.region;
  change.reason = plan::Reason::asked;
  if (!is_there_already(node, action)) change.action = plan::Action::update;
  change.why = fmt::format("{} was asked for", cloud::to_string(action));
  const std::string_view goal = action == cloud::PowerAction::stop ? "stopped" : "running";
  change.before = {{"state", std::string(cloud::to_string(node.state))}};
  change.after = {{"state", std::string(goal)}};
  plan::NodeWork work;
  work.cluster = node.cluster;
  std::string_view place;
  if (plan::parse_node_name(node.name, node.cluster, place, work.index)) work.place = place;
  work.zone = node.zone;
  work.observed = node;
  work.power = fit_for(node, action);
  // What shall be off goes off at once; what shall go on serving does so by its policy's turns.
  work.disturbs =
      work.power == cloud::PowerAction::restart && !services_of(config, node.cluster).empty();
  change.work = std::move(work);
  return change;
}

Task<void> change_power(Context ctx, Run& run, cloud::PowerAction action) {
  auto& session = run.session();
  const auto options = co_await plan_options(ctx, session);
  const auto observed = co_await look(ctx, session, cloud::Depth::nodes);
  co_await ctx.check();
  run.has_answer(has_answer(observed));
  plan::Plan plan;
  plan.project = session.config().project.value;
  plan.selectors = options.selector_texts;
  for (const auto& [name, provider] : observed.providers) {
    if (provider.error) run.add_errors({*provider.error});
    for (const auto& region : provider.inventory.regions) {
      if (region.error && !region.is_forbidden) run.add_errors({*region.error});
      for (const auto& node : region.nodes) {
        if (plan::is_gone(node) || !is_selected(session.config(), options, name, node)) continue;
        plan.changes.push_back(power_change(session.config(), name, node, action));
      }
    }
  }
  std::vector<std::string> left_off;
  for (const auto& change : plan.changes) {
    ++plan.summary[static_cast<std::size_t>(change.action)];
    const bool is_left = change.action == plan::Action::keep;
    if (is_left && action == cloud::PowerAction::restart) left_off.emplace_back(change.name());
  }
  if (!left_off.empty()) {
    session.note(fmt::format("{} {} stopped on purpose: `ccloud start` starts {}",
                             join(left_off, ", "), left_off.size() == 1 ? "was" : "were",
                             left_off.size() == 1 ? "it" : "them"));
  }
  run.result().plan = plan;
  if (plan.changes.empty() && !options.selectors.empty() && run.result().errors.empty()) {
    co_return nothing_selected();
  }
  if (run.result().errors.empty()) {
    co_await plan::check_names(options.selectors, [&](std::string_view name) {
      return std::ranges::any_of(plan.changes,
                                 [&](const auto& change) { return change.name() == name; });
    });
  }
  if (!plan.has_changes() || !co_await run.confirm(ctx, plan)) co_return {};
  Executor executor(ctx, session, run.recorder(), plan, &observed);
  run.add(co_await executor.run());
  co_return {};
}

}  // namespace

Task<RunResult> run_power(Context ctx, Session& session, cloud::PowerAction action) {
  Run run(session, std::string(cloud::to_string(action)));
  co_return co_await run.whole(ctx, change_power(ctx, run, action));
}

}  // namespace ccloud::deploy
