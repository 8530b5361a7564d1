// From nodes to services that they lack.
#include "deploy/services.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "deploy/subject.h"
#include "plan/counts.h"

namespace ccloud::deploy {
namespace {

std::string address_of(std::string_view service, std::string_view node) {
  return fmt::format("service.{}@{}", service, node);
}

plan::Change service_change(const std::string& service, const std::string& node,
                            const std::string& provider, const std::string& region) {
  plan::Change change;
  change.address = address_of(service, node);
  change.kind = plan::Kind::service;
  change.action = plan::Action::create;
  change.reason = plan::Reason::service_missing;
  change.provider = provider;
  change.region = region;
  change.work = plan::ServiceWork{service, node};
  return change;
}

/// Nodes in `state` that stay as they are or change in place, and are selected.
std::vector<NodeRow> kept_rows(const Session& session, const Planned& planned,
                               cloud::NodeState state) {
  const auto& config = session.config();
  std::set<std::string, std::less<>> ending;
  for (const auto& change : planned.plan.changes) {
    const auto* work = std::get_if<plan::NodeWork>(&change.work);
    const bool is_end =
        change.action == plan::Action::destroy || change.action == plan::Action::replace;
    if (work != nullptr && is_end && work->observed) ending.insert(work->observed->id);
  }
  std::vector<NodeRow> rows;
  for (const auto& [name, provider] : planned.observed.providers) {
    const auto* entry = config.find_provider(name);
    for (const auto& region : provider.inventory.regions) {
      for (const auto& node : region.nodes) {
        if (node.state != state || ending.contains(node.id)) continue;
        if (services_of(config, node.cluster).empty()) continue;
        if (!is_selected(config, planned.options, name, node)) continue;
        const auto* cluster = config.find_cluster(node.cluster);
        NodeRow row;
        std::string_view place;
        std::int64_t index = 0;
        if (plan::parse_node_name(node.name, node.cluster, place, index)) row.place = place;
        const auto* found = cluster->find_place(row.place);
        if (found == nullptr) continue;
        row.name = node.name;
        row.cluster = node.cluster;
        row.provider = name;
        row.driver = std::string(config::to_string(entry->driver.value));
        row.region = node.region;
        row.instance = node;
        row.labels = found->labels;
        row.ssh = found->ssh;
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

void add(plan::Plan& plan, plan::Change change) {
  plan.changes.push_back(std::move(change));
  ++plan.summary[static_cast<std::size_t>(plan::Action::create)];
}

}  // namespace

Task<void> add_services(Context ctx, Session& session, Planned& planned) {
  const auto& hooks = session.tools().hooks;
  if (!hooks.install_services || session.config().services.empty()) co_return {};
  auto& plan = planned.plan;
  const auto nodes = plan.changes.size();
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const auto* work = std::get_if<plan::NodeWork>(&plan.changes[i].work);
    if (work == nullptr || !work->birth) continue;
    const std::string node(plan.changes[i].name());
    for (const auto& service : services_of(session.config(), work->cluster)) {
      auto change = service_change(service, node, plan.changes[i].provider, plan.changes[i].region);
      change.why = "the node is new";
      change.depends_on.push_back(i);
      add(plan, std::move(change));
    }
  }
  for (const auto& row : kept_rows(session, planned, cloud::NodeState::pending)) {
    for (const auto& service : services_of(session.config(), row.cluster)) {
      auto change = service_change(service, row.name, row.provider, row.region);
      change.why = "the node still starts";
      add(plan, std::move(change));
    }
  }
  const auto rows = kept_rows(session, planned, cloud::NodeState::running);
  if (!hooks.missing_services || rows.empty()) co_return {};
  auto missing = co_await hooks.missing_services(ctx, rows).result();
  if (!missing) {
    planned.errors.push_back(missing.error());
    co_return {};
  }
  std::map<std::string_view, const NodeRow*> by_name;
  for (const auto& row : rows) by_name.emplace(row.name, &row);
  for (const auto& [service, node] : *missing) {
    const auto at = by_name.find(node);
    if (at == by_name.end()) continue;
    auto change = service_change(service, node, at->second->provider, at->second->region);
    change.why = "the node lacks it";
    add(plan, std::move(change));
  }
  co_return {};
}

Task<void> install_services(Context ctx, Run& run, const Planned& planned,
                            std::vector<NodeRow> born) {
  const auto& hooks = run.session().tools().hooks;
  std::map<std::string, const plan::Change*> wanted;
  std::set<std::string, std::less<>> nodes;
  for (const auto& change : planned.plan.changes) {
    if (change.kind != plan::Kind::service) continue;
    wanted.emplace(change.address, &change);
    nodes.insert(std::get<plan::ServiceWork>(change.work).node);
  }
  if (wanted.empty()) co_return {};
  auto rows = std::move(born);
  for (auto& row : kept_rows(run.session(), planned, cloud::NodeState::running)) {
    rows.push_back(std::move(row));
  }
  std::erase_if(rows, [&](const NodeRow& row) { return !nodes.contains(row.name); });
  // A node that was asked and has no outcome lacked nothing: a replacement got its services at
  // once.
  std::set<std::string, std::less<>> asked;
  std::vector<Hooks::ServiceOutcome> outcomes;
  Error failure = make_error(ErrorCode::unavailable, "its node does not run");
  if (ctx.ended()) {
    failure = *ctx.ended();
  } else if (!rows.empty()) {
    std::set<std::string, std::less<>> names;
    for (const auto& row : rows) names.insert(row.name);
    auto done = co_await hooks.install_services(ctx, std::move(rows)).result();
    if (done) {
      asked = std::move(names);
      outcomes = std::move(*done);
    } else {
      failure = done.error();
    }
  }
  std::map<std::string, const Hooks::ServiceOutcome*> told;
  for (const auto& outcome : outcomes) {
    told.emplace(address_of(outcome.service, outcome.node), &outcome);
  }
  for (const auto& [address, change] : wanted) {
    auto result = result_of(*change);
    const auto at = told.find(address);
    if (at != told.end() && at->second->version) {
      result.outcome = Outcome::done;
      result.id = *at->second->version;
    } else if (at != told.end()) {
      result.outcome = Outcome::failed;
      result.error = at->second->version.error();
    } else if (asked.contains(std::get<plan::ServiceWork>(change->work).node)) {
      result.outcome = Outcome::done;
    } else {
      result.skipped_because = failure.message;
    }
    run.recorder().conclude(ctx, result);
    run.add(std::move(result));
  }
  co_return {};
}

}  // namespace ccloud::deploy
