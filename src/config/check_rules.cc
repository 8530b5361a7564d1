// Firewalls: what rules refer to, what they let in, and what nothing lets in.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "config/checks.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using diag::quote;

bool opens(const Rule& rule, Rule::Protocol protocol, std::uint16_t port) {
  return rule.protocol == protocol && rule.from_port <= port && port <= rule.to_port;
}

bool is_world(const Rule& rule) {
  return rule.source == Rule::Source::cidr && rule.cidr.prefix == 0;
}

std::set<std::uint16_t> ssh_ports(const Cluster& cluster) {
  std::set<std::uint16_t> ports;
  for (const Place& place : cluster.places) ports.insert(place.ssh->port);
  return ports;
}

void check_rule(const Checks& checks, const Cluster& cluster, const Rule& rule) {
  if (rule.source == Rule::Source::cluster && checks.find_cluster(rule.cluster) == nullptr &&
      !is_refused(*checks.draft.root, checks.bad, {"clusters", rule.cluster})) {
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

/// What of a broken rule is not known looks alike in all of them.
bool is_sound(const Rule& rule) {
  return rule.from_span != Span{} && (rule.from_port != 0 || rule.protocol == Rule::Protocol::icmp);
}

void check_repeated(const Checks& checks, const Cluster& cluster) {
  for (std::size_t i = 0; i < cluster.allow.size() && i < 1000; ++i) {
    const Rule& rule = cluster.allow[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!(cluster.allow[j] == rule) || !is_sound(rule)) continue;
      checks.error("bad-rule", rule.span,
                   fmt::format("the rule {} is written twice", quote(describe(rule))));
      checks.diagnostics.items().back().notes.push_back(
          {cluster.allow[j].span, "first written here"});
      break;
    }
  }
}

/// Existing firewalls may open what our rules do not, and a broken rule what it was meant to; then
/// nothing can be said.
bool has_unknown_rules(const Checks& checks, const Cluster& cluster) {
  if (is_refused(*checks.draft.root, checks.bad, {"clusters", cluster.name, "network", "allow"}) ||
      !std::ranges::all_of(cluster.allow, is_sound))
    return true;
  return std::ranges::any_of(cluster.places, [&](const Place& place) {
    const Network* network = place.network ? checks.find_network(place.network->value) : nullptr;
    return network != nullptr && !network->firewalls.empty();
  });
}

bool is_open(const Cluster& cluster, std::uint16_t port) {
  return std::ranges::any_of(
      cluster.allow, [&](const Rule& rule) { return opens(rule, Rule::Protocol::tcp, port); });
}

void check_reachable(const Checks& checks, const Cluster& cluster, bool has_service) {
  if (cluster.places.empty() || has_unknown_rules(checks, cluster)) return;
  const bool is_used =
      has_service || !cluster.ssh->keys.empty() || !cluster.ssh->identities.empty();
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
    const Cluster* cluster = checks.find_cluster(name.value);
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

/// How many rules firewalls get: other clusters in the same network are one each, elsewhere each of
/// their nodes is one, by its address.
class RuleCount {
 public:
  explicit RuleCount(const Config& config) {
    for (const Cluster& cluster : config.clusters)
      for (const Place& place : cluster.places) {
        if (place.count.value <= 0) continue;
        const std::int64_t addresses = place.has_public_ip ? place.count.value : 0;
        const bool is_first = !sources_[cluster.name].near.contains(ground_of(place));
        for (Source* source : {&sources_[cluster.name], &project_}) {
          Part& part = source->near[ground_of(place)];
          if (is_first) ++part.clusters;
          part.addresses += addresses;
          source->addresses += addresses;
        }
      }
  }

  std::int64_t needed(const Cluster& cluster, const Place& place) const {
    std::int64_t rules = 0;
    for (const Rule& rule : cluster.allow) {
      const auto named = sources_.find(rule.cluster);
      if (rule.source == Rule::Source::cidr) ++rules;
      if (rule.source == Rule::Source::project) rules += rules_for(project_, place);
      if (rule.source == Rule::Source::cluster && named != sources_.end())
        rules += rules_for(named->second, place);
    }
    return rules;
  }

 private:
  using Ground = std::tuple<std::string_view, std::string_view, std::string_view>;
  struct Part {
    std::int64_t clusters = 0;
    std::int64_t addresses = 0;
  };
  struct Source {
    std::map<Ground, Part> near;
    std::int64_t addresses = 0;
  };

  static Ground ground_of(const Place& place) {
    return {place.provider.value, place.region.value,
            place.network ? std::string_view(place.network->value) : ""};
  }

  static std::int64_t rules_for(const Source& source, const Place& place) {
    const auto near = source.near.find(ground_of(place));
    if (near == source.near.end()) return source.addresses;
    return near->second.clusters + source.addresses - near->second.addresses;
  }

  std::map<std::string_view, Source> sources_;
  Source project_;
};

/// Once a cluster and cloud: the quota can be raised, so it is no more than a warning.
void check_count(const Checks& checks, const RuleCount& counted, const Cluster& cluster) {
  std::set<Driver> told;
  for (const Place& place : cluster.places) {
    const std::int64_t most = catalog::rules(place.driver).networks.most_rules;
    const std::int64_t needed = most == 0 ? 0 : counted.needed(cluster, place);
    if (needed <= most || place.count.value <= 0 || !told.insert(place.driver).second) continue;
    const auto* node = node_at(*checks.draft.root, {"clusters", cluster.name, "network", "allow"});
    checks.warning(
        "too-many-rules", node == nullptr ? cluster.span : node->span,
        fmt::format("the firewall of cluster {} in place {} needs {} rules; {} takes {}, "
                    "unless the account's quota is higher",
                    quote(cluster.name), quote(place.code), needed, to_string(place.driver), most));
    checks.diagnostics.items().back().hint =
        "each node of another network is a rule of its own: name their CIDR instead";
  }
}

}  // namespace

void check_rules(const Checks& checks) {
  const RuleCount counted(checks.config());
  std::set<std::string_view> served;
  for (const Service& service : checks.config().services)
    for (const auto& name : service.clusters) served.insert(name.value);
  for (const Cluster& cluster : checks.config().clusters) {
    for (const Rule& rule : cluster.allow) check_rule(checks, cluster, rule);
    check_repeated(checks, cluster);
    check_count(checks, counted, cluster);
    check_reachable(checks, cluster, served.contains(cluster.name));
  }
  for (const Service& service : checks.config().services) check_health_port(checks, service);
}

}  // namespace ccloud::config
