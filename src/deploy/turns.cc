#include "deploy/turns.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "deploy/subject.h"

namespace ccloud::deploy {
namespace {

using rollout::Phase;

constexpr async::Duration between_looks = std::chrono::seconds(2);
/// Of a service without a health check of its own, and of nodes that still boot.
constexpr std::chrono::milliseconds usual_patience = std::chrono::minutes(2);

bool carries(const config::Service& service, std::string_view cluster) {
  return std::ranges::any_of(service.clusters,
                             [&](const auto& name) { return name.value == cluster; });
}

std::chrono::milliseconds patience_of(const config::Service& service) {
  return service.health ? std::max(service.health->deadline, usual_patience) : usual_patience;
}

/// What a change leaves of the node for its services.
std::optional<Phase> phase_of(const plan::Change& change, const plan::NodeWork& work) {
  if (change.action == plan::Action::destroy) return std::nullopt;
  if (work.disturbs) return Phase::waiting;
  const bool is_down = work.observed && work.observed->state == cloud::NodeState::stopped;
  return is_down ? Phase::skipped : Phase::current;
}

bool serves(const NodeRow& row, const std::string& service) {
  const auto at = std::ranges::find(row.services, service, &ServiceRow::service);
  if (at == row.services.end()) return false;
  return row.reachable.value_or(false) && !at->version.empty() && at->health != "unhealthy";
}

}  // namespace

Turns::Turns(Context ctx, Session& session, const plan::Plan& plan, const plan::Observed* observed)
    : ctx_(ctx), watching_(ctx.child()), session_(session), group_(session.loop()) {
  if (observed == nullptr) return;
  for (const auto& service : session.config().services) add_sheet(service, plan, *observed);
  if (sheets_.empty()) return;
  for (const auto& [name, provider] : observed->providers) {
    for (const auto& region : provider.inventory.regions) {
      for (const auto& node : region.nodes) {
        const bool is_ours = std::ranges::any_of(
            sheets_, [&](const Sheet& sheet) { return sheet.at.contains(node.name); });
        const bool starts = node.state == cloud::NodeState::pending;
        if (!is_ours || (!starts && node.state != cloud::NodeState::running)) continue;
        auto row = row_of(session.config(), name, node);
        if (row) (starts ? unserved_ : rows_).push_back(std::move(*row));
      }
    }
  }
}

void Turns::add_view(Sheet& sheet, const std::string& node, const std::string& place, Phase phase) {
  if (!sheet.at.emplace(node, sheet.views.size()).second) return;
  rollout::NodeView view;
  view.name = node;
  view.place = place;
  view.phase = phase;
  view.has_origin = false;
  sheet.views.push_back(std::move(view));
}

/// Every node of the service, so that what is left alone counts, too.
void Turns::add_sheet(const config::Service& service, const plan::Plan& plan,
                      const plan::Observed& observed) {
  Sheet sheet;
  sheet.service = &service;
  Names leaving;
  for (const auto& change : plan.changes) {
    const auto* work = std::get_if<plan::NodeWork>(&change.work);
    if (work == nullptr || !carries(service, work->cluster)) continue;
    const std::string name(change.name());
    if (const auto phase = phase_of(change, *work)) {
      add_view(sheet, name, work->place, *phase);
    } else {
      leaving.insert(name);
    }
  }
  const bool disturbs = std::ranges::any_of(
      sheet.views, [](const auto& view) { return view.phase == Phase::waiting; });
  if (!disturbs) return;
  for (const auto& change : plan.changes) {
    const bool is_new = change.action == plan::Action::create && change.kind == plan::Kind::node;
    if (is_new && sheet.at.contains(change.name())) created_.emplace(change.name());
  }
  for (const auto& [name, provider] : observed.providers) {
    for (const auto& region : provider.inventory.regions) {
      for (const auto& node : region.nodes) {
        if (!carries(service, node.cluster) || leaving.contains(node.name)) continue;
        const auto row = row_of(session_.config(), name, node);
        if (!row || node.state == cloud::NodeState::terminated) continue;
        add_view(sheet, node.name, row->place,
                 node.state == cloud::NodeState::stopped ? Phase::skipped : Phase::current);
      }
    }
  }
  std::map<std::string, std::int64_t> counts;
  for (const auto& view : sheet.views) ++counts[view.place];
  sheet.policy = rollout::make_policy(service.update, counts, patience_of(service));
  sheet.policy.rolls_back = false;
  sheets_.push_back(std::move(sheet));
}

Task<void> Turns::begin() {
  if (sheets_.empty()) co_return {};
  const auto& probe = session_.tools().hooks.probe;
  if (!probe) {  // nobody can be asked: what runs serves
    unserved_.clear();
    for (auto& sheet : sheets_) {
      for (const auto& row : rows_) {
        const auto at = sheet.at.find(row.name);
        if (at != sheet.at.end()) sheet.views[at->second].is_healthy = true;
      }
    }
    co_return {};
  }
  co_await probe(ctx_, &rows_);
  take_health(rows_);
  find_unserved();
  group_.spawn(watch_health(watching_));
  co_return {};
}

/// Nodes that stay as they are and lack the service, or have just begun: others need not wait for
/// what is at the end of the run.
void Turns::find_unserved() {
  for (const auto& row : rows_) {
    const bool lacks_it =
        std::ranges::any_of(row.services, &std::string::empty, &ServiceRow::version);
    const bool answers = row.reachable.value_or(false);
    if (answers ? lacks_it : is_young(row.instance, ctx_.wall_now())) unserved_.push_back(row);
  }
  std::erase_if(unserved_, [&](const NodeRow& row) {
    return std::ranges::any_of(sheets_, [&](const Sheet& sheet) {
      const auto at = sheet.at.find(row.name);
      return at != sheet.at.end() && sheet.views[at->second].phase != Phase::current;
    });
  });
  for (const auto& row : unserved_) created_.insert(row.name);
}

bool Turns::has_failed() const {
  return std::ranges::any_of(sheets_, [](const Sheet& sheet) {
    return std::ranges::any_of(sheet.views, &rollout::NodeView::has_failed);
  });
}

/// Of nodes that are in flight the step itself knows better.
void Turns::take_health(const std::vector<NodeRow>& rows) {
  for (auto& sheet : sheets_) {
    for (const auto& row : rows) {
      const auto at = sheet.at.find(row.name);
      if (at == sheet.at.end()) continue;
      auto& view = sheet.views[at->second];
      if (view.phase == Phase::waiting || view.phase == Phase::current) {
        view.is_healthy = serves(row, sheet.service->name);
      }
    }
  }
}

Task<std::optional<std::string>> Turns::wait(std::string node) {
  const bool has_sheet =
      std::ranges::any_of(sheets_, [&](const Sheet& sheet) { return sheet.at.contains(node); });
  if (!has_sheet) co_return std::nullopt;
  const auto hook = ctx_.on_end([this](const Error&) { deny_all("the run was interrupted"); });
  co_return co_await async::suspend<std::optional<std::string>>(
      session_.loop(), [&](async::Completion<std::optional<std::string>> turn) {
        waiting_.insert_or_assign(node, turn);
        session_.loop().post([this] { step(); });
      });
}

void Turns::settle(const std::string& node, bool is_done, bool serves) {
  for (auto& sheet : sheets_) {
    const auto at = sheet.at.find(node);
    if (at == sheet.at.end()) continue;
    auto& view = sheet.views[at->second];
    view.is_healthy = serves;
    view.settled = ctx_.now();
    if (view.phase == Phase::moving) {
      view.phase = is_done ? Phase::moved : Phase::failed;
      view.has_failed = !is_done;
    }
    sheet.blocked.reset();
  }
  created_.erase(node);
  step();
}

void Turns::give_up(const std::string& node) {
  bool is_ours = created_.erase(node) > 0;
  for (auto& sheet : sheets_) {
    const auto at = sheet.at.find(node);
    if (at == sheet.at.end()) continue;
    auto& view = sheet.views[at->second];
    if (view.phase != Phase::waiting) continue;
    is_ours = true;
    view.phase = Phase::failed;
    view.has_failed = true;
    view.settled = ctx_.now();
  }
  if (is_ours) step();
}

bool Turns::is_awaited(const std::string& node) const { return created_.contains(node); }

Turns::Names Turns::next_of(Sheet& sheet, std::optional<async::TimePoint>& wake) {
  // What still boots may make room: the patience begins after that.
  if (!created_.empty()) sheet.blocked.reset();
  const auto next = rollout::next(sheet.policy, sheet.views, ctx_.now(), {}, sheet.blocked);
  if (!next.move.empty()) {
    sheet.blocked.reset();
  } else if (!next.why.empty() && !sheet.blocked) {
    sheet.blocked = ctx_.now();
  }
  tell(sheet, next);
  if (next.wake) wake = std::min(wake.value_or(*next.wake), *next.wake);
  if (next.ending && created_.empty()) {
    const std::int64_t failed =
        std::ranges::count_if(sheet.views, [](const auto& view) { return view.has_failed; });
    sheet.over = !next.why.empty() ? next.why
                                   : fmt::format("{} failed, and its update policy bears {}",
                                                 failed, sheet.policy.max_failures);
  }
  Names names;
  for (const auto i : next.move) names.insert(sheet.views[i].name);
  return names;
}

/// Once, what people would wonder about.
void Turns::tell(Sheet& sheet, const rollout::Next& next) {
  std::string text;
  if (next.is_baking && next.wake) {
    text = fmt::format("{}: baking for {}, as its update policy has it", sheet.service->name,
                       format_duration(*next.wake - ctx_.now()));
  } else if (!next.why.empty() && next.wake) {
    text = fmt::format("{}: waiting: {}", sheet.service->name, next.why);
  }
  const bool is_baking = next.is_baking && sheet.told.find(": baking") != std::string::npos;
  if (!text.empty() && text != sheet.told && !is_baking) session_.note(text);
  sheet.told = text;
}

void Turns::step() {
  if (ctx_.ended()) return deny_all("the run was interrupted");
  std::optional<async::TimePoint> wake;
  std::vector<std::pair<const Sheet*, Names>> allowed;
  for (auto& sheet : sheets_) allowed.emplace_back(&sheet, next_of(sheet, wake));
  std::vector<std::string> granted;
  for (const auto& [node, turn] : waiting_) {
    const bool may_go = std::ranges::all_of(allowed, [&](const auto& one) {
      return !one.first->at.contains(node) || one.second.contains(node);
    });
    if (may_go) granted.push_back(node);
  }
  for (const auto& node : granted) grant(node);
  std::vector<std::pair<std::string, std::string>> over;
  for (const auto& [node, turn] : waiting_) {
    auto why = denial_of(node);
    if (!why.empty()) over.emplace_back(node, std::move(why));
  }
  for (const auto& [node, why] : over) deny(node, why);
  if (granted.empty() && !wake && is_stuck()) {
    deny_all("the update policies of its services wait for each other");
  }
  if (timer_) session_.loop().cancel(*timer_);
  timer_.reset();
  if (wake && !waiting_.empty()) timer_ = session_.loop().at(*wake, [this] { step(); });
}

void Turns::grant(const std::string& node) {
  for (auto& sheet : sheets_) {
    const auto at = sheet.at.find(node);
    if (at == sheet.at.end()) continue;
    sheet.views[at->second].phase = Phase::moving;
    sheet.views[at->second].is_healthy = false;
  }
  const auto turn = waiting_.extract(node);
  turn.mapped().complete(std::optional<std::string>());
}

std::string Turns::denial_of(const std::string& node) const {
  for (const auto& sheet : sheets_) {
    if (sheet.at.contains(node) && !sheet.over.empty()) {
      return fmt::format("{}: {}", sheet.service->name, sheet.over);
    }
  }
  return {};
}

/// Left out of every service's order, so that no other node waits for it.
void Turns::deny(const std::string& node, const std::string& why) {
  for (auto& sheet : sheets_) {
    const auto at = sheet.at.find(node);
    if (at != sheet.at.end()) sheet.views[at->second].phase = Phase::skipped;
  }
  const auto turn = waiting_.extract(node);
  turn.mapped().complete(std::optional<std::string>(why));
}

void Turns::deny_all(const std::string& why) {
  while (!waiting_.empty()) deny(std::string(waiting_.begin()->first), why);
}

/// Everybody who may come has come, nobody is in flight, and still nobody may go: services on the
/// same nodes whose waves are in different orders.
bool Turns::is_stuck() const {
  if (waiting_.empty() || !created_.empty()) return false;
  return std::ranges::none_of(sheets_, [&](const Sheet& sheet) {
    return std::ranges::any_of(sheet.views, [&](const rollout::NodeView& view) {
      return view.phase == Phase::moving ||
             (view.phase == Phase::waiting && !waiting_.contains(view.name));
    });
  });
}

bool Turns::is_blocked() const {
  return std::ranges::any_of(sheets_, [](const Sheet& sheet) { return sheet.blocked.has_value(); });
}

bool Turns::is_open(const NodeRow& row) const {
  return std::ranges::any_of(sheets_, [&](const Sheet& sheet) {
    const auto at = sheet.at.find(row.name);
    if (at == sheet.at.end()) return false;
    const auto phase = sheet.views[at->second].phase;
    return phase == Phase::waiting || phase == Phase::current;
  });
}

/// While min_healthy leaves no room somebody may mend what does not serve.
Task<void> Turns::watch_health(Context ctx) {
  while (!ctx.ended()) {
    const auto slept = co_await ctx.sleep(between_looks).result();
    if (!slept) break;
    if (!is_blocked()) continue;
    std::vector<NodeRow> rows;  // what was replaced is not there any more
    std::ranges::copy_if(rows_, std::back_inserter(rows),
                         [&](const NodeRow& row) { return is_open(row); });
    const auto asked = co_await session_.tools().hooks.probe(ctx, &rows).result();
    if (!asked || ctx.ended()) continue;
    take_health(rows);
    step();
  }
  co_return {};
}

Task<bool> Turns::recovers(Context ctx, NodeRow row) {
  const auto& probe = session_.tools().hooks.probe;
  if (!probe) co_return true;
  auto until = ctx.now();
  for (const auto& sheet : sheets_) {
    if (sheet.at.contains(row.name)) {
      until = std::max(until, ctx.now() + patience_of(*sheet.service));
    }
  }
  while (true) {
    std::vector<NodeRow> rows{row};
    const auto asked = co_await probe(ctx, &rows).result();
    const bool all =
        asked && std::ranges::all_of(sheets_, [&](const Sheet& sheet) {
          return !sheet.at.contains(row.name) || serves(rows.front(), sheet.service->name);
        });
    if (all) co_return true;
    if (ctx.ended() || ctx.now() >= until) co_return false;
    co_await ctx.sleep(between_looks);
  }
}

Task<void> Turns::stop() {
  if (timer_) session_.loop().cancel(*timer_);
  timer_.reset();
  watching_.cancel();
  co_await group_.join();
  co_return {};
}

}  // namespace ccloud::deploy
