// From a requirement to a type: what may be chosen at all, and one strict order over it. Pure and
// deterministic: the same data and question give the same answer on every machine.
#include <algorithm>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/data.h"
#include "catalog/rules.h"

namespace ccloud::catalog {

namespace {

std::string show_memory(std::int64_t mib) {
  return mib % 1024 == 0 ? fmt::format("{} GiB", mib / 1024)
                         : fmt::format("{:g} GiB", static_cast<double>(mib) / 1024);
}

std::string show_need(const SizeRequirement& need) {
  return fmt::format("{} vCPU, {}, {}{}", need.cpu, show_memory(need.memory_mib),
                     to_string(need.arch), need.burstable ? ", burstable" : "");
}

bool meets(const Type& type, const SizeRequirement& need) {
  return type.has(need.arch) && type.vcpus >= need.cpu && type.memory_mib >= need.memory_mib &&
         (need.burstable || !type.burstable);
}

int oddness(const Type& type) {
  if (type.type_class == TypeClass::exotic) return 2;
  return type.type_class == TypeClass::storage ? 1 : 0;
}

int age(const Type& type) { return type.retired ? 2 : type.current ? 0 : 1; }

/// Everything that is compared, the weightiest first; the smallest key wins. The last is the place
/// in the data: general-purpose and widespread families stand first there.
using Key =
    std::tuple<int, int, int, int, int, std::uint16_t, std::uint32_t, int, double, std::uint16_t>;

struct Ranked {
  Key key;
  const Type* type;
  std::optional<double> price;
  unsigned zone_bits;
};

/// Where the machines shall stand, and how widely a type is sold there.
struct Place {
  const DriverData& data;
  const Region& region;
  const Region* usual;  ///< where most prices are known
  std::vector<std::string> known_zones;
  unsigned asked_bits = 0;  ///< of known_zones; 0 when no zones were asked for

  int spread(const Offer& offer) const {
    if (offer.sold != Sold::zones) return 0;
    if (asked_bits != 0) return (offer.zone_bits & asked_bits) == asked_bits ? 0 : 1;
    const int wanted = std::min<int>(3, static_cast<int>(known_zones.size()));
    return __builtin_popcount(offer.zone_bits) >= wanted ? 0 : 1;
  }

  /// What the type costs elsewhere, so that unknown prices are still in order among themselves.
  double usual_price(const Type& type) const {
    const auto usd = usual != nullptr ? price_at(data, type, *usual) : std::nullopt;
    return usd.value_or(std::numeric_limits<double>::max());
  }
};

/// The best three and how many ordinary current types were weighed.
struct Ranking {
  std::vector<Ranked> best;
  std::size_t ordinary = 0;

  void add(const Ranked& candidate) {
    const auto at = std::ranges::upper_bound(best, candidate.key, {}, &Ranked::key);
    if (at == best.end() && best.size() == 3) return;
    best.insert(at, candidate);
    if (best.size() > 3) best.pop_back();
  }
};

/// 0: surely or very likely sold there; 1: the sources do not tell.
int doubt(const DriverData& data, const Offer& offer, const Type& type) {
  return offer.sold != Sold::unknown || widely_sold(data, type) ? 0 : 1;
}

Ranking rank(const Place& place, const SizeRequirement& need) {
  Ranking ranking;
  for (const auto& type : place.data.types) {
    if (!meets(type, need)) continue;
    const auto offer = offer_at(place.data, type, place.region);
    if (offer.sold == Sold::no) continue;
    if (type.current && oddness(type) == 0) ++ranking.ordinary;
    const auto usd = price_at(place.data, type, place.region);
    const int wrong_kind = need.burstable && !type.burstable ? 1 : 0;
    ranking.add({{oddness(type), age(type), wrong_kind, doubt(place.data, offer, type),
                  place.spread(offer), type.vcpus, type.memory_mib, usd ? 0 : 1,
                  usd ? *usd : place.usual_price(type), type.index},
                 &type,
                 usd,
                 offer.zone_bits});
  }
  return ranking;
}

std::string describe(const Type& type, const std::optional<double>& price) {
  auto text = fmt::format("{} vCPU, {}, {}", type.vcpus, show_memory(type.memory_mib),
                          to_string(type.type_class));
  if (type.burstable) text += ", burstable";
  if (type.retired) {
    text += ", retired";
  } else if (!type.current) {
    text += ", previous generation";
  }
  text += price ? fmt::format(", {:.4f} USD/h", *price) : ", price unknown";
  return text;
}

std::vector<std::string> chosen_zones(const Place& place, unsigned bits) {
  std::vector<std::string> zones;
  for (std::size_t i = 0; i < place.known_zones.size() && zones.size() < 3; ++i) {
    if (bits == 0 || (bits >> i & 1U) != 0) zones.push_back(place.known_zones[i]);
  }
  return zones;
}

std::string date_of(std::span<const DataSet> sets, std::string_view what) {
  for (const auto& set : sets) {
    if (set.what == what) return std::string(set.date);
  }
  return "unknown";
}

std::string reason(const DriverData& data, std::string_view region, const SizeRequirement& need,
                   const Ranking& ranking, const Candidate& chosen) {
  if (ranking.ordinary == 0) {
    return fmt::format("{} asked in {}: no ordinary current type meets it, the nearest is {}",
                       show_need(need), region, chosen.why);
  }
  return fmt::format(
      "{} asked in {}: the smallest, then cheapest of {} current types (data of {}{})",
      show_need(need), region, ranking.ordinary, date_of(data.sets, "types"),
      chosen.usd_per_hour ? ", prices of " + date_of(data.sets, "prices") : "");
}

Candidate candidate(const Ranked& ranked) {
  return {ranked.type, ranked.price, describe(*ranked.type, ranked.price)};
}

Error nothing_meets(const Catalog& catalog, Driver driver, std::string_view region,
                    const SizeRequirement& need) {
  const Type* largest = nullptr;
  for (const auto* type : catalog.types(driver, region)) {
    if (!type->has(need.arch) || !type->current || oddness(*type) != 0) continue;
    const auto size = [](const Type* t) { return std::pair{t->vcpus, t->memory_mib}; };
    if (largest == nullptr || size(type) > size(largest)) largest = type;
  }
  auto remedy =
      largest == nullptr
          ? fmt::format("{} has no current {} type there", to_string(driver), to_string(need.arch))
          : fmt::format("the largest ordinary one is {} ({} vCPU, {})", largest->name,
                        largest->vcpus, show_memory(largest->memory_mib));
  return make_error(
      ErrorCode::not_found,
      fmt::format("no type of {} in {} has {}", to_string(driver), region, show_need(need)),
      std::move(remedy));
}

}  // namespace

std::string Catalog::unmet(const Type& type, const SizeRequirement& need) const {
  std::vector<std::string> lacks;
  if (!type.has(need.arch)) {
    lacks.push_back(
        fmt::format("is {}, not {}", type.arm64 ? "arm64" : "x86_64", to_string(need.arch)));
  }
  if (type.vcpus < need.cpu)
    lacks.push_back(fmt::format("has {} of {} vCPU", type.vcpus, need.cpu));
  if (type.memory_mib < need.memory_mib) {
    lacks.push_back(
        fmt::format("has {} of {}", show_memory(type.memory_mib), show_memory(need.memory_mib)));
  }
  if (type.burstable && !need.burstable) lacks.emplace_back("is burstable");
  return join(lacks, ", ");
}

Result<Resolution> Catalog::resolve_size(Driver driver, std::string_view region_name,
                                         std::span<const std::string> zone_names,
                                         const SizeRequirement& need) const {
  if (!knows(driver)) {
    return make_error(ErrorCode::unavailable,
                      fmt::format("{} has no offline catalogue", to_string(driver)),
                      "sizes are resolved against the cloud itself");
  }
  const auto* region = find_region(driver, region_name);
  if (region == nullptr) {
    return make_error(ErrorCode::not_found, fmt::format("region \"{}\" does not exist on {}",
                                                        region_name, to_string(driver)));
  }
  const auto& d = data(driver);
  Place place{d, *region, find_region(driver, rules(driver).priced_region),
              zones(driver, region->name), 0};
  Resolution result;
  for (const auto& zone : zone_names) {
    result.zones.push_back(short_zone(driver, region->name, zone));
    const auto at = std::ranges::find(place.known_zones, result.zones.back());
    if (at != place.known_zones.end()) place.asked_bits |= 1U << (at - place.known_zones.begin());
  }
  const auto ranking = rank(place, need);
  if (ranking.best.empty()) return nothing_meets(*this, driver, region->name, need);
  const auto& best = ranking.best;
  result.chosen = candidate(best.front());
  for (std::size_t i = 1; i < best.size(); ++i) result.next.push_back(candidate(best[i]));
  if (zone_names.empty()) result.zones = chosen_zones(place, best.front().zone_bits);
  result.why = reason(d, region->name, need, ranking, result.chosen);
  return result;
}

}  // namespace ccloud::catalog
