// Scheduling: units, gates, outcomes.
#include "deploy/executor.h"

#include <algorithm>

#include <fmt/format.h>

#include "cloud/marks.h"
#include "deploy/look.h"

namespace ccloud::deploy {
namespace {

/// Names of a batch travel in one tag; no cloud we know takes less.
constexpr std::size_t names_limit = 200;
constexpr std::size_t destroy_batch = 50;
/// A create is accepted by then, even where its answer waits for the boot.
constexpr async::Duration longest_acceptance = std::chrono::seconds(20);

/// A change of power that a command asked for.
bool is_power(const plan::Change& change) {
  const auto* work = std::get_if<plan::NodeWork>(&change.work);
  return change.action == plan::Action::update && work != nullptr && work->power.has_value();
}

/// Ends and power go to many nodes in one call, but for those that take turns; of power the action
/// has to be the same.
std::optional<std::string> shared_call(const plan::Change& change) {
  if (change.kind != plan::Kind::node) return std::nullopt;
  if (change.action == plan::Action::destroy) return "destroy";
  const auto* work = std::get_if<plan::NodeWork>(&change.work);
  if (!is_power(change) || work->disturbs) return std::nullopt;
  return std::string(cloud::to_string(*work->power));
}

bool is_node(const plan::Change& change, plan::Action action) {
  return change.kind == plan::Kind::node && change.action == action;
}

bool disturbs(const plan::Change& change) {
  const auto* work = std::get_if<plan::NodeWork>(&change.work);
  return work != nullptr && work->disturbs;
}

}  // namespace

Executor::Executor(Context ctx, Session& session, Recorder& recorder, const plan::Plan& plan,
                   const plan::Observed* observed)
    : ctx_(ctx),
      work_(session.loop()),
      session_(session),
      recorder_(recorder),
      plan_(plan),
      watch_(session),
      turns_(ctx, session, plan, observed),
      serving_(session.loop()),
      results_(plan.changes.size()),
      started_(plan.changes.size()),
      is_concluded_(plan.changes.size(), false) {
  // Calls in flight get a moment to end after Ctrl-C; what they made is found by its marks anyway.
  end_of_grace_ = ctx_.on_end([work = work_, grace = session.options().grace](const Error& error) {
    work.loop().at(work.now() + grace, [work, error] { work.cancel(error); });
  });
  for (std::uint32_t i = 0; i < plan.changes.size(); ++i) {
    const auto& change = plan.changes[i];
    results_[i] = result_of(change);
    for (const auto needed : change.depends_on) {
      auto& gate = gates_[needed];
      if (!gate) gate = std::make_unique<async::Gate>(session.loop());
      const auto& need = plan.changes[needed];
      const bool is_made = need.kind == plan::Kind::network && need.action != plan::Action::destroy;
      if (is_made && !chosen_[needed])
        chosen_[needed] = std::make_unique<async::Gate>(session.loop());
    }
    if (change.kind == plan::Kind::firewall && change.action != plan::Action::destroy) {
      const auto& work = std::get<plan::FirewallWork>(change.work);
      const FirewallId id{change.provider, change.region, work.network, work.spec.name};
      auto gate = std::make_unique<async::Gate>(session.loop());
      if (work.observed) {
        firewalls_[id] = *work.observed;
        gate->open();
      }
      firewall_made_[id] = std::move(gate);
    }
  }
}

Executor::~Executor() = default;

std::vector<Executor::Unit> Executor::make_units() const {
  std::vector<Unit> units;
  using CreateKey = std::tuple<std::uint32_t, std::string, std::vector<std::uint32_t>>;
  std::map<CreateKey, std::vector<std::uint32_t>> creates;
  std::map<std::tuple<std::string, std::string, std::string, std::vector<std::uint32_t>>,
           std::vector<std::uint32_t>>
      shared;
  for (std::uint32_t i = 0; i < plan_.changes.size(); ++i) {
    const auto& each = change(i);
    // Services come when the nodes run, many at a time: deploy/services.h.
    if (each.action == plan::Action::keep || each.kind == plan::Kind::service) continue;
    if (is_node(each, plan::Action::create)) {
      const auto& work = std::get<plan::NodeWork>(each.work);
      if (work.birth) {
        creates[{*work.birth, work.zone, each.depends_on}].push_back(i);
        continue;
      }
    }
    if (const auto call = shared_call(each)) {
      shared[{*call, each.provider, each.region, each.depends_on}].push_back(i);
      continue;
    }
    const bool is_firewall =
        each.kind == plan::Kind::firewall && each.action != plan::Action::destroy;
    units.push_back({{i}, each.depends_on, is_firewall});
  }
  for (const auto& [key, changes] : creates) {
    const auto provider = session_.provider(plan_.births[std::get<0>(key)].provider);
    const std::size_t most = provider ? (*provider)->capabilities().max_create_batch : 1;
    std::vector<std::string> names;
    for (const auto index : changes) names.emplace_back(change(index).name());
    std::size_t at = 0;
    for (const auto& group :
         cloud::split_names(names, names_limit, std::max<std::size_t>(1, most))) {
      Unit unit{.changes = {}, .needs = std::get<2>(key)};
      for (std::size_t i = 0; i < group.size(); ++i) unit.changes.push_back(changes[at++]);
      units.push_back(std::move(unit));
    }
  }
  for (const auto& [key, changes] : shared) {
    for (std::size_t at = 0; at < changes.size(); at += destroy_batch) {
      Unit unit{.changes = {}, .needs = std::get<3>(key)};
      const auto end = std::min(changes.size(), at + destroy_batch);
      for (auto i = at; i < end; ++i) unit.changes.push_back(changes[i]);
      units.push_back(std::move(unit));
    }
  }
  return units;
}

Task<std::vector<ChangeResult>> Executor::run() {
  auto units = make_units();
  std::int64_t total = 0;
  for (const auto& unit : units) total += static_cast<std::int64_t>(unit.changes.size());
  open_ = static_cast<std::size_t>(total);
  session_.progress() = {.done = 0, .failed = 0, .in_flight = 0, .total = total};
  co_await prepare();
  co_await turns_.begin();
  for (const auto& row : turns_.unserved()) serving_.spawn(serve_when_running(row));
  async::Group group(session_.loop());
  for (auto& unit : units) group.spawn(run_unit(std::move(unit)));
  co_await group.join();
  co_await serving_.join();
  co_await turns_.stop();
  co_await watch_.stop();
  std::vector<ChangeResult> results;
  for (std::uint32_t i = 0; i < plan_.changes.size(); ++i) {
    const bool is_ours = change(i).kind != plan::Kind::service;
    if (change(i).action != plan::Action::keep && is_ours) {
      results.push_back(std::move(results_[i]));
    }
  }
  co_return results;
}

bool Executor::only_waits() const {
  if (open_ == 0) return false;
  if (open_ == watch_.waiting()) return true;
  for (std::uint32_t i = 0; i < plan_.changes.size(); ++i) {
    const bool is_open = !is_concluded_[i] && change(i).action != plan::Action::keep &&
                         change(i).kind != plan::Kind::service;
    if (!is_open) continue;
    const bool is_old_create = is_node(change(i), plan::Action::create) &&
                               started_[i] != async::TimePoint() &&
                               ctx_.now() - started_[i] > longest_acceptance;
    if (!is_old_create) return false;
  }
  return true;
}

/// What is kept but built upon: our own networks as they were seen, existing ones looked up.
Task<void> Executor::prepare() {
  bool has_births = !plan_.births.empty();
  async::Group group(session_.loop());
  for (std::uint32_t i = 0; i < plan_.changes.size(); ++i) {
    const auto* work = std::get_if<plan::NetworkWork>(&change(i).work);
    if (work == nullptr || change(i).action == plan::Action::destroy) continue;
    const NetworkId id{change(i).provider, change(i).region, work->spec.name};
    if (work->observed) networks_.insert_or_assign(id, *work->observed);
    const bool is_existing = !work->spec.id.empty();
    if (is_existing && change(i).action == plan::Action::keep) {
      const bool has_firewall_work = std::ranges::any_of(plan_.changes, [&](const auto& each) {
        return each.kind == plan::Kind::firewall && each.action != plan::Action::keep &&
               each.region == change(i).region;
      });
      if (has_births || has_firewall_work) group.spawn(look_up_network(i));
    }
  }
  co_await group.join();
  co_return {};
}

Task<void> Executor::wait_for(const Unit& unit, std::uint32_t needed) {
  if (change(needed).action == plan::Action::keep) co_return {};
  const auto chosen = chosen_.find(needed);
  const bool is_enough = unit.is_firewall && chosen != chosen_.end();
  co_await (is_enough ? chosen->second : gates_.at(needed))->wait();
  co_return {};
}

std::string Executor::blocked_by(const Unit& unit) const {
  for (const auto index : unit.needs) {
    if (change(index).action == plan::Action::keep) continue;
    if (results_[index].outcome == Outcome::done) continue;
    const bool is_under_way = !is_concluded_[index] && unit.is_firewall;
    if (!is_under_way) return change(index).address;
  }
  return {};
}

Task<void> Executor::run_unit(Unit unit) {
  for (const auto index : unit.needs) co_await wait_for(unit, index);
  const std::string blocker = blocked_by(unit);
  const bool is_over = ctx_.ended().has_value();
  if (is_over || !blocker.empty()) {
    for (const auto index : unit.changes) {
      skip(index, is_over ? "the run was interrupted" : fmt::format("{} was not done", blocker));
    }
    co_return {};
  }
  const auto first = unit.changes.front();
  const bool takes_turns = disturbs(change(first));
  if (takes_turns) {
    const auto denied = co_await turns_.wait(std::string(change(first).name()));
    if (denied) {
      refuse_turn(first, *denied);
      co_return {};
    }
  }
  co_await recorder_.intend(ctx_, plan_, unit.changes);
  for (const auto index : unit.changes) {
    started_[index] = ctx_.now();
    ++session_.progress().in_flight;
    session_.emit(start_of(change(index)));
  }
  auto done = co_await dispatch(unit.changes).result();
  for (const auto index : unit.changes) {
    if (is_concluded_[index]) continue;
    if (done) {
      succeed(index);
    } else {
      fail(index, done.error());
    }
  }
  if (takes_turns) co_await end_turn(first);
  co_return {};
}

/// Beside others that failed it is only not done; by itself it is why the run does not end well.
void Executor::refuse_turn(std::uint32_t index, const std::string& why) {
  const std::string text = "left as it was: " + why;
  if (turns_.has_failed() || ctx_.ended()) return skip(index, text);
  started_[index] = ctx_.now();
  ++session_.progress().in_flight;
  fail(index,
       make_error(ErrorCode::conflict, text,
                  "ccloud status --health says how they are; when they are well, run this again"));
}

/// A node that is off does not serve, which is as it shall be.
Task<void> Executor::end_turn(std::uint32_t index) {
  const auto& work = std::get<plan::NodeWork>(change(index).work);
  const std::string name(change(index).name());
  const bool is_done = results_[index].outcome == Outcome::done;
  const bool is_off = change(index).action == plan::Action::replace
                          ? work.observed->is_power_off_wanted
                          : work.observed->state == cloud::NodeState::stopped && !work.starts;
  bool serves = is_done && !is_off;
  if (serves && change(index).action == plan::Action::update) {
    auto instance = *work.observed;  // stopped and started, it may have another address
    if (!results_[index].public_ip.empty()) instance.public_ip = results_[index].public_ip;
    const auto row = row_of(work, change(index), instance);
    serves = (co_await turns_.recovers(ctx_, row).result()).value_or(false);
    if (!serves) session_.note(name + ": its services have not become healthy again");
  }
  turns_.settle(name, is_done && (serves || is_off), serves);
  co_return {};
}

/// One line per kind and action. Steps conclude each change themselves, or leave it to their end.
Task<void> Executor::dispatch(std::vector<std::uint32_t> changes) {
  const auto index = changes.front();
  const auto& each = change(index);
  const bool is_end = each.action == plan::Action::destroy;
  switch (each.kind) {
    case plan::Kind::network:
      co_return co_await (is_end ? remove(index) : ensure_network(index)).result();
    case plan::Kind::firewall:
      co_return co_await (is_end ? remove(index) : ensure_firewall(index)).result();
    case plan::Kind::key:
      co_return co_await (is_end ? remove(index) : ensure_key(index)).result();
    case plan::Kind::service:
      co_return make_error(ErrorCode::internal, "services are not installed by this step");
    case plan::Kind::node:
      break;
  }
  switch (each.action) {
    case plan::Action::create:
      co_return co_await create_nodes(std::move(changes)).result();
    case plan::Action::update:
      if (is_power(each)) co_return co_await power_nodes(std::move(changes)).result();
      co_return co_await update_node(index).result();
    case plan::Action::replace:
      co_return co_await replace_node(index).result();
    case plan::Action::destroy:
      co_return co_await destroy_nodes(std::move(changes)).result();
    case plan::Action::keep:
      break;
  }
  co_return {};
}

Result<cloud::Provider*> Executor::provider_of(std::uint32_t index) {
  return session_.provider(change(index).provider);
}

void Executor::succeed(std::uint32_t index, std::string id, std::string address) {
  results_[index].outcome = Outcome::done;
  if (!id.empty()) results_[index].id = std::move(id);
  if (!address.empty()) results_[index].public_ip = std::move(address);
  ++session_.progress().done;
  --session_.progress().in_flight;
  conclude(index);
}

void Executor::fail(std::uint32_t index, Error error) {
  results_[index].outcome = Outcome::failed;
  results_[index].error = placed(std::move(error), change(index).provider, change(index).region);
  ++session_.progress().failed;
  --session_.progress().in_flight;
  conclude(index);
}

void Executor::skip(std::uint32_t index, std::string because) {
  started_[index] = ctx_.now();
  results_[index].outcome = Outcome::skipped;
  results_[index].skipped_because = std::move(because);
  conclude(index);
}

void Executor::conclude(std::uint32_t index) {
  is_concluded_[index] = true;
  --open_;
  auto& result = results_[index];
  if (result.outcome != Outcome::done && change(index).kind == plan::Kind::node) {
    turns_.give_up(std::string(change(index).name()));
  }
  const auto took = ctx_.now() - started_[index];
  result.seconds = std::chrono::duration<double>(took).count();
  session_.emit(end_of(result, took));
  recorder_.conclude(ctx_, result);
  for (auto* gates : {&chosen_, &gates_}) {
    if (const auto gate = gates->find(index); gate != gates->end()) gate->second->open();
  }
}

}  // namespace ccloud::deploy
