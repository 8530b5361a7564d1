// Networks: CIDRs, overlaps, room for the nodes.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/rules.h"
#include "config/checks.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

using catalog::builtin;
using diag::quote;

/// A network is cut into eight parts, one for each zone, for ever.
constexpr unsigned part_bits = 3;

std::optional<Driver> driver_of(const Checks& checks, const std::string& provider_name) {
  const Provider* provider = checks.find_provider(provider_name);
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
  const catalog::NetworkRules& limits = catalog::rules(*driver).networks;
  const unsigned of_parts = limits.widest_part < part_bits ? 0 : limits.widest_part - part_bits;
  const unsigned widest = std::max(limits.widest, of_parts);
  if (cidr.prefix < widest)
    checks.error("cidr-invalid", span,
                 fmt::format("{} is too wide: a network on {} is at most a /{}{}", quote(text),
                             to_string(*driver), widest,
                             widest == limits.widest
                                 ? ""
                                 : fmt::format(", for each zone gets an eighth of it, which is at "
                                               "most a /{}",
                                               limits.widest_part)),
                 fmt::format("{}/{}", address_text(cidr), widest));
  if (cidr.prefix + part_bits > limits.narrowest)
    checks.error(
        "cidr-too-small", span,
        fmt::format("{} is too small: each of the eight parts must be at least a /{} on {}, "
                    "so the network at least a /{}",
                    quote(text), limits.narrowest, to_string(*driver),
                    limits.narrowest - part_bits));
  return true;
}

/// Networks by their address bits. Two CIDRs overlap exactly when one holds the other, so a look-up
/// asks for each network above, and for any below: at most 33 steps, however many there are.
class CidrIndex {
 public:
  /// The earliest network that overlaps, or null.
  const Network* find(const Cidr& cidr) const {
    const Entry* best = nullptr;
    const auto take = [&](const std::unordered_map<std::uint64_t, Entry>& from, std::uint64_t key) {
      if (const auto it = from.find(key);
          it != from.end() && (best == nullptr || it->second.order < best->order))
        best = &it->second;
    };
    for (unsigned prefix = 0; prefix <= cidr.prefix; ++prefix) take(at_, key_of(cidr, prefix));
    take(below_, key_of(cidr, cidr.prefix));
    return best == nullptr ? nullptr : best->network;
  }

  void add(const Cidr& cidr, const Network& network) {
    const Entry entry{order_++, &network};
    at_.try_emplace(key_of(cidr, cidr.prefix), entry);
    for (unsigned prefix = 0; prefix < cidr.prefix; ++prefix)
      below_.try_emplace(key_of(cidr, prefix), entry);
  }

 private:
  struct Entry {
    std::size_t order = 0;
    const Network* network = nullptr;
  };

  /// The first `prefix` bits of the address, and how many they are.
  static std::uint64_t key_of(const Cidr& cidr, unsigned prefix) {
    std::uint64_t address = 0;
    for (std::size_t i = 0; i < 4; ++i) address = address << 8 | cidr.address[i];
    const std::uint64_t head = prefix == 0 ? 0 : address >> (32 - prefix);
    return head << 6 | prefix;
  }

  std::size_t order_ = 0;
  std::unordered_map<std::uint64_t, Entry> at_, below_;
};

/// In file order, so that the later one is told off.
void check_overlaps(const Checks& checks, const std::vector<const Network*>& networks) {
  CidrIndex index;
  for (const Network* network : networks) {
    const Cidr own = network_of(network->cidr->value);
    if (const Network* other = index.find(own); other != nullptr) {
      checks.error("cidr-overlap", network->cidr->span,
                   fmt::format("{} overlaps {} of network {}", quote(ccloud::to_string(own)),
                               quote(ccloud::to_string(other->cidr->value)), quote(other->name)));
      checks.diagnostics.items().back().notes.push_back(
          {other->cidr->span, "the other one is here"});
    }
    index.add(own, *network);
  }
}

/// Networks that ccloud makes for places which name none, against those of the same account.
void check_implicit(const Checks& checks, const std::vector<const Network*>& networks) {
  struct Implicit {
    Cidr cidr;
    const Place* place = nullptr;
  };
  std::map<std::pair<std::string, std::string>, Implicit> implicit;  // by provider and region
  std::set<std::string> used;
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places) {
      if (place.count.value <= 0) continue;
      if (place.network) used.insert(place.network->value);
      const auto* written =
          node_at(*checks.draft.root, {"clusters", place.cluster, "place", place.code, "network"});
      if (written != nullptr || place.provider.value.empty() || place.region.value.empty())
        continue;
      const auto cidr = parse_cidr(default_cidr(place.provider.value, place.region.value));
      if (cidr)
        implicit.try_emplace({place.provider.value, place.region.value}, Implicit{*cidr, &place});
    }
  for (const Network* network : networks) {
    if (!used.contains(network->name)) continue;
    for (const auto& [where, other] : implicit) {
      if (where.first != network->provider.value ||
          !overlaps(network_of(network->cidr->value), other.cidr))
        continue;
      checks.error("cidr-overlap", network->cidr->span,
                   fmt::format("{} overlaps {} of the network that ccloud makes in {}",
                               quote(ccloud::to_string(network->cidr->value)),
                               quote(ccloud::to_string(other.cidr)), quote(where.second)));
      checks.diagnostics.items().back().notes.push_back(
          {other.place->span, "for this place, which names no network"});
      break;
    }
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
      const Network* network = checks.find_network(place.network->value);
      if (network != nullptr && network->cidr && place.zones.size() > 1U << part_bits)
        checks.error("cidr-too-small", place.zones[1U << part_bits].span,
                     "a network of ccloud's own has room for eight zones");
    }
  for (const Network* network : networks) {
    const auto use = uses.find(network->name);
    const auto driver = driver_of(checks, network->provider.value);
    if (use == uses.end() || !driver) continue;
    const catalog::NetworkRules& limits = catalog::rules(*driver).networks;
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

void check_id(const Checks& checks, Driver driver, const Located<std::string>& id,
              std::string_view what, std::string_view prefix) {
  if (!id.value.starts_with(prefix))
    checks.error("bad-format", id.span,
                 fmt::format("the id of a {} on {} begins with {}, not {}", what, to_string(driver),
                             quote(prefix), quote(id.value)));
}

/// Besides the nodes' own.
void check_firewalls(const Checks& checks, const Network& network) {
  const auto driver = driver_of(checks, network.provider.value);
  if (!driver) return;
  const catalog::NetworkRules& rules = catalog::rules(*driver).networks;
  const json::Node* list = node_at(*checks.draft.root, {"networks", network.name, "firewalls"});
  if (network.cidr && rules.firewalls_in_network && !network.firewalls.empty() && list != nullptr) {
    checks.error("not-supported", list->span,
                 fmt::format("a firewall on {} belongs to one network: none can be there for a "
                             "network that ccloud makes",
                             to_string(*driver)));
    checks.diagnostics.items().back().hint = "remove it, or use a network that exists (\"id\")";
  }
  for (const auto& id : network.firewalls) {
    check_id(checks, *driver, id, "firewall", rules.firewall_prefix);
    const bool is_lone =
        !rules.lone_firewall.empty() && to_lower(id.value).contains(rules.lone_firewall);
    if (!is_lone) continue;
    checks.error(
        "not-supported", id.span,
        fmt::format("an interface on {} takes one security group, and that is ccloud's own",
                    to_string(*driver)));
    checks.diagnostics.items().back().hint =
        "attach it to the subnet, or name application security groups";
  }
}

/// "a" and "us-east-1a" are one zone.
void check_subnet_zones(const Checks& checks, Driver driver, const Network& network) {
  const json::Node* subnets = node_at(*checks.draft.root, {"networks", network.name, "subnets"});
  if (subnets == nullptr || !subnets->is_object()) return;
  std::map<std::string, Span> seen;
  for (const auto& member : subnets->members) {
    const auto zone = catalog::full_zone(driver, network.region.value, member.key);
    const auto [first, is_new] = seen.emplace(zone, member.key_span);
    if (is_new) continue;
    checks.error("duplicate-name", member.key_span,
                 fmt::format("zone {} has a subnet already", quote(member.key)));
    checks.diagnostics.items().back().notes.push_back({first->second, "the other one is here"});
  }
}

void check_existing(const Checks& checks, const Network& network) {
  const auto driver = driver_of(checks, network.provider.value);
  if (!network.id || !driver) return;
  const catalog::NetworkRules& rules = catalog::rules(*driver).networks;
  if (network.subnets.empty() && rules.needs_subnets) {
    const json::Node* node = node_at(*checks.draft.root, {"networks", network.name});
    if (node != nullptr && node->find("subnets") == nullptr)
      checks.error(
          "missing-key", {node->span.begin, node->span.begin + 1},
          fmt::format("an existing network on {} needs the key \"subnets\"", to_string(*driver)));
  }
  check_id(checks, *driver, *network.id, "network", rules.network_prefix);
  for (const auto& [zone, id] : network.subnets)
    check_id(checks, *driver, id, "subnet", rules.subnet_prefix);
  check_subnet_zones(checks, *driver, network);
}

}  // namespace

void check_networks(const Checks& checks) {
  std::vector<const Network*> sound;
  for (const Network& network : checks.config().networks) {
    check_existing(checks, network);
    check_firewalls(checks, network);
    if (network.cidr && check_cidr(checks, network)) sound.push_back(&network);
  }
  check_overlaps(checks, sound);
  check_implicit(checks, sound);
  check_room(checks, sound);
}

}  // namespace ccloud::config
