// Guards: what a plan may not do, whoever asks.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "plan/planner.h"

namespace ccloud::plan {
namespace {

bool ends_node(const Change& change) {
  return change.kind == Kind::node &&
         (change.action == Action::destroy || change.action == Action::replace);
}

void check_protection(Plan& plan, const config::Config& config) {
  std::vector<Selector> protect;
  for (const auto& text : config.guards.protect) {
    auto selector = Selector::parse(text.value);
    // `validate` refuses what cannot be read; should one get here, nothing is destroyed.
    if (!selector) selector = Selector::parse("*");
    protect.push_back(std::move(*selector));
  }
  Refusal refusal{.guard = Refusal::Guard::protect, .message = {}, .remedy = {}, .addresses = {}};
  for (const auto& change : plan.changes) {
    // Of two with one name the other one stays.
    if (!ends_node(change) || change.reason == Reason::duplicate) continue;
    const auto& work = std::get<NodeWork>(change.work);
    if (!work.observed) continue;
    const auto& node = *work.observed;
    const auto* cluster = config.find_cluster(work.cluster);
    const auto* place = cluster == nullptr ? nullptr : cluster->find_place(work.place);
    std::vector<std::string> services;
    for (const auto& service : config.services) {
      const bool is_here = std::ranges::any_of(
          service.clusters, [&](const auto& name) { return name.value == work.cluster; });
      if (is_here) services.push_back(service.name);
    }
    const Subject subject{.name = node.name,
                          .cluster = work.cluster,
                          .place = work.place,
                          .provider = change.provider,
                          .region = change.region,
                          .zone = node.zone,
                          .state = cloud::to_string(node.state),
                          .labels = place != nullptr ? &place->labels : &node.labels,
                          .services = &services,
                          .has_failed = false};
    if (node.is_protected || (!protect.empty() && matches_any(protect, subject))) {
      refusal.addresses.push_back(change.address);
    }
  }
  if (refusal.addresses.empty()) return;
  refusal.message = fmt::format("{} protected node{} would be destroyed", refusal.addresses.size(),
                                refusal.addresses.size() == 1 ? "" : "s");
  refusal.remedy =
      "take the selector out of guards.protect and deploy once while the nodes stand; that takes "
      "the mark off";
  plan.refusals.push_back(std::move(refusal));
}

void check_count(Plan& plan, const config::Config& config, const PlanOptions& options) {
  std::optional<std::int64_t> allowed = config.guards.max_destroy;
  if (options.allow_destroy) allowed = options.allow_destroy;
  if (options.no_destroy) allowed = 0;
  const std::int64_t destroyed = plan.destroyed_nodes();
  if (!allowed || destroyed <= *allowed) return;
  Refusal refusal;
  refusal.guard = options.no_destroy ? Refusal::Guard::no_destroy : Refusal::Guard::max_destroy;
  refusal.message =
      fmt::format("{} node{} would be destroyed or replaced, {} {} allowed", destroyed,
                  destroyed == 1 ? "" : "s", *allowed, *allowed == 1 ? "is" : "are");
  refusal.remedy = options.no_destroy
                       ? "leave out --no-destroy"
                       : fmt::format("look at the plan; --allow-destroy {} permits it", destroyed);
  for (const auto& change : plan.changes) {
    if (ends_node(change) && change.reason != Reason::duplicate) {
      refusal.addresses.push_back(change.address);
    }
  }
  plan.refusals.push_back(std::move(refusal));
}

void check_prune(Plan& plan, const PlanOptions& options) {
  if (options.prune) return;
  Refusal refusal{.guard = Refusal::Guard::prune, .message = {}, .remedy = {}, .addresses = {}};
  for (const auto& change : plan.changes) {
    if (change.needs_prune) refusal.addresses.push_back(change.address);
  }
  if (refusal.addresses.empty()) return;
  refusal.message = fmt::format(
      "{} resource{} of project \"{}\" {} not in the config, and this machine never deployed {}",
      refusal.addresses.size(), refusal.addresses.size() == 1 ? "" : "s", plan.project,
      refusal.addresses.size() == 1 ? "is" : "are", refusal.addresses.size() == 1 ? "it" : "them");
  refusal.remedy =
      "make sure that no other repository uses this project name, then deploy with --prune";
  plan.refusals.push_back(std::move(refusal));
}

}  // namespace

void check_guards(Plan& plan, const config::Config& config, const PlanOptions& options) {
  plan.refusals.clear();
  check_protection(plan, config);
  check_count(plan, config, options);
  check_prune(plan, options);
}

}  // namespace ccloud::plan
