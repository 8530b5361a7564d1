// Places: regions, partitions and zones, against the offline catalogue.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/rules.h"
#include "config/checks.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using catalog::builtin;
using catalog::Known;
using diag::quote;

/// From this many nodes on, one zone is worth a warning.
constexpr std::int64_t many_nodes = 4;

/// The driver, not this one, that has a region of that name.
std::optional<Driver> other_owner(Driver driver, std::string_view region) {
  for (const Driver other : catalog::all_drivers())
    if (other != driver && builtin().knows(other) &&
        builtin().find_region(other, region) != nullptr)
      return other;
  return std::nullopt;
}

std::optional<std::string> likely_region(Driver driver, std::string_view written) {
  const std::string normal = catalog::normal_region(driver, written);
  if (normal != written && builtin().find_region(driver, normal) != nullptr) return normal;
  // A zone's name where the region's should be: us-east-1a, us-central1-b.
  for (std::string_view head = written; head.size() + 3 > written.size() && !head.empty();
       head.remove_suffix(1))
    if (head != written && builtin().find_region(driver, head) != nullptr) return std::string(head);
  return diag::suggest(written, builtin().region_names(driver));
}

class RegionCheck {
 public:
  explicit RegionCheck(const Checks& checks) : checks_(checks) {}

  /// True when the catalogue knows the region, or cannot tell.
  bool add(const std::string& provider_name, const Located<std::string>& region) {
    if (provider_name.empty() || region.value.empty()) return false;
    const Provider* provider = checks_.find_provider(provider_name);
    if (provider == nullptr) return false;
    endpoint(*provider, region);
    if (!checks_.is_catalogued(provider_name)) return true;
    const Driver driver = provider->driver.value;
    const catalog::Region* known = builtin().find_region(driver, region.value);
    if (known == nullptr || region.value != known->name) {
      unknown(driver, region);
      return false;
    }
    partition(*provider, *known, region);
    return true;
  }

 private:
  void unknown(Driver driver, const Located<std::string>& region) {
    if (builtin().has_region(driver, region.value) == Known::unknown) return;
    checks_.error(
        "unknown-region", region.span,
        fmt::format("region {} does not exist on {}", quote(region.value), to_string(driver)),
        likely_region(driver, region.value));
    auto& item = checks_.diagnostics.items().back();
    if (const auto other = other_owner(driver, region.value); other && !item.suggestion)
      item.hint = fmt::format("it is a region of {}", to_string(*other));
  }

  /// One account lives in one partition, and so does a provider.
  void partition(const Provider& provider, const catalog::Region& known,
                 const Located<std::string>& region) {
    const catalog::AccessRules& rules = catalog::rules(provider.driver.value).access;
    if (!rules.clouds.empty()) {
      const std::string_view cloud =
          provider.cloud ? std::string_view(provider.cloud->value) : rules.clouds.front();
      if (cloud != known.partition && catalog::contains(rules.clouds, cloud))
        checks_.error(
            "unknown-region", region.span,
            fmt::format("region {} belongs to {}'s {} cloud; provider {} is of the {} cloud",
                        quote(region.value), to_string(provider.driver.value), known.partition,
                        quote(provider.name), cloud));
      return;
    }
    if (!rules.one_partition) return;
    const auto [first, is_new] = partitions_.try_emplace(provider.name, known.partition, region);
    if (is_new || first->second.first == known.partition) return;
    checks_.error(
        "unknown-region", region.span,
        fmt::format("region {} is in partition {}, but provider {} is used in partition {} "
                    "too; an account has only one",
                    quote(region.value), known.partition, quote(provider.name),
                    first->second.first));
    auto& item = checks_.diagnostics.items().back();
    item.hint = "give it a provider of its own";
    item.notes.push_back({first->second.second.span, "the other partition is used here"});
  }

  void endpoint(const Provider& provider, const Located<std::string>& region) {
    const auto serves = catalog::rules(provider.driver.value).access.serves;
    if (!provider.endpoint || serves == nullptr) return;
    auto host = std::string_view(provider.endpoint->value);
    host.remove_prefix(std::min(host.size(), host.find("://") + 3));
    host = host.substr(0, host.find_first_of(":/"));
    if (!serves(host, region.value))
      checks_.error("unknown-region", region.span,
                    fmt::format("region {} is not served by the endpoint of provider {}",
                                quote(region.value), quote(provider.name)));
  }

  const Checks& checks_;
  std::map<std::string, std::pair<std::string_view, Located<std::string>>> partitions_;
};

void check_listed(const Checks& checks, const std::string& provider_name,
                  const Located<std::string>& region) {
  const Provider* provider = checks.find_provider(provider_name);
  if (provider == nullptr || provider->regions.empty() || region.value.empty()) return;
  const auto is_it = [&](const auto& listed) { return listed.value == region.value; };
  if (std::ranges::any_of(provider->regions, is_it)) return;
  std::vector<std::string> names;
  for (const auto& listed : provider->regions) names.push_back(listed.value);
  checks.error("unknown-region", region.span,
               fmt::format("region {} is not among the \"regions\" of provider {}",
                           quote(region.value), quote(provider_name)),
               diag::suggest(region.value, names));
  checks.diagnostics.items().back().notes.push_back(
      {provider->regions.front().span, "they are listed here"});
}

/// False when the zone is known not to exist; reported then.
bool check_zone(const Checks& checks, Driver driver, const std::string& region,
                std::string_view zone, Span span) {
  if (builtin().has_zone(driver, region, zone) != Known::no) return true;
  const auto zones = builtin().zones(driver, region);
  checks.error("unknown-zone", span,
               zones.empty()
                   ? fmt::format("region {} of {} has no zones", quote(region), to_string(driver))
                   : fmt::format("zone {} does not exist in {}", quote(zone), quote(region)),
               diag::suggest(zone, zones));
  auto& item = checks.diagnostics.items().back();
  if (!item.suggestion && !zones.empty())
    item.hint = fmt::format("there are {}", diag::one_of(zones));
  return false;
}

/// Subnets that span the region may be named after it.
void check_subnet_key(const Checks& checks, Driver driver, const std::string& region,
                      std::string_view key, Span span) {
  const bool is_for_all = key == region && !catalog::rules(driver).networks.zonal_subnets;
  if (!is_for_all) check_zone(checks, driver, region, key, span);
}

void check_zones(const Checks& checks, const Place& place) {
  const bool is_known = checks.is_catalogued(place.provider.value) &&
                        builtin().find_region(place.driver, place.region.value) != nullptr;
  const Network* network = place.network ? checks.find_network(place.network->value) : nullptr;
  std::map<std::string, Span> seen;
  bool all_exist = true;
  for (const auto& zone : place.zones) {
    const auto name = catalog::short_zone(place.driver, place.region.value, zone.value);
    const auto [first, is_new] = seen.emplace(name, zone.span);
    if (!is_new) {
      checks.error("duplicate-name", zone.span,
                   fmt::format("zone {} is listed twice", quote(zone.value)));
      checks.diagnostics.items().back().notes.push_back({first->second, "first listed here"});
    } else if (is_known &&
               !check_zone(checks, place.driver, place.region.value, zone.value, zone.span)) {
      all_exist = false;
      continue;
    }
    if (network == nullptr || network->subnets.empty()) continue;
    const auto full = catalog::full_zone(place.driver, place.region.value, zone.value);
    const bool has_subnet = std::ranges::any_of(network->subnets, [&](const auto& subnet) {
      const auto served = catalog::subnet_zone(place.driver, place.region.value, subnet.first,
                                               network->subnets.size());
      return served.empty() || served == full;
    });
    if (!has_subnet && is_new)
      checks.error("unknown-zone", zone.span,
                   fmt::format("network {} has no subnet in zone {}", quote(network->name),
                               quote(zone.value)));
  }
  const bool is_single = seen.size() == 1 && all_exist;
  const bool has_more = !is_known || builtin().zones(place.driver, place.region.value).size() != 1;
  if (is_single && has_more && place.count.value >= many_nodes)
    checks.warning(
        "single-zone", place.zones.front().span,
        fmt::format("all {} nodes of place {} are in one zone; if it fails, all are gone",
                    place.count.value, quote(place.code)));
}

/// "a", "b" or "c", in quotes.
std::string alternatives(catalog::Words words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += &word == &words.back() ? " or " : ", ";
    text += quote(word);
  }
  return text;
}

void check_provider(const Checks& checks, const Provider& provider) {
  const catalog::Words clouds = catalog::rules(provider.driver.value).access.clouds;
  if (clouds.empty() || provider.driver.span == Span{} || !provider.cloud) return;
  if (catalog::contains(clouds, provider.cloud->value)) return;
  checks.error("bad-format", provider.cloud->span,
               fmt::format("\"cloud\" must be {}, not {}", alternatives(clouds),
                           quote(provider.cloud->value)),
               diag::suggest(provider.cloud->value,
                             std::vector<std::string_view>(clouds.begin(), clouds.end())));
}

}  // namespace

void check_places(const Checks& checks) {
  RegionCheck regions(checks);
  for (const Provider& provider : checks.config().providers) {
    check_provider(checks, provider);
    for (const auto& region : provider.regions) regions.add(provider.name, region);
  }
  for (const Network& network : checks.config().networks) {
    const bool is_known = regions.add(network.provider.value, network.region);
    check_listed(checks, network.provider.value, network.region);
    const Provider* provider = checks.find_provider(network.provider.value);
    if (!is_known || provider == nullptr || !checks.is_catalogued(provider->name)) continue;
    if (const json::Node* subnets =
            node_at(*checks.draft.root, {"networks", network.name, "subnets"});
        subnets != nullptr)
      for (const auto& member : subnets->members)
        check_subnet_key(checks, provider->driver.value, network.region.value, member.key,
                         member.key_span);
  }
  for (const Cluster& cluster : checks.config().clusters) {
    for (const Place& place : cluster.places) {
      if (!place.network) {  // else the network was checked
        regions.add(place.provider.value, place.region);
        check_listed(checks, place.provider.value, place.region);
      }
      check_zones(checks, place);
    }
    for (const Existing& existing : cluster.existing) {
      regions.add(existing.provider.value, existing.region);
      check_listed(checks, existing.provider.value, existing.region);
    }
  }
}

}  // namespace ccloud::config
