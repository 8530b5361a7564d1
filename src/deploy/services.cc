// From nodes to services that they lack.
#include "deploy/services.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "deploy/exit_codes.h"
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
    for (const auto& region : provider.inventory.regions) {
      for (const auto& node : region.nodes) {
        if (node.state != state || ending.contains(node.id)) continue;
        if (services_of(config, node.cluster).empty()) continue;
        if (!is_selected(config, planned.options, name, node)) continue;
        if (auto row = row_of(config, name, node)) rows.push_back(std::move(*row));
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
    if (work->observed && work->observed->is_power_off_wanted) continue;  // it will be off again
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
  plan.notes.insert(plan.notes.end(), missing->notes.begin(), missing->notes.end());
  const auto add_each = [&](const std::vector<Hooks::MissingService>& all, std::string_view why,
                            bool only_young) {
    for (const auto& [service, node] : all) {
      const auto at = by_name.find(node);
      if (at == by_name.end()) continue;
      const NodeRow& row = *at->second;
      if (only_young && !is_young(row.instance, ctx.wall_now())) continue;
      auto change = service_change(service, node, row.provider, row.region);
      change.why = why;
      add(plan, std::move(change));
    }
  };
  add_each(missing->services, "the node lacks it", false);
  // A run that was killed may have left it bare a moment ago.
  add_each(missing->silent, "the node still starts", true);
  co_return {};
}

Result<void> check_services(Session& session, const plan::Plan& plan) {
  const auto& hooks = session.tools().hooks;
  std::set<std::string, std::less<>> names;
  for (const auto& change : plan.changes) {
    const auto* work = std::get_if<plan::ServiceWork>(&change.work);
    if (work != nullptr) names.insert(work->service);
  }
  if (names.empty() || !hooks.check_services) return {};
  return hooks.check_services(names);
}

namespace {

/// The services that a run installs, each told when it begins and when its end is known.
class Installs {
 public:
  Installs(Context ctx, Run& run, const Planned& planned) : ctx_(std::move(ctx)), run_(run) {
    for (const auto& change : planned.plan.changes) {
      if (change.kind == plan::Kind::service) open_.emplace(change.address, &change);
    }
    run_.session().progress().total += std::ssize(open_);
  }

  bool is_empty() const { return open_.empty(); }

  std::set<std::string, std::less<>> nodes() const {
    std::set<std::string, std::less<>> names;
    for (const auto& [address, change] : open_) names.insert(node_of(*change));
    return names;
  }

  void begin(const std::set<std::string, std::less<>>& nodes) {
    begun_ = ctx_.now();
    for (const auto& [address, change] : open_) {
      if (!nodes.contains(node_of(*change))) continue;
      ++run_.session().progress().in_flight;
      started_.insert(address);
      run_.session().emit(start_of(*change));
    }
  }

  void settle(const Hooks::ServiceOutcome& outcome) {
    const auto at = open_.find(address_of(outcome.service, outcome.node));
    if (at == open_.end()) return;
    auto result = result_of(*at->second);
    if (outcome.version) {
      result.outcome = Outcome::done;
      result.id = *outcome.version;
    } else {
      result.outcome = Outcome::failed;
      result.error = outcome.version.error();
      if (result.error->raw_code.empty()) result.error->raw_code = slow_node;
      if (result.error->provider.empty()) result.error->provider = result.provider;
      if (result.error->region.empty()) result.error->region = result.region;
    }
    conclude(at, std::move(result));
  }

  /// A node of `asked` that has no outcome lacked nothing: a replacement got its services at once.
  void settle_rest(const std::set<std::string, std::less<>>& asked, const std::string& why) {
    while (!open_.empty()) {
      auto result = result_of(*open_.begin()->second);
      if (asked.contains(node_of(*open_.begin()->second))) {
        result.outcome = Outcome::done;
      } else {
        result.skipped_because = why;
      }
      conclude(open_.begin(), std::move(result));
    }
  }

 private:
  using Open = std::map<std::string, const plan::Change*>;

  static const std::string& node_of(const plan::Change& change) {
    return std::get<plan::ServiceWork>(change.work).node;
  }

  void conclude(Open::iterator at, ChangeResult result) {
    auto& progress = run_.session().progress();
    async::Duration took{};
    if (started_.contains(at->first)) {
      --progress.in_flight;
      took = ctx_.now() - begun_;
    }
    progress.done += result.outcome == Outcome::done ? 1 : 0;
    progress.failed += result.outcome == Outcome::failed ? 1 : 0;
    result.seconds = std::chrono::duration<double>(took).count();
    run_.session().emit(end_of(result, took));
    run_.recorder().conclude(ctx_, result);
    run_.add(std::move(result));
    open_.erase(at);
  }

  Context ctx_;
  Run& run_;
  Open open_;  ///< by address
  std::set<std::string, std::less<>> started_;
  async::TimePoint begun_{};
};

}  // namespace

Task<void> install_services(Context ctx, Run& run, const Planned& planned,
                            std::vector<NodeRow> born) {
  Installs installs(ctx, run, planned);
  if (installs.is_empty()) co_return {};
  const auto wanted = installs.nodes();
  auto rows = std::move(born);
  for (auto& row : kept_rows(run.session(), planned, cloud::NodeState::running)) {
    rows.push_back(std::move(row));
  }
  std::erase_if(rows, [&](const NodeRow& row) { return !wanted.contains(row.name); });
  std::set<std::string, std::less<>> asked;
  std::string why = "its node does not run";
  if (ctx.ended()) {
    why = ctx.ended()->message;
  } else if (!rows.empty()) {
    std::set<std::string, std::less<>> names;
    for (const auto& row : rows) names.insert(row.name);
    installs.begin(names);
    const auto told = [&](const Hooks::ServiceOutcome& one) { installs.settle(one); };
    auto done =
        co_await run.session().tools().hooks.install_services(ctx, std::move(rows), told).result();
    if (done) {
      for (const auto& one : *done) installs.settle(one);
      asked = std::move(names);
    } else {
      why = done.error().message;
    }
  }
  installs.settle_rest(asked, why);
  co_return {};
}

}  // namespace ccloud::deploy
