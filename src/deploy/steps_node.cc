// Steps on nodes.
#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "cloud/marks.h"
#include "deploy/executor.h"
#include "deploy/look.h"
#include "deploy/zones.h"

namespace ccloud::deploy {
namespace {

cloud::NodeRef ref_of(const plan::NodeWork& work, const plan::Change& change) {
  auto node = cloud::ref_of(*work.observed);
  node.region = change.region;
  return node;
}

}  // namespace

Result<Ground> Executor::ground_for(const plan::Birth& birth) const {
  Ground ground;
  const auto network = networks_.find({birth.provider, birth.region, birth.network});
  if (network == networks_.end()) {
    return make_error(ErrorCode::internal, "the nodes' network is not known");
  }
  if (!network->second) return network->second.error();
  ground.network = *network->second;
  const auto firewall =
      firewalls_.find({birth.provider, birth.region, birth.network, birth.cluster});
  if (firewall != firewalls_.end()) {
    ground.firewall_ids.push_back(firewall->second.id);
    ground.firewall_names.push_back(firewall->second.name);
  }
  for (const auto& id : birth.extra_firewalls) ground.firewall_ids.push_back(id);
  return ground;
}

/// Likewise; a network of ours gets a subnet in that zone if it has none there.
Task<Ground> Executor::ground_in(const plan::Birth& birth, std::string zone) {
  auto ground = co_await ground_for(birth);
  const bool has_one = std::ranges::any_of(ground.network.subnets, [&](const auto& subnet) {
    return subnet.zone == zone || subnet.zone.empty();
  });
  if (has_one || ground.network.subnets.empty() || !ground.network.is_owned) co_return ground;
  for (std::uint32_t i = 0; i < plan_.changes.size(); ++i) {
    const auto* work = std::get_if<plan::NetworkWork>(&change(i).work);
    if (work == nullptr || work->spec.name != birth.network || change(i).region != birth.region ||
        change(i).provider != birth.provider || change(i).action == plan::Action::destroy) {
      continue;
    }
    auto* provider = co_await provider_of(i);
    auto spec = work->spec;
    spec.zones.push_back(zone);
    ground.network = co_await provider->ensure_network(work_, std::move(spec));
    created_[birth.provider] = ctx_.now();
    networks_.insert_or_assign(NetworkId{birth.provider, birth.region, birth.network},
                               ground.network);
  }
  co_return ground;
}

NodeRow Executor::row_of(const plan::NodeWork& work, const plan::Change& each,
                         const cloud::Instance& instance) const {
  NodeRow row;
  row.name = instance.name;
  row.cluster = work.cluster;
  row.place = work.place;
  row.provider = each.provider;
  row.region = each.region;
  row.instance = instance;
  if (const auto* provider = session_.config().find_provider(each.provider)) {
    row.driver = std::string(config::to_string(provider->driver.value));
  }
  if (const auto* cluster = session_.config().find_cluster(work.cluster)) {
    if (const auto* place = cluster->find_place(work.place)) {
      row.ssh = place->ssh;
      row.labels = place->labels;
    }
  }
  return row;
}

Task<void> Executor::bear_nodes(std::vector<std::uint32_t> changes) {
  const auto& first = std::get<plan::NodeWork>(change(changes.front()).work);
  auto birth = plan_.births[*first.birth];
  // Power is intent: what was off stays off, also when it is made anew.
  if (first.observed && first.observed->is_power_off_wanted) {
    birth.labels[std::string(cloud::mark_power)] = "off";
  }
  std::map<std::string, std::uint32_t> by_name;
  std::vector<std::string> names;
  for (const auto index : changes) {
    names.emplace_back(change(index).name());
    by_name.emplace(names.back(), index);
  }
  const auto ground = co_await ground_for(birth);
  auto batch = co_await make_batch(birth, ground, first.zone, names);
  // In place of one that is known: its own token would only bring that one back.
  if (first.observed) batch.token = cloud::next_token(batch.token, first.observed->id);
  created_[birth.provider] = ctx_.now();
  const auto on_born = [this, &by_name](const Born& born) {
    const auto index = by_name.at(born.name);
    if (!born.instance) {
      fail(index, born.instance.error());
      return;
    }
    const auto& instance = *born.instance;
    Event event;
    event.kind = Event::Kind::node_running;
    event.address = change(index).address;
    event.action = change(index).action;
    event.provider = change(index).provider;
    event.region = change(index).region;
    event.took = ctx_.now() - started_[index];
    event.message = instance.public_ip.empty() ? instance.private_ip : instance.public_ip;
    session_.emit(std::move(event));
    born_.push_back(row_of(std::get<plan::NodeWork>(change(index).work), change(index), instance));
    results_[index].id = instance.id;
    results_[index].public_ip = instance.public_ip;
    if (change(index).action == plan::Action::create) {
      if (turns_.is_awaited(born.name)) serve(born_.back());
      succeed(index);
    }
  };
  // Nodes stay in their zone: only one that is new may be made in another one.
  GroundIn elsewhere;
  if (change(changes.front()).action == plan::Action::create) {
    elsewhere = [this, &birth](std::string zone) { return ground_in(birth, std::move(zone)); };
  }
  for (auto& move : co_await bear_in_zones(ctx_, work_, session_, watch_, birth, std::move(batch),
                                           std::move(elsewhere), on_born)) {
    notes_.push_back(std::move(move));
  }
  co_return {};
}

Task<void> Executor::create_nodes(std::vector<std::uint32_t> changes) {
  const auto& each = change(changes.front());
  if (!std::get<plan::NodeWork>(each.work).birth) {
    for (const auto& problem : plan_.problems) {
      const auto& work = std::get<plan::NodeWork>(each.work);
      if (problem.cluster == work.cluster && problem.place == work.place) co_return problem.error;
    }
    co_return make_error(ErrorCode::internal, "its size and image were not resolved");
  }
  co_return co_await bear_nodes(std::move(changes)).result();
}

Task<void> Executor::end_node(std::uint32_t index, bool is_replacement) {
  const auto& each = change(index);
  const auto& work = std::get<plan::NodeWork>(each.work);
  auto gone = co_await watch_
                  .until(ctx_, each.provider, each.region, work.observed->id, NodeWatch::Goal::gone,
                         session_.options().delete_timeout)
                  .result();
  if (is_replacement) {
    if (!gone) co_return std::move(gone.error());
    co_return {};
  }
  if (gone) {
    succeed(index, work.observed->id);
  } else {
    fail(index, std::move(gone.error()));
  }
  co_return {};
}

Task<void> Executor::destroy_nodes(std::vector<std::uint32_t> changes) {
  auto* provider = co_await provider_of(changes.front());
  std::vector<cloud::NodeRef> nodes;
  for (const auto index : changes) {
    nodes.push_back(ref_of(std::get<plan::NodeWork>(change(index).work), change(index)));
  }
  auto outcomes = co_await provider->delete_nodes(work_, nodes);
  std::map<std::string, Error> failures;
  for (const auto& outcome : outcomes) {
    const bool has_failed = !outcome.result && outcome.result.error().code != ErrorCode::not_found;
    if (has_failed) failures.emplace(outcome.name, outcome.result.error());
  }
  async::Group group(session_.loop());
  for (const auto index : changes) {
    const auto& work = std::get<plan::NodeWork>(change(index).work);
    const auto at = failures.find(work.observed->name);
    if (at != failures.end()) {
      fail(index, at->second);
    } else {
      group.spawn(end_node(index, false));
    }
  }
  co_await group.join();
  co_return {};
}

/// The node that was born in the place of one that was off.
Task<void> Executor::turn_off(std::uint32_t index) {
  const auto& each = change(index);
  const auto& id = results_[index].id;
  auto* provider = co_await provider_of(index);
  std::vector<cloud::NodeRef> nodes;
  nodes.push_back({.id = id,
                   .name = std::string(each.name()),
                   .region = each.region,
                   .zone = std::get<plan::NodeWork>(each.work).zone,
                   .project = session_.config().project.value});
  const auto outcomes = co_await provider->power(work_, std::move(nodes), cloud::PowerAction::stop);
  if (!outcomes.empty() && !outcomes.front().result) co_return outcomes.front().result.error();
  co_await watch_.until(ctx_, each.provider, each.region, id, NodeWatch::Goal::stopped,
                        session_.options().boot_timeout);
  succeed(index, id);
  co_return {};
}

Task<void> Executor::replace_node(std::uint32_t index) {
  const auto& each = change(index);
  const auto& work = std::get<plan::NodeWork>(each.work);
  if (!work.birth) {
    std::vector<std::uint32_t> self;
    self.push_back(index);
    co_return co_await create_nodes(std::move(self)).result();
  }
  auto* provider = co_await provider_of(index);
  const auto& hooks = session_.tools().hooks;
  if (hooks.drain) {
    auto drained = co_await hooks.drain(ctx_, row_of(work, each, *work.observed)).result();
    if (!drained) session_.note(each.address + " was not drained: " + drained.error().message);
  }
  std::vector<cloud::NodeRef> nodes;
  nodes.push_back(ref_of(work, each));
  const auto outcomes = co_await provider->delete_nodes(work_, std::move(nodes));
  if (!outcomes.empty() && !outcomes.front().result &&
      outcomes.front().result.error().code != ErrorCode::not_found) {
    co_return outcomes.front().result.error();
  }
  co_await end_node(index, true);
  std::vector<std::uint32_t> self;
  self.push_back(index);
  co_await bear_nodes(std::move(self));
  if (is_concluded_[index]) co_return {};
  if (work.observed->is_power_off_wanted) co_return co_await turn_off(index).result();
  // The next one of the place is not touched before this one serves again.
  const auto row = std::ranges::find(born_, each.name(), &NodeRow::name);
  if (row != born_.end()) co_await install_on(*row);
  succeed(index);
  co_return {};
}

Task<void> Executor::install_on(NodeRow row) {
  const auto& hooks = session_.tools().hooks;
  if (!hooks.install_services) co_return {};
  std::vector<NodeRow> rows;
  rows.push_back(std::move(row));
  const auto outcomes = co_await hooks.install_services(ctx_, std::move(rows), {});
  for (const auto& outcome : outcomes) {
    if (!outcome.version) co_return outcome.version.error();
  }
  co_return {};
}

/// New nodes get their services by the moment, not one by one: each time all nodes are listed.
void Executor::serve(NodeRow row) {
  unserved_.push_back(std::move(row));
  if (unserved_.size() == 1) serving_.spawn(serve_together());
}

/// What fails here is tried again, and told, when the services of all new nodes are installed.
Task<void> Executor::serve_together() {
  constexpr std::chrono::seconds moment{1};
  static_cast<void>(co_await ctx_.sleep(moment).result());
  auto rows = std::exchange(unserved_, {});
  std::map<std::string, bool> serves;
  for (const auto& row : rows) serves.emplace(row.name, false);
  const auto& hooks = session_.tools().hooks;
  if (hooks.install_services) {
    const auto outcomes = co_await hooks.install_services(ctx_, std::move(rows), {}).result();
    if (outcomes) {
      for (auto& [name, all_good] : serves) all_good = true;
      for (const auto& one : *outcomes) {
        if (!one.version) serves[one.node] = false;
      }
    }
  }
  for (const auto& [name, all_good] : serves) turns_.settle(name, all_good, all_good);
  co_return {};
}

Task<void> Executor::serve_when_running(NodeRow row) {
  if (row.instance.state == cloud::NodeState::pending) {
    auto node = co_await watch_
                    .until(ctx_, row.provider, row.region, row.instance.id,
                           NodeWatch::Goal::running, session_.options().boot_timeout)
                    .result();
    if (!node) {
      turns_.settle(row.name, false, false);
      co_return {};
    }
    row.instance = std::move(*node);
  }
  serve(std::move(row));
  co_return {};
}

Task<void> Executor::settle_power(std::uint32_t index, NodeWatch::Goal goal) {
  const auto& each = change(index);
  const auto& work = std::get<plan::NodeWork>(each.work);
  auto node = co_await watch_
                  .until(ctx_, each.provider, each.region, work.observed->id, goal,
                         session_.options().boot_timeout)
                  .result();
  if (node) {
    succeed(index, node->id, node->public_ip);
  } else {
    fail(index, std::move(node.error()));
  }
  co_return {};
}

Task<void> Executor::power_nodes(std::vector<std::uint32_t> changes) {
  const auto& first = std::get<plan::NodeWork>(change(changes.front()).work);
  const auto action = first.starts ? cloud::PowerAction::start : *first.power;
  auto* provider = co_await provider_of(changes.front());
  std::vector<cloud::NodeRef> nodes;
  for (const auto index : changes) {
    nodes.push_back(ref_of(std::get<plan::NodeWork>(change(index).work), change(index)));
  }
  const auto outcomes = co_await provider->power(work_, std::move(nodes), action);
  const auto goal =
      action == cloud::PowerAction::stop ? NodeWatch::Goal::stopped : NodeWatch::Goal::running;
  std::map<std::string, const cloud::NodeOutcome*> by_name;
  for (const auto& outcome : outcomes) by_name.emplace(outcome.name, &outcome);
  async::Group group(session_.loop());
  for (const auto index : changes) {
    const auto& work = std::get<plan::NodeWork>(change(index).work);
    const auto at = by_name.find(work.observed->name);
    if (at != by_name.end() && !at->second->result) {
      fail(index, at->second->result.error());
    } else {
      group.spawn(settle_power(index, goal));
    }
  }
  co_await group.join();
  co_return {};
}

Task<void> Executor::update_node(std::uint32_t index) {
  const auto& each = change(index);
  const auto& work = std::get<plan::NodeWork>(each.work);
  auto* provider = co_await provider_of(index);
  if (work.rotates_keys && work.observed->is_power_off_wanted) {
    --session_.progress().in_flight;
    skip(index, fmt::format("it is off: its keys are exchanged when it runs (ccloud start {})",
                            each.name()));
    co_return {};
  }
  if (work.rotates_keys) {
    const auto& hooks = session_.tools().hooks;
    if (!hooks.rotate_keys) {
      Error error = make_error(ErrorCode::invalid_argument,
                               "this version cannot exchange ssh keys on a living node",
                               fmt::format("ccloud replace {}", each.name()));
      error.raw_code = "not-supported";
      co_return error;
    }
    auto row = row_of(work, each, *work.observed);
    auto ssh = row.ssh;
    auto rotated = co_await hooks.rotate_keys(ctx_, {std::move(row), std::move(ssh)}).result();
    if (!rotated) {
      Error error = std::move(rotated.error());
      if (error.raw_code.empty()) error.raw_code = slow_node;
      if (error.remedy.empty()) {
        error.remedy = fmt::format(
            "it keeps the keys that it has; ccloud replace {} makes it anew with the config's",
            each.name());
      }
      co_return error;
    }
  }
  auto update = work.update;
  if (work.joins_firewall) {
    const auto firewall =
        firewalls_.find({each.provider, each.region, work.network, work.firewall});
    if (firewall == firewalls_.end()) {
      co_return make_error(ErrorCode::internal, "the node's firewall is not known");
    }
    update.firewall_ids.emplace();
    update.firewall_ids->push_back(firewall->second.id);
    if (const auto* network = session_.config().find_network(work.network)) {
      for (const auto& id : network->firewalls) update.firewall_ids->push_back(id.value);
    }
  }
  const bool has_update = !update.set_labels.empty() || !update.remove_labels.empty() ||
                          update.type || update.disk_gib || update.firewall_ids || update.identity;
  if (has_update) co_await provider->update_node(work_, update);
  if (work.starts) {
    std::vector<std::uint32_t> self;
    self.push_back(index);
    co_return co_await power_nodes(std::move(self)).result();
  }
  if (update.type && work.observed->state == cloud::NodeState::running) {
    const auto node =
        co_await watch_.until(ctx_, each.provider, each.region, work.observed->id,
                              NodeWatch::Goal::running, session_.options().boot_timeout);
    succeed(index, node.id, node.public_ip);
    co_return {};
  }
  succeed(index, work.observed->id);
  co_return {};
}

}  // namespace ccloud::deploy
