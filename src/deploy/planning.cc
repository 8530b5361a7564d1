// Look, plan, resolve, plan.
#include "deploy/planning.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "deploy/look.h"
#include "deploy/recall.h"
#include "deploy/resolve.h"
#include "deploy/runbooks.h"
#include "deploy/services.h"
#include "deploy/subject.h"

namespace ccloud::deploy {

std::vector<Error> errors_of(const plan::Plan& plan) {
  std::vector<Error> errors;
  for (const auto& problem : plan.problems) errors.push_back(problem.error);
  return errors;
}

Error nothing_selected() {
  return make_error(ErrorCode::invalid_argument, "no node matches the selector",
                    "see: ccloud status (no node of this project is meant; machines of `existing` "
                    "clusters are never changed)");
}

bool names_existing(const config::Config& config) {
  const auto is_existing = [&](const std::string& name) {
    const auto* cluster = config.find_cluster(name);
    return cluster != nullptr && !cluster->existing.empty();
  };
  const bool has_existing = std::ranges::any_of(
      config.clusters, [](const auto& cluster) { return !cluster.existing.empty(); });
  return std::ranges::any_of(config.clusters, [&](const config::Cluster& cluster) {
    return std::ranges::any_of(cluster.allow, [&](const config::Rule& rule) {
      return (rule.source == config::Rule::Source::cluster && is_existing(rule.cluster)) ||
             (rule.source == config::Rule::Source::project && has_existing);
    });
  });
}

Task<plan::PlanOptions> plan_options(Context ctx, Session& session) {
  const auto& options = session.options();
  plan::PlanOptions out;
  out.selector_texts = options.selectors;
  out.selectors = co_await plan::parse_selectors(options.selectors);
  out.no_destroy = options.no_destroy;
  out.allow_destroy = options.allow_destroy;
  out.prune = options.prune;
  co_await recall_providers(ctx, session, out);
  auto* journal = session.tools().journal;
  if (journal != nullptr) {
    const auto deployed = co_await journal->deployed(ctx, session.config().project.value).result();
    if (deployed) {
      for (const auto& place : *deployed) out.deployed_here.emplace(place.cluster, place.place);
    }
  }
  const bool asks_failed = std::ranges::any_of(options.selectors, [](const std::string& text) {
    return text.find('@') != std::string::npos;
  });
  if (asks_failed) {
    const auto failed = co_await failed_nodes(ctx, session).result();
    if (failed) out.failed_nodes.insert(failed->begin(), failed->end());
  }
  co_return out;
}

Task<void> plan_again(Context ctx, Session& session, Planned& planned) {
  const auto& config = session.config();
  planned.plan = plan::make_plan(config, planned.observed, planned.resolutions, planned.options);
  std::vector<std::string> unknown;
  for (const auto& place : planned.plan.unresolved) {
    if (!planned.resolutions.contains(place)) unknown.push_back(place);
  }
  if (!unknown.empty()) {
    auto resolved = co_await resolve(ctx, session, std::move(unknown));
    planned.resolutions.merge(resolved);
    planned.plan = plan::make_plan(config, planned.observed, planned.resolutions, planned.options);
  }
  planned.errors = errors_of(planned.plan);
  for (const auto& others : planned.observed.existing) {
    const auto* provider = planned.observed.find(others.provider);
    const bool is_told = provider != nullptr && provider->error;
    if (others.error && !is_told) planned.errors.push_back(*others.error);
  }
  Event event;
  event.kind = Event::Kind::planned;
  session.progress().total = static_cast<std::int64_t>(planned.plan.changes.size()) -
                             planned.plan.count(plan::Action::keep);
  session.emit(std::move(event));
  co_return {};
}

/// A name that is nobody's is a slip; a condition such as state=stopped may well hold for nobody.
Result<void> check_selection(const Session& session, const Planned& planned) {
  if (!planned.errors.empty()) return {};
  const auto& texts = planned.options.selector_texts;
  const bool are_names = !texts.empty() && std::ranges::none_of(texts, [](const std::string& text) {
    return text.find_first_of("=@") != std::string::npos;
  });
  const bool has_nodes = std::ranges::any_of(
      planned.plan.changes, [](const auto& change) { return change.kind == plan::Kind::node; });
  if (are_names && !has_nodes && !names_a_node(session.config(), planned.options)) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("no node matches {}", join(texts, " ")), "see: ccloud status");
  }
  return plan::check_names(planned.options.selectors, [&](std::string_view name) {
    return is_configured(session.config(), name) ||
           std::ranges::any_of(planned.plan.changes, [&](const auto& change) {
             return change.kind == plan::Kind::node && change.name() == name;
           });
  });
}

Task<Planned> plan_deploy(Context ctx, Session& session, plan::PlanOptions options) {
  Planned planned;
  planned.options = std::move(options);
  planned.observed =
      co_await look(ctx, session, cloud::Depth::everything, names_existing(session.config()));
  co_await ctx.check();
  co_await plan_again(ctx, session, planned);
  co_await check_selection(session, planned);
  co_await add_services(ctx, session, planned);
  co_return planned;
}

Task<Planned> plan_destroy(Context ctx, Session& session, plan::PlanOptions options) {
  Planned planned;
  planned.options = std::move(options);
  planned.observed = co_await look(ctx, session, cloud::Depth::everything);
  co_await ctx.check();
  planned.plan = plan::make_destroy_plan(session.config(), planned.observed, planned.options);
  planned.errors = errors_of(planned.plan);
  co_await check_selection(session, planned);
  co_return planned;
}

}  // namespace ccloud::deploy
