// Networks: CIDRs, overlaps, room for the nodes; rules and what they let in.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using catalog::builtin;
using diag::quote;

/// A network is cut into eight parts, one for each zone, for ever.
constexpr unsigned part_bits = 3;

/// What a cloud takes as a network of its own, and as one part of it.
struct Limits {
  unsigned widest = 8;        ///< the shortest prefix of a network
  unsigned narrowest = 29;    ///< the longest prefix of a part
  std::int64_t reserved = 4;  ///< addresses of a part that no node can have
};

/// AWS: VPCs are /16 to /28, so are subnets, 5 reserved. Azure: subnets down to /29, 5 reserved.
/// Google: down to /29, 4 reserved. Alibaba: VSwitches /16 to /29, 4 reserved (the first, the last
/// three). Neutron: network, broadcast, gateway, DHCP.
Limits limits_of(Driver driver) {
  switch (driver) {
    case Driver::aws:
      return {16, 28, 5};
    case Driver::azure:
      return {8, 29, 5};
    case Driver::gcp:
      return {8, 29, 4};
    case Driver::alibaba:
      return {8, 29, 4};
    case Driver::openstack:
      return {8, 29, 4};
  }
  return {};
}

std::optional<Driver> driver_of(const Checks& checks, const std::string& provider_name) {
  const Provider* provider = checks.config().find_provider(provider_name);
  if (provider == nullptr || provider->driver.span == Span{}) return std::nullopt;
  return provider->driver.value;
}

bool is_special(const Cidr& cidr) {
  for (const auto text : {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"})
    if (overlaps(cidr, *parse_cidr(text))) return true;
  return false;
}

/// False when the CIDR cannot be used at all.
bool check_cidr(const Checks& checks, const Network& network) {
  const Cidr& cidr = network.cidr->value;
  const Span span = network.cidr->span;
  const std::string text = ccloud::to_string(cidr);
  if (cidr.is_v6) {
    checks.error("cidr-invalid", span,
                 fmt::format("{} is IPv6; a network of ccloud's own is IPv4", quote(text)));
    return false;
  }
  if (has_host_bits(cidr)) {
    checks.error("cidr-invalid", span,
                 fmt::format("{} has bits set behind its prefix", quote(text)),
                 ccloud::to_string(network_of(cidr)));
    return false;
  }
  if (is_special(cidr)) {
    checks.error("cidr-invalid", span,
                 fmt::format("{} holds addresses that no network may use", quote(text)));
    return false;
  }
  const auto driver = driver_of(checks, network.provider.value);
  if (!driver) return true;
  const Limits limits = limits_of(*driver);
  if (cidr.prefix < limits.widest)
    checks.error("cidr-invalid", span,
                 fmt::format("{} is too wide: a network on {} is at most a /{}", quote(text),
                             to_string(*driver), limits.widest),
                 fmt::format("{}/{}", address_text(cidr), limits.widest));
  if (cidr.prefix + part_bits > limits.narrowest)
    checks.error(
        "cidr-too-small", span,
        fmt::format("{} is too small: each of the eight parts must be at least a /{} on {}, "
                    "so the network at least a /{}",
                    quote(text), limits.narrowest, to_string(*driver),
                    limits.narrowest - part_bits));
  return true;
}

void check_overlaps(const Checks& checks, std::vector<const Network*> networks) {
  // In file order, so that the later one is told off; an index by address keeps it fast.
  std::map<std::string, const Network*> by_address;  // begin address as bytes, disjoint so far
  for (const Network* network : networks) {
    const Cidr own = network_of(network->cidr->value);
    const std::string begin(own.address.begin(), own.address.begin() + 4);
    const Network* other = nullptr;
    const auto next = by_address.lower_bound(begin);
    if (next != by_address.end() && overlaps(next->second->cidr->value, own)) other = next->second;
    if (other == nullptr && next != by_address.begin() &&
        overlaps(std::prev(next)->second->cidr->value, own))
      other = std::prev(next)->second;
    if (other == nullptr) {
      by_address.emplace(begin, network);
      continue;
    }
    checks.error("cidr-overlap", network->cidr->span,
                 fmt::format("{} overlaps {} of network {}", quote(ccloud::to_string(own)),
                             quote(ccloud::to_string(other->cidr->value)), quote(other->name)));
    checks.diagnostics.items().back().notes.push_back({other->cidr->span, "the other one is here"});
  }
}

std::int64_t zones_of(const Place& place) {
  if (!place.zones.empty()) return static_cast<std::int64_t>(place.zones.size());
  const auto known = builtin().zones(place.driver, place.region.value).size();
  return known == 0 ? 1 : std::min<std::int64_t>(3, static_cast<std::int64_t>(known));
}

/// Every zone's part has an address for each of its nodes.
void check_room(const Checks& checks, const std::vector<const Network*>& networks) {
  struct Use {
    std::int64_t per_zone = 0;
    std::int64_t total = 0;
  };
  std::map<std::string, Use> uses;
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places) {
      if (!place.network || place.count.value <= 0) continue;
      const std::int64_t zones = zones_of(place);
      Use& use = uses[place.network->value];
      use.per_zone += (place.count.value + zones - 1) / zones;
      use.total += place.count.value;
      if (place.zones.size() > 1U << part_bits)
        checks.error("cidr-too-small", place.zones[1U << part_bits].span,
                     "a network of ccloud's own has room for eight zones");
    }
  for (const Network* network : networks) {
    const auto use = uses.find(network->name);
    const auto driver = driver_of(checks, network->provider.value);
    if (use == uses.end() || !driver) continue;
    const Limits limits = limits_of(*driver);
    const auto part = subnet(network->cidr->value, part_bits, 0);
    if (!part || part->prefix > limits.narrowest) continue;  // reported
    const std::int64_t usable = static_cast<std::int64_t>(address_count(*part)) - limits.reserved;
    if (use->second.per_zone <= usable) continue;
    checks.error(
        "cidr-too-small", network->cidr->span,
        fmt::format("network {} is too small for {} nodes: up to {} in one zone, whose /{} "
                    "has {} usable addresses",
                    quote(network->name), use->second.total, use->second.per_zone, part->prefix,
                    usable));
  }
}

void check_existing(const Checks& checks, const Network& network) {
  const auto driver = driver_of(checks, network.provider.value);
  if (!network.id || !driver) return;
  if (network.subnets.empty() &&
      (*driver == Driver::aws || *driver == Driver::azure || *driver == Driver::alibaba)) {
    const json::Node* node = node_at(*checks.draft.root, {"networks", network.name});
    if (node != nullptr && node->find("subnets") == nullptr)
      checks.error(
          "missing-key", {node->span.begin, node->span.begin + 1},
          fmt::format("an existing network on {} needs the key \"subnets\"", to_string(*driver)));
  }
  const bool has_form = (*driver != Driver::aws && *driver != Driver::alibaba) ||
                        network.id->value.starts_with("vpc-");
  if (!has_form)
    checks.error("bad-format", network.id->span,
                 fmt::format("the id of a network on {} begins with \"vpc-\"", to_string(*driver)));
}

bool opens(const Rule& rule, Rule::Protocol protocol, std::uint16_t port) {
  return rule.protocol == protocol && rule.from_port <= port && port <= rule.to_port;
}

bool is_world(const Rule& rule) {
  return rule.source == Rule::Source::cidr && rule.cidr.prefix == 0;
}

std::set<std::uint16_t> ssh_ports(const Cluster& cluster) {
  std::set<std::uint16_t> ports{cluster.ssh->port};
  for (const Place& place : cluster.places) ports.insert(place.ssh->port);
  return ports;
}

void check_rule(const Checks& checks, const Cluster& cluster, const Rule& rule) {
  if (rule.source == Rule::Source::cluster &&
      checks.config().find_cluster(rule.cluster) == nullptr) {
    std::vector<std::string> names;
    for (const Cluster& other : checks.config().clusters) names.push_back(other.name);
    auto close = diag::suggest(rule.cluster, names);
    if (close) close = "cluster:" + *close;
    checks.error("unknown-reference", rule.from_span,
                 fmt::format("there is no cluster {}", quote(rule.cluster)), close);
  }
  if (rule.source != Rule::Source::cidr || rule.from_span == Span{}) return;
  if (has_host_bits(rule.cidr))
    checks.error(
        "bad-rule", rule.from_span,
        fmt::format("{} has bits set behind its prefix", quote(ccloud::to_string(rule.cidr))),
        ccloud::to_string(network_of(rule.cidr)));
  for (const auto port : ssh_ports(cluster))
    if (is_world(rule) && opens(rule, Rule::Protocol::tcp, port)) {
      checks.warning("open-to-world", rule.from_span,
                     fmt::format("ssh (port {}) is open to the whole world", port));
      checks.diagnostics.items().back().hint = "name the networks that you log in from";
    }
}

void check_repeated(const Checks& checks, const Cluster& cluster) {
  for (std::size_t i = 0; i < cluster.allow.size() && i < 1000; ++i) {
    const Rule& rule = cluster.allow[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!(cluster.allow[j] == rule) ||
          (rule.from_port == 0 && rule.protocol != Rule::Protocol::icmp))
        continue;
      checks.error("bad-rule", rule.span,
                   fmt::format("the rule {} is written twice", quote(describe(rule))));
      checks.diagnostics.items().back().notes.push_back(
          {cluster.allow[j].span, "first written here"});
      break;
    }
  }
}

/// Existing firewalls may open what our rules do not; then nothing can be said.
bool has_unknown_rules(const Checks& checks, const Cluster& cluster) {
  return std::ranges::any_of(cluster.places, [&](const Place& place) {
    const Network* network = place.network ? checks.find_network(place.network->value) : nullptr;
    return network != nullptr && !network->firewalls.empty();
  });
}

bool is_open(const Cluster& cluster, std::uint16_t port) {
  return std::ranges::any_of(
      cluster.allow, [&](const Rule& rule) { return opens(rule, Rule::Protocol::tcp, port); });
}

void check_reachable(const Checks& checks, const Cluster& cluster) {
  if (cluster.places.empty() || has_unknown_rules(checks, cluster)) return;
  bool is_used = !cluster.ssh->keys.empty() || !cluster.ssh->identities.empty();
  for (const Service& service : checks.config().services)
    for (const auto& name : service.clusters) is_used = is_used || name.value == cluster.name;
  for (const auto port : ssh_ports(cluster))
    if (is_used && !is_open(cluster, port)) {
      checks.warning(
          "unreachable", cluster.span,
          fmt::format("no rule of cluster {} opens the ssh port {}", quote(cluster.name), port));
      checks.diagnostics.items().back().hint =
          fmt::format("add {{ \"tcp\": {}, \"from\": ... }} to network.allow", port);
    }
}

void check_health_port(const Checks& checks, const Service& service) {
  if (!service.health || !service.health->is_outside || service.health->port == 0) return;
  for (const auto& name : service.clusters) {
    const Cluster* cluster = checks.config().find_cluster(name.value);
    if (cluster == nullptr || cluster->places.empty() || has_unknown_rules(checks, *cluster) ||
        is_open(*cluster, service.health->port))
      continue;
    const auto key = service.health->kind == Health::Kind::http ? "http" : "tcp";
    const auto* node = node_at(*checks.draft.root, {"services", service.name, "health", key});
    checks.warning(
        "unreachable", node == nullptr ? service.health->span : node->span,
        fmt::format("health is asked from outside, but no rule of cluster {} opens port {}",
                    quote(cluster->name), service.health->port));
  }
}

}  // namespace

void check_networks(const Checks& checks) {
  std::vector<const Network*> sound;
  for (const Network& network : checks.config().networks) {
    check_existing(checks, network);
    if (network.cidr && check_cidr(checks, network)) sound.push_back(&network);
  }
  check_overlaps(checks, sound);
  check_room(checks, sound);
  for (const Cluster& cluster : checks.config().clusters) {
    for (const Rule& rule : cluster.allow) check_rule(checks, cluster, rule);
    check_repeated(checks, cluster);
    check_reachable(checks, cluster);
  }
  for (const Service& service : checks.config().services) check_health_port(checks, service);
}

}  // namespace ccloud::config
