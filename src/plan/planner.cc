// The planner's run: look at what is there, plan place by place, then put everything in order.
#include "plan/planner.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "plan/builder.h"

namespace ccloud::plan {

namespace {

/// As people read them: by cluster and place, then by number.
std::vector<const cloud::Instance*> by_name(const std::vector<cloud::Instance>& nodes) {
  std::vector<const cloud::Instance*> sorted;
  for (const auto& node : nodes) sorted.push_back(&node);
  std::ranges::sort(sorted, {}, [](const cloud::Instance* node) {
    std::string_view place;
    std::int64_t index = 0;
    parse_node_name(node->name, node->cluster, place, index);
    return std::tuple(std::string_view(node->cluster), place, index, std::string_view(node->name),
                      std::string_view(node->id));
  });
  return sorted;
}

}  // namespace

Builder::Builder(const config::Config& config, const Observed& observed,
                 const Resolutions& resolutions, const PlanOptions& options)
    : config_(config),
      observed_(observed),
      resolutions_(resolutions),
      options_(options),
      desired_(make_desired(config)),
      has_infrastructure_(observed.depth == cloud::Depth::everything) {
  for (const auto& want : desired_.places) wants_.emplace(want.id(), &want);
  for (const auto& text : config.guards.protect) {
    if (auto selector = Selector::parse(text.value)) protect_.push_back(std::move(*selector));
  }
  plan_.project = config.project.value;
  plan_.environment = config.environment;
  plan_.selectors = options.selector_texts;
}

Plan Builder::build() {
  plan_.notes = options_.notes;
  find_problems();
  sort_instances();
  for (const auto& want : desired_.places) plan_place(want);
  plan_strays();
  if (has_infrastructure_) {
    plan_networks();
    plan_firewalls();
    plan_keys();
  }
  append_nodes();
  if (has_infrastructure_ && options_.selectors.empty() && !options_.replaces_selected) {
    plan_unused(false);
  }
  finish();
  return std::move(plan_);
}

Plan Builder::build_destruction() {
  is_destruction_ = true;
  plan_.notes = options_.notes;
  find_problems();
  for (const auto& [name, provider] : observed_.providers) {
    for (const auto& region : provider.inventory.regions) {
      for (const auto* instance : by_name(region.nodes)) {
        if (instance->state == cloud::NodeState::terminated) continue;
        provider_of_.emplace(instance, name);
        plan_removed(want_of(*instance), *instance, Reason::asked, "destroy was asked for");
      }
    }
  }
  append_nodes();
  if (options_.selectors.empty()) plan_unused(true);
  finish();
  return std::move(plan_);
}

bool Builder::is_visible(std::string_view provider, std::string_view region) const {
  return !invisible_.contains({std::string(provider), std::string(region)});
}

/// What could not be looked at: nothing is planned there, neither made twice nor destroyed.
void Builder::find_problems() {
  std::set<std::pair<std::string, std::string>> wanted;
  for (const auto& want : desired_.places) {
    wanted.emplace(want.network.provider, want.network.region);
  }
  std::set<std::string> told;
  const auto tell = [&](const std::string& provider, const std::string& region, Error error) {
    if (error.provider.empty()) error.provider = provider;
    if (error.region.empty()) error.region = region;
    if (told.insert(provider + "/" + region).second) {
      plan_.problems.push_back({provider, region, {}, {}, std::move(error)});
    }
  };
  for (const auto& provider : config_.providers) {
    const auto* seen = observed_.find(provider.name);
    if (seen == nullptr || !seen->error) continue;
    if (options_.recalled.contains(provider.name)) {
      plan_.notes.push_back(recalled_note(provider.name, *seen->error));
    } else {
      tell(provider.name, {}, *seen->error);
    }
  }
  for (const auto& [provider, region] : wanted) {
    const auto* seen = observed_.find(provider);
    if (seen == nullptr || seen->error) {
      invisible_.emplace(provider, region);
      continue;
    }
    const auto* inventory = seen->find_region(region);
    if (inventory != nullptr && !inventory->error && !inventory->is_forbidden) continue;
    invisible_.emplace(provider, region);
    tell(provider, region,
         inventory != nullptr && inventory->error
             ? *inventory->error
             : make_error(ErrorCode::permission_denied,
                          fmt::format("region {} is not enabled for this account", region),
                          "enable the region, or take it out of the config"));
  }
  for (const auto& [name, provider] : observed_.providers) {
    for (const auto& region : provider.inventory.regions) {
      if (wanted.contains({name, region.region})) continue;
      if (region.is_forbidden) {
        plan_.notes.push_back(
            fmt::format("{}: region {} is not open to this account", name, region.region));
      } else if (region.error) {
        plan_.notes.push_back(fmt::format("{}: region {} was not looked at: {}", name,
                                          region.region, region.error->message));
      }
    }
  }
}

const PlaceWant* Builder::want_of(const cloud::Instance& instance) const {
  std::string_view place;
  std::int64_t index = 0;
  if (!parse_node_name(instance.name, instance.cluster, place, index)) return nullptr;
  const auto at = wants_.find(fmt::format("{}/{}", instance.cluster, place));
  return at == wants_.end() ? nullptr : at->second;
}

void Builder::sort_instances() {
  for (const auto& [name, provider] : observed_.providers) {
    for (const auto& region : provider.inventory.regions) {
      for (const auto& instance : region.nodes) {
        if (is_gone(instance)) {
          gone_names_.insert(instance.name);
          continue;
        }
        provider_of_.emplace(&instance, name);
        std::string_view place;
        std::int64_t index = 0;
        parse_node_name(instance.name, instance.cluster, place, index);
        const auto* want = want_of(instance);
        if (want != nullptr && want->network.provider == name &&
            want->network.region == region.region) {
          present_[want][index].push_back(&instance);
        } else {
          strays_.push_back({&instance, name, want});
        }
      }
    }
  }
}

std::uint32_t Builder::append(Change change) {
  plan_.changes.push_back(std::move(change));
  return static_cast<std::uint32_t>(plan_.changes.size() - 1);
}

/// Nodes after what they stand on. When those are disturbed that carry a service is for its update
/// policy to say, while the run is under way (deploy/turns.h).
void Builder::append_nodes() {
  plan_.changes.reserve(plan_.changes.size() + intents_.size());
  std::map<const PlaceWant*, std::int64_t> disturbed;
  // Each is gone once its change stands: tens of thousands of them need not be there twice.
  for (; !intents_.empty(); intents_.pop_front()) {
    const auto& intent = intents_.front();
    auto& change = intents_.front().change;
    const auto& work = std::get<NodeWork>(change.work);
    if (intent.want != nullptr && change.action != Action::destroy) {
      const auto& key = intent.want->network;
      if (const auto at = network_changes_.find(key); at != network_changes_.end() && work.birth) {
        change.depends_on.push_back(at->second);
      }
      if (const auto at = firewall_changes_.find({key, intent.want->cluster->name});
          at != firewall_changes_.end() && (work.birth || work.joins_firewall)) {
        change.depends_on.push_back(at->second);
      }
      const auto at = key_changes_.find({key.provider, key.region, intent.want->key_name});
      if (at != key_changes_.end() && work.birth) change.depends_on.push_back(at->second);
    }
    std::get<NodeWork>(change.work).disturbs = intent.disturbs;
    if (intent.disturbs && intent.want != nullptr && !intent.want->updates.empty()) {
      ++disturbed[intent.want];
    }
    const bool is_leaving = change.action == Action::destroy || change.action == Action::replace;
    std::vector<std::string> left;
    if (is_leaving && work.observed) {
      left = work.observed->firewall_ids;
      if (left.empty()) left.push_back("any firewall " + change.provider + "/" + change.region);
      left.push_back(work.observed->network_id);
      left.push_back(change.provider + "/" + change.region);
    }
    const auto index = append(std::move(change));
    for (const auto& id : left) {
      if (!id.empty()) leavers_[id].push_back(index);
    }
  }
  for (const auto& [want, nodes] : disturbed) {
    std::int64_t batch = want->place->count.value;
    for (const auto* update : want->updates) {
      batch = std::min(batch, config::batch_size(*update, want->place->count.value));
    }
    batch = std::max<std::int64_t>(batch, 1);
    rounds_ = std::max(rounds_, (nodes + batch - 1) / batch);
  }
}

void Builder::finish() {
  plan_.unresolved.assign(unresolved_.begin(), unresolved_.end());
  std::int64_t creates = 0;
  auto& estimate = plan_.estimate;
  for (const auto& change : plan_.changes) {
    ++plan_.summary[static_cast<std::size_t>(change.action)];
    if (change.action == Action::keep) continue;
    const bool is_node = change.kind == Kind::node;
    const bool is_made = change.action == Action::create || change.action == Action::replace;
    creates += is_node && is_made ? 1 : 0;
    // Measured shapes, not promises: a network is some ten calls on the clouds we know.
    if (change.kind == Kind::network) estimate.calls += change.action == Action::update ? 4 : 10;
    if (change.kind == Kind::firewall) estimate.calls += 2;
    if (change.kind == Kind::key) estimate.calls += 1;
    if (is_node && change.action != Action::create) estimate.calls += 2;
    const auto* work = std::get_if<NodeWork>(&change.work);
    const bool stops = work != nullptr && work->disturbs && change.action == Action::update;
    if (stops) estimate.seconds = std::max<std::int64_t>(estimate.seconds, 60);
    if (change.kind == Kind::network)
      estimate.seconds = std::max<std::int64_t>(estimate.seconds, 8);
  }
  std::map<std::pair<std::string, std::string>, std::int64_t> by_region;
  for (const auto& change : plan_.changes) {
    if (change.kind == Kind::node && change.action == Action::create) {
      ++by_region[{change.provider, change.region}];
    }
  }
  for (const auto& [where, count] : by_region) {
    const auto* provider = observed_.find(where.first);
    const auto batch =
        provider == nullptr
            ? 1
            : std::max<std::int64_t>(
                  1, static_cast<std::int64_t>(provider->capabilities.max_create_batch));
    estimate.calls += (count + batch - 1) / batch * 2 + 15;
  }
  if (creates > 0) estimate.seconds += 40;
  if (rounds_ > 1) estimate.seconds += (rounds_ - 1) * 40;
  if (plan_.count(Action::destroy) + plan_.count(Action::replace) > 0) estimate.seconds += 40;
  if (plan_.needs_second_pass) {
    plan_.notes.push_back(
        "rules that name clusters in other networks get the new nodes' addresses once these run");
  }
  if (options_.is_compared) {
    plan_.fingerprint = fingerprint(config_, observed_, resolutions_, options_);
  }
  check_guards(plan_, config_, options_);
}

std::string recalled_note(const std::string& provider, const Error& error) {
  return fmt::format(
      "{}: no place of the config is there any more, but this machine has deployed "
      "nodes there; it cannot be asked: {}",
      provider, error.message);
}

Plan make_plan(const config::Config& config, const Observed& observed,
               const Resolutions& resolutions, const PlanOptions& options) {
  return Builder(config, observed, resolutions, options).build();
}

Plan make_destroy_plan(const config::Config& config, const Observed& observed,
                       const PlanOptions& options) {
  return Builder(config, observed, {}, options).build_destruction();
}

}  // namespace ccloud::plan
