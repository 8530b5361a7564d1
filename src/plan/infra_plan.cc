// What nodes stand on: networks, firewalls and registered keys. Made when some node needs them,
// kept in shape, and taken away when nothing does.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "plan/builder.h"

namespace ccloud::plan {
namespace {

std::string describe(const cloud::FirewallRule& rule) {
  std::string ports;
  if (rule.protocol != cloud::Protocol::icmp) {
    ports = rule.from_port == rule.to_port ? fmt::format(" {}", rule.from_port)
                                           : fmt::format(" {}-{}", rule.from_port, rule.to_port);
  }
  return fmt::format("{}{} from {}", cloud::to_string(rule.protocol), ports,
                     rule.group.empty() ? rule.cidr : "cluster:" + rule.group);
}

std::string describe(const std::vector<cloud::FirewallRule>& rules) {
  std::vector<std::string> parts;
  for (const auto& rule : rules) parts.push_back(describe(rule));
  return parts.empty() ? "closed" : join(parts, ", ");
}

cloud::FirewallRule form_of(const config::Rule& rule) {
  cloud::FirewallRule form;
  switch (rule.protocol) {
    case config::Rule::Protocol::tcp:
      form.protocol = cloud::Protocol::tcp;
      break;
    case config::Rule::Protocol::udp:
      form.protocol = cloud::Protocol::udp;
      break;
    case config::Rule::Protocol::icmp:
      form.protocol = cloud::Protocol::icmp;
      return form;
  }
  form.from_port = rule.from_port;
  form.to_port = rule.to_port;
  return form;
}

/// One host: an address that stands for a node of another network.
bool is_host(std::string_view cidr) { return cidr.ends_with("/32") || cidr.ends_with("/128"); }

std::string host_cidr(const std::string& address) {
  return address + (address.find(':') == std::string::npos ? "/32" : "/128");
}

/// Of what a cluster's nodes share at a provider, the marks included: the project's labels, over
/// them the provider's, over them the cluster's.
cloud::Labels cluster_labels(const config::Config& config, const config::Cluster& cluster,
                             const std::string& provider_name) {
  cloud::Labels labels = config.labels;
  if (const auto* provider = config.find_provider(provider_name)) {
    for (const auto& [key, value] : provider->labels) labels[key] = value;
  }
  for (const auto& [key, value] : cluster.labels) {  // the project's are among them
    const auto above = config.labels.find(key);
    if (above == config.labels.end() || above->second != value) labels[key] = value;
  }
  labels[std::string(cloud::mark_project)] = config.project.value;
  labels[std::string(cloud::mark_cluster)] = cluster.name;
  return labels;
}

std::string describe(const cloud::Labels& labels) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : cloud::without_marks(labels)) parts.push_back(key + "=" + value);
  return parts.empty() ? "none" : join(parts, " ");
}

/// Makes an update of what would be kept, where the labels are not those that are wanted.
template <class Spec, class Thing>
void compare_labels(Change& change, Spec& spec, const Thing& seen) {
  auto differences = cloud::label_change(spec.labels, seen.labels);
  if (!seen.has_labels || differences.empty()) return;
  spec.remove_labels = std::move(differences.removed);
  if (change.action == Action::keep) {
    change.action = Action::update;
    change.reason = Reason::labels_changed;
    change.why = "the labels differ";
  }
  change.before.emplace_back("labels", describe(seen.labels));
  change.after.emplace_back("labels", describe(spec.labels));
}

}  // namespace

std::string network_address(const NetworkKey& key) {
  return fmt::format("network.{}.{}.{}", key.provider, key.region, key.name);
}

const cloud::Network* Builder::find_network(const NetworkKey& key) const {
  const auto* provider = observed_.find(key.provider);
  const auto* region = provider == nullptr ? nullptr : provider->find_region(key.region);
  if (region == nullptr) return nullptr;
  for (const auto& network : region->networks) {
    if (network.is_owned && network.name == key.name) return &network;
  }
  return nullptr;
}

std::string Builder::network_id(const NetworkKey& key) const {
  const auto at = desired_.networks.find(key);
  if (at != desired_.networks.end() && !at->second.is_owned()) return at->second.config->id->value;
  const auto* network = find_network(key);
  return network == nullptr ? std::string() : network->id;
}

/// The name of the network with that id when it is another one than `key`. A network that is not
/// known at all is not believed to be another one: a list may lag.
std::string Builder::other_network(const NetworkKey& key, const std::string& id) const {
  const auto* provider = observed_.find(key.provider);
  const auto* region = provider == nullptr ? nullptr : provider->find_region(key.region);
  if (region == nullptr || id.empty() || network_id(key) == id) return {};
  for (const auto& network : region->networks) {
    if (network.id == id && network.name != key.name) return network.name;
  }
  for (const auto& [other, want] : desired_.networks) {
    if (other != key && !want.is_owned() && want.config->id->value == id) return other.name;
  }
  return {};
}

const cloud::Firewall* Builder::find_firewall(const NetworkKey& key, std::string_view name) const {
  const std::string id = network_id(key);
  const auto* provider = observed_.find(key.provider);
  const auto* region = provider == nullptr ? nullptr : provider->find_region(key.region);
  if (region == nullptr || id.empty()) return nullptr;
  for (const auto& firewall : region->firewalls) {
    if (firewall.name == name && firewall.network_id == id) return &firewall;
  }
  return nullptr;
}

/// Whether the place has, or is about to get, nodes in this plan's reach.
bool Builder::needs_nodes(const PlaceWant& want) const {
  return is_visible(want.network.provider, want.network.region) && want.place->count.value > 0;
}

std::set<std::string> Builder::zones_needed(const NetworkKey& key) const {
  std::set<std::string> zones;
  for (const auto& want : desired_.places) {
    if (want.network != key || !needs_nodes(want)) continue;
    zones.insert(want.zones.begin(), want.zones.end());
  }
  for (const auto& intent : intents_) {
    if (intent.want == nullptr || intent.want->network != key) continue;
    const auto& work = std::get<NodeWork>(intent.change.work);
    if (intent.change.action == Action::destroy || !work.birth) continue;
    if (!work.zone.empty()) {
      zones.insert(work.zone);
    }
  }
  return zones;
}

void Builder::compare_network_labels(Change& change, NetworkWork& work,
                                     const cloud::Network& seen) {
  if (observed_.find(change.provider)->capabilities.can_relabel_networks) {
    compare_labels(change, work.spec, seen);
  } else if (seen.has_labels && !cloud::label_change(work.spec.labels, seen.labels).empty()) {
    plan_.notes.push_back(fmt::format(
        "{} keeps the labels that it was made with ({}), not the config's ({}): this cloud cannot "
        "change them; a network of another name gets the new ones, and its nodes by replacement",
        change.address, describe(seen.labels), describe(work.spec.labels)));
  }
}

void Builder::plan_networks() {
  std::set<NetworkKey> needed;
  for (const auto& intent : intents_) {
    const bool is_going = intent.change.action == Action::destroy;
    if (intent.want != nullptr && !is_going) needed.insert(intent.want->network);
  }
  for (const auto& key : needed) {
    const auto& want = desired_.networks.at(key);
    const auto* seen = find_network(key);
    const auto zones = zones_needed(key);
    Change change;
    change.address = network_address(key);
    change.kind = Kind::network;
    change.provider = key.provider;
    change.region = key.region;
    NetworkWork work;
    work.spec = want.spec();
    work.spec.zones.assign(zones.begin(), zones.end());
    if (!want.is_owned()) {
      change.why = "an existing network, used as it is";
    } else {
      // Where the range is a subnet's, a network that was cut off while it was made has none yet.
      if (seen != nullptr && !seen->cidr.empty()) work.spec.cidr = seen->cidr;
      if (seen != nullptr) work.observed = *seen;
    }
    if (want.is_owned() && seen == nullptr) {
      change.action = Action::create;
      change.reason = Reason::not_there;
      change.why = want.config == nullptr ? "the places there name no network: ccloud makes its own"
                                          : "it is not there yet";
      change.after = {{"cidr", work.spec.cidr}, {"zones", join(work.spec.zones, " ")}};
    } else if (want.is_owned()) {
      const auto lacks = [&](const std::string& zone) {
        return std::ranges::none_of(seen->subnets, [&](const cloud::Subnet& subnet) {
          return subnet.zone.empty() || subnet.zone == zone;
        });
      };
      std::vector<std::string> missing;
      std::ranges::copy_if(zones, std::back_inserter(missing), lacks);
      if (!seen->is_complete || !missing.empty()) {
        change.action = Action::update;
        change.reason = Reason::incomplete;
        change.why = missing.empty() ? "a part of it is missing"
                                     : "it has no subnet in " + join(missing, ", ");
        change.after = {{"zones", join(work.spec.zones, " ")}};
      }
      compare_network_labels(change, work, *seen);
      if (want.config != nullptr && want.cidr != work.spec.cidr) {
        Error error = make_error(
            ErrorCode::conflict,
            fmt::format("network {} has {} and cannot become {}", key.name, seen->cidr, want.cidr),
            "give the new range a network of another name; its nodes then move by replacement");
        error.provider = key.provider;
        error.region = key.region;
        plan_.problems.push_back({key.provider, key.region, {}, {}, std::move(error)});
      }
    }
    const bool is_kept = change.action == Action::keep;
    change.work = std::move(work);
    const auto index = append(std::move(change));
    if (!is_kept) network_changes_.emplace(key, index);
  }
}

/// Adds what `source` stands for: its firewall where both share a network, else the public
/// addresses of its nodes.
void Builder::add_source(std::set<cloud::FirewallRule>& rules, const cloud::FirewallRule& form,
                         const FirewallWant& want, const config::Cluster& source,
                         const cloud::Firewall* observed) {
  const auto group = desired_.firewalls.find({want.network, source.name});
  // A narrowed plan may not make that cluster's firewall.
  const bool is_there =
      group != desired_.firewalls.end() && (needed_firewalls_.contains(group->first) ||
                                            find_firewall(want.network, source.name) != nullptr);
  if (is_there && group->second.is_needed) {
    auto rule = form;
    rule.group = source.name;
    rules.insert(std::move(rule));
  }
  const auto add_host = [&](const std::string& address) {
    if (address.empty()) return;
    auto rule = form;
    rule.cidr = host_cidr(address);
    rules.insert(std::move(rule));
  };
  bool is_blind = false;
  for (const auto& other : desired_.places) {
    if (other.cluster != &source || other.network == want.network) continue;
    if (!is_visible(other.network.provider, other.network.region)) {
      is_blind = true;
      continue;
    }
    const auto at = present_.find(&other);
    if (at == present_.end()) continue;
    for (const auto& [index, instances] : at->second) {
      for (const auto* instance : instances) add_host(instance->public_ip);
    }
  }
  for (const auto& others : observed_.existing) {
    if (others.cluster != source.name) continue;
    for (const auto& instance : others.nodes) add_host(instance.public_ip);
  }
  // Whom we cannot see we do not lock out.
  if (is_blind && observed != nullptr) {
    for (const auto& rule : observed->rules) {
      const bool is_same_form = rule.protocol == form.protocol &&
                                rule.from_port == form.from_port && rule.to_port == form.to_port;
      if (is_same_form && is_host(rule.cidr)) rules.insert(rule);
    }
  }
}

std::vector<cloud::FirewallRule> Builder::rules_of(const FirewallWant& want,
                                                   const cloud::Firewall* observed) {
  std::set<cloud::FirewallRule> rules;
  for (const auto& rule : want.cluster->allow) {
    auto form = form_of(rule);
    switch (rule.source) {
      case config::Rule::Source::cidr:
        form.cidr = to_string(network_of(rule.cidr));
        rules.insert(form);
        break;
      case config::Rule::Source::cluster:
        if (const auto* source = config_.find_cluster(rule.cluster)) {
          add_source(rules, form, want, *source, observed);
        }
        break;
      case config::Rule::Source::project:
        for (const auto& source : config_.clusters) {
          add_source(rules, form, want, source, observed);
        }
        break;
    }
  }
  return {rules.begin(), rules.end()};
}

/// A node that a killed run made and that still starts: its address comes with its running.
bool Builder::awaits_address(const Intent& intent) {
  const auto& seen = std::get<NodeWork>(intent.change.work).observed;
  return seen && seen->state == cloud::NodeState::pending && seen->public_ip.empty() &&
         intent.want != nullptr && intent.want->place->has_public_ip;
}

void Builder::plan_firewalls() {
  auto& needed = needed_firewalls_;
  bool moves_addresses = false;
  for (const auto& intent : intents_) {
    const auto action = intent.change.action;
    moves_addresses |= action != Action::keep || awaits_address(intent);
    if (intent.want == nullptr || action == Action::destroy) continue;
    needed.emplace(intent.want->network, intent.want->cluster->name);
  }
  // A change of one cluster's nodes may change the rules of another.
  if (options_.selectors.empty()) {
    for (const auto& [key, want] : desired_.firewalls) {
      if (want.is_needed && is_visible(key.first.provider, key.first.region)) needed.insert(key);
    }
  }
  for (const auto& key : needed) {
    const auto& want = desired_.firewalls.at(key);
    const auto* seen = find_firewall(key.first, key.second);
    Change change;
    change.address = fmt::format("firewall.{}.{}.{}.{}", key.first.provider, key.first.region,
                                 key.first.name, key.second);
    change.kind = Kind::firewall;
    change.provider = key.first.provider;
    change.region = key.first.region;
    FirewallWork work;
    work.network = key.first.name;
    work.spec.name = key.second;
    work.spec.region = key.first.region;
    work.spec.rules = rules_of(want, seen);
    work.spec.labels = cluster_labels(config_, *want.cluster, key.first.provider);
    work.spec.labels[std::string(cloud::mark_firewall)] = key.second;
    const bool has_far_source = std::ranges::any_of(want.cluster->allow, [&](const auto& rule) {
      if (rule.source == config::Rule::Source::cidr) return false;
      return std::ranges::any_of(desired_.places, [&](const PlaceWant& other) {
        const bool is_source =
            rule.source == config::Rule::Source::project || rule.cluster == other.cluster->name;
        return is_source && other.network != key.first && needs_nodes(other);
      });
    });
    plan_.needs_second_pass |= has_far_source && moves_addresses;
    if (seen == nullptr) {
      change.action = Action::create;
      change.reason = Reason::not_there;
      change.why = "it is not there yet";
      change.after = {{"rules", describe(work.spec.rules)}};
    } else {
      work.observed = *seen;
      auto has = seen->rules;
      std::ranges::sort(has);
      if (has != work.spec.rules) {
        change.action = Action::update;
        change.reason = Reason::rules_changed;
        change.why = "its rules differ from the config";
        change.before = {{"rules", describe(has)}};
        change.after = {{"rules", describe(work.spec.rules)}};
      }
      compare_labels(change, work.spec, *seen);
    }
    if (const auto at = network_changes_.find(key.first); at != network_changes_.end()) {
      change.depends_on.push_back(at->second);
    }
    const bool is_kept = change.action == Action::keep;
    change.work = std::move(work);
    const auto index = append(std::move(change));
    if (!is_kept) firewall_changes_.emplace(key, index);
  }
}

void Builder::plan_keys() {
  std::set<std::tuple<std::string, std::string, std::string>> done;
  for (const auto& intent : intents_) {
    if (intent.want == nullptr || intent.change.action == Action::destroy) continue;
    const auto& want = *intent.want;
    const auto& key = want.network;
    const auto* provider = observed_.find(key.provider);
    if (!provider->capabilities.has_key_pairs || want.key_name.empty()) continue;
    const std::tuple id(key.provider, key.region, want.key_name);
    if (!done.insert(id).second) continue;
    const auto* region = provider->find_region(key.region);
    const auto seen = std::ranges::find(region->keys, want.key_name, &cloud::Key::name);
    Change change;
    change.address = fmt::format("key.{}.{}.{}", key.provider, key.region, want.key_name);
    change.kind = Kind::key;
    change.provider = key.provider;
    change.region = key.region;
    KeyWork work;
    work.spec = {.name = want.key_name,
                 .region = key.region,
                 .public_key = want.public_key,
                 .labels = cluster_labels(config_, *want.cluster, key.provider)};
    work.spec.labels[std::string(cloud::mark_key)] = want.key_name;
    if (seen == region->keys.end()) {
      change.action = Action::create;
      change.reason = Reason::not_there;
      change.why = "it is not registered yet";
      change.after = {{"type", want.public_key.substr(0, want.public_key.find(' '))}};
    } else {
      work.observed = *seen;
      compare_labels(change, work.spec, *seen);
    }
    const bool is_kept = change.action == Action::keep;
    change.work = std::move(work);
    const auto index = append(std::move(change));
    if (!is_kept) key_changes_.emplace(id, index);
  }
}

}  // namespace ccloud::plan
