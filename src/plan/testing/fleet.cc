#include "plan/testing/fleet.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "base/check.h"
#include "config/load.h"
#include "plan/desired.h"

namespace ccloud::plan::testing {
namespace {

std::string text_of(const Shape& shape) {
  return fmt::format(
      R"({{"project": "hello", "clusters": {{"web": {{"image": "{}", "size": {},
        "ssh": {{"keys": ["{}"]}}, "network": {{"allow": [{}]}},
        "place": {{"us": {{"provider": "aws", "region": "us-east-1", "count": {}{}}}}}{}}}}}{}}})",
      shape.image, shape.size, a_key, shape.allow, shape.count, shape.place, shape.extra,
      shape.more);
}

}  // namespace

config::Config config_of(std::string_view text) {
  auto loaded = config::load_text(std::string(text), "ccloud.json", {},
                                  {.home = "/nowhere", .reads_files = false});
  if (!loaded.config) {
    for (const auto& diagnostic : loaded.diagnostics.items()) {
      std::fprintf(stderr, "%s\n", diagnostic.message.c_str());
    }
    std::abort();
  }
  return std::move(*loaded.config);
}

config::Config make(const Shape& shape) { return config_of(text_of(shape)); }

Fleet::Fleet(std::vector<std::string> regions) : regions_(std::move(regions)) {}

void Fleet::look(const config::Config& config) {
  for (const auto& provider : config.providers) {
    auto& seen = observed.providers[provider.name];
    if (!seen.inventory.regions.empty()) continue;
    seen.capabilities.has_key_pairs = true;
    seen.capabilities.max_create_batch = 100;
    for (const auto& name : regions_) {
      seen.inventory.regions.emplace_back();
      seen.inventory.regions.back().region = name;
    }
  }
  const auto desired = make_desired(config);
  for (const auto& want : desired.places) {
    Resolution resolution;
    resolution.type = want.place->size.type.value_or("");
    if (want.place->size.requirement && resolution.type.empty()) {
      resolution.type = fmt::format("c{}m{}", want.place->size.requirement->cpu.value,
                                    want.place->size.requirement->memory_mib.value / 1024);
    }
    resolution.zones = {want.network.region + "a", want.network.region + "b"};
    resolution.image.id = "ami-" + want.place->image.name;
    resolution.image.login_user = "admin";
    resolutions.insert_or_assign(want.id(), Result<Resolution>(std::move(resolution)));
  }
  normalise(observed, config);
}

Plan Fleet::plan(const config::Config& config, PlanOptions options) {
  look(config);
  auto selectors = parse_selectors(options.selector_texts);
  CCLOUD_CHECK(selectors.has_value());
  options.selectors = std::move(*selectors);
  return make_plan(config, observed, resolutions, options);
}

cloud::RegionInventory& Fleet::region(const std::string& provider, const std::string& name) {
  auto& regions = observed.providers.at(provider).inventory.regions;
  return *std::ranges::find(regions, name, &cloud::RegionInventory::region);
}

cloud::Instance& Fleet::node(const std::string& name) {
  for (auto& [provider, seen] : observed.providers) {
    for (auto& region : seen.inventory.regions) {
      for (auto& node : region.nodes) {
        if (node.name == name) return node;
      }
    }
  }
  std::fprintf(stderr, "no node %s\n", name.c_str());
  std::abort();
}

std::vector<std::string> Fleet::names() const {
  std::vector<std::string> names;
  for (const auto& [provider, seen] : observed.providers) {
    for (const auto& region : seen.inventory.regions) {
      for (const auto& node : region.nodes) names.push_back(node.name);
    }
  }
  std::ranges::sort(names);
  return names;
}

namespace {

template <class T>
void erase_id(std::vector<T>& items, const std::string& id) {
  std::erase_if(items, [&](const T& item) { return item.id == id; });
}

cloud::Instance born(const Plan& plan, const Change& change, const NodeWork& work,
                     const cloud::RegionInventory& region, std::string id) {
  const auto& birth = plan.births.at(*work.birth);
  cloud::Instance node;
  node.id = std::move(id);
  node.labels = birth.labels;
  node.labels["ccloud-node"] = config::node_name(work.cluster, work.place, work.index);
  cloud::apply_marks(node, 0);
  node.region = change.region;
  node.zone = work.zone;
  node.state = cloud::NodeState::running;
  node.type = birth.type;
  node.image = birth.image.id;
  node.created = "2026-01-01T00:00:00Z";
  node.public_ip = "203.0.113." + node.id.substr(2);
  node.identity = birth.identity;
  for (const auto& network : region.networks) {
    if (network.name == work.network) node.network_id = network.id;
  }
  for (const auto& firewall : region.firewalls) {
    if (firewall.name == work.firewall && firewall.network_id == node.network_id) {
      node.firewall_ids = {firewall.id};
    }
  }
  return node;
}

void update(cloud::Instance& node, const NodeWork& work, const cloud::RegionInventory& region) {
  for (const auto& [key, value] : work.update.set_labels) node.labels[key] = value;
  for (const auto& key : work.update.remove_labels) node.labels.erase(key);
  cloud::apply_marks(node, 0);
  if (work.update.type) node.type = *work.update.type;
  if (work.update.disk_gib) node.disk_gib = *work.update.disk_gib;
  if (work.update.identity) node.identity = *work.update.identity;
  if (work.starts) node.state = cloud::NodeState::running;
  if (!work.joins_firewall) return;
  for (const auto& firewall : region.firewalls) {
    if (firewall.name == work.firewall && firewall.network_id == node.network_id) {
      node.firewall_ids = {firewall.id};
    }
  }
}

}  // namespace

void Fleet::apply(const Plan& plan) {
  for (const auto& change : plan.changes) {
    if (change.action == Action::keep) continue;
    auto& here = region(change.provider, change.region);
    const std::string id = fmt::format("x-{}", ++next_id_);
    const bool is_end = change.action == Action::destroy || change.action == Action::replace;
    const bool is_made = change.action == Action::create || change.action == Action::replace;
    if (const auto* network = std::get_if<NetworkWork>(&change.work)) {
      if (network->observed) erase_id(here.networks, network->observed->id);
      if (is_end) continue;
      cloud::Network made{.id = network->observed ? network->observed->id : id,
                          .name = network->spec.name,
                          .region = change.region,
                          .cidr = network->spec.cidr,
                          .subnets = {},
                          .labels = network->spec.labels};
      for (const auto& zone : network->spec.zones) made.subnets.push_back({"s" + zone, zone, ""});
      here.networks.push_back(std::move(made));
    } else if (const auto* firewall = std::get_if<FirewallWork>(&change.work)) {
      if (firewall->observed) erase_id(here.firewalls, firewall->observed->id);
      if (is_end) continue;
      cloud::Firewall made{.id = firewall->observed ? firewall->observed->id : id,
                           .name = firewall->spec.name,
                           .region = change.region,
                           .network_id = {},
                           .rules = firewall->spec.rules,
                           .labels = firewall->spec.labels};
      for (const auto& under : here.networks) {
        if (under.name == firewall->network) made.network_id = under.id;
      }
      here.firewalls.push_back(std::move(made));
    } else if (const auto* key = std::get_if<KeyWork>(&change.work)) {
      if (key->observed) erase_id(here.keys, key->observed->id);
      if (!is_end) {
        here.keys.push_back({id, key->spec.name, change.region, "", key->spec.labels});
      }
    } else if (const auto* node = std::get_if<NodeWork>(&change.work)) {
      if (is_end) erase_id(here.nodes, node->observed->id);
      if (is_made) here.nodes.push_back(born(plan, change, *node, here, id));
      if (change.action == Action::update) {
        const auto at = std::ranges::find(here.nodes, node->observed->id, &cloud::Instance::id);
        CCLOUD_CHECK(at != here.nodes.end());
        update(*at, *node, here);
      }
    }
  }
}

void Fleet::converge(const config::Config& config) {
  for (int round = 0; round < 4; ++round) {
    PlanOptions options;
    options.prune = true;
    const auto made = plan(config, options);
    if (!made.has_changes()) return;
    apply(made);
  }
  std::fprintf(stderr, "the plan never ends\n");
  std::abort();
}

std::vector<std::string> lines(const Plan& plan) {
  std::vector<std::string> out;
  for (const auto& change : plan.changes) {
    if (change.action == Action::keep) continue;
    out.push_back(fmt::format("{} {} {}", to_string(change.action), change.address,
                              to_string(change.reason)));
  }
  return out;
}

std::vector<std::string> node_lines(const Plan& plan) {
  auto out = lines(plan);
  std::erase_if(out, [](const std::string& line) { return line.find(" node.") == line.npos; });
  return out;
}

}  // namespace ccloud::plan::testing
