// Steps on networks, firewalls and keys.
#include <algorithm>
#include <set>

#include "deploy/executor.h"
#include "deploy/look.h"

namespace ccloud::deploy {

Task<void> Executor::look_up_network(std::uint32_t index) {
  const auto& work = std::get<plan::NetworkWork>(change(index).work);
  const NetworkId id{change(index).provider, change(index).region, work.spec.name};
  auto* provider = co_await provider_of(index);
  auto found = co_await provider->ensure_network(work_, work.spec).result();
  if (!found) {
    found = Result<cloud::Network>(
        placed(std::move(found.error()), change(index).provider, change(index).region));
  }
  networks_.insert_or_assign(id, std::move(found));
  co_return {};
}

Task<void> Executor::ensure_network(std::uint32_t index) {
  const auto& each = change(index);
  const auto& work = std::get<plan::NetworkWork>(each.work);
  auto* provider = co_await provider_of(index);
  const NetworkId id{each.provider, each.region, work.spec.name};
  auto network = co_await provider->choose_network(work_, work.spec);
  created_[each.provider] = ctx_.now();
  networks_.insert_or_assign(id, network);
  if (const auto chosen = chosen_.find(index); chosen != chosen_.end()) chosen->second->open();
  network = co_await provider->complete_network(work_, work.spec, std::move(network));
  created_[each.provider] = ctx_.now();
  const std::string made = network.id;
  networks_.insert_or_assign(id, std::move(network));
  succeed(index, made);
  co_return {};
}

/// Without the groups that do not exist yet: two clusters may name each other.
std::vector<cloud::FirewallRule> Executor::rules_for_now(const plan::FirewallWork& work,
                                                         const plan::Change& each) const {
  auto rules = work.spec.rules;
  std::erase_if(rules, [&](const cloud::FirewallRule& rule) {
    if (rule.group.empty() || rule.group == work.spec.name) return false;
    const FirewallId id{each.provider, each.region, work.network, rule.group};
    return firewall_made_.contains(id) && !firewalls_.contains(id);
  });
  return rules;
}

Task<void> Executor::wait_for_groups(const plan::FirewallWork& work, const plan::Change& each) {
  std::set<std::string> groups;
  for (const auto& rule : work.spec.rules) groups.insert(rule.group);
  for (const auto& group : groups) {
    const auto gate = firewall_made_.find({each.provider, each.region, work.network, group});
    if (gate != firewall_made_.end()) co_await gate->second->wait();
  }
  co_return {};
}

Task<void> Executor::ensure_firewall(std::uint32_t index) {
  const auto& each = change(index);
  const auto& work = std::get<plan::FirewallWork>(each.work);
  const FirewallId id{each.provider, each.region, work.network, work.spec.name};
  auto& made = *firewall_made_.at(id);
  auto* provider = co_await provider_of(index);
  const auto network = networks_.find({each.provider, each.region, work.network});
  if (network == networks_.end() || !network->second) {
    made.open();
    co_return network == networks_.end()
        ? make_error(ErrorCode::internal, "the firewall's network is not known")
        : network->second.error();
  }
  auto spec = work.spec;
  spec.network = *network->second;
  spec.rules = rules_for_now(work, each);
  auto firewall = co_await provider->ensure_firewall(work_, spec).result();
  if (firewall) {
    firewalls_[id] = *firewall;
    created_[each.provider] = ctx_.now();
  }
  made.open();
  if (firewall && spec.rules != work.spec.rules) {
    co_await wait_for_groups(work, each);
    spec.rules = rules_for_now(work, each);
    firewall = co_await provider->ensure_firewall(work_, spec).result();
  }
  if (!firewall) co_return std::move(firewall.error());
  succeed(index, firewall->id);
  co_return {};
}

Task<void> Executor::ensure_key(std::uint32_t index) {
  const auto& work = std::get<plan::KeyWork>(change(index).work);
  auto* provider = co_await provider_of(index);
  const auto key = co_await provider->ensure_key(work_, work.spec);
  created_[change(index).provider] = ctx_.now();
  succeed(index, key.id);
  co_return {};
}

Task<void> Executor::remove_once(std::uint32_t index) {
  const auto& each = change(index);
  auto* provider = co_await provider_of(index);
  if (const auto* network = std::get_if<plan::NetworkWork>(&each.work)) {
    co_return co_await provider->delete_network(work_, *network->observed).result();
  }
  if (const auto* firewall = std::get_if<plan::FirewallWork>(&each.work)) {
    co_return co_await provider->delete_firewall(work_, *firewall->observed).result();
  }
  if (const auto* key = std::get_if<plan::KeyWork>(&each.work)) {
    co_return co_await provider->delete_key(work_, *key->observed).result();
  }
  const auto& leftover = std::get<plan::LeftoverWork>(each.work).leftover;
  co_return co_await provider->delete_leftover(work_, each.region, leftover).result();
}

/// Clouds let go of a thing only some time after what stood on it has ended (design 4.8).
Task<void> Executor::remove(std::uint32_t index) {
  const auto deadline = ctx_.now() + session_.options().delete_timeout;
  auto wait = session_.options().poll_interval / 4;
  while (true) {
    auto done = co_await remove_once(index).result();
    if (done || done.error().code == ErrorCode::not_found) co_return {};
    const bool may_pass = done.error().code == ErrorCode::conflict || done.error().retryable;
    if (!may_pass || ctx_.now() + wait >= deadline) co_return std::move(done.error());
    co_await ctx_.sleep(wait);
    wait = std::min<async::Duration>(wait * 3 / 2, session_.options().poll_interval * 5);
  }
}

}  // namespace ccloud::deploy
