// Types by the catalogue's rule: the smallest, then cheapest, current one that meets the need.
#include "deploy/resolve.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "deploy/look.h"

namespace ccloud::deploy {
namespace {

constexpr std::size_t zones_at_most = 3;

cloud::Arch cloud_arch(catalog::Arch arch) {
  return arch == catalog::Arch::arm64 ? cloud::Arch::arm64 : cloud::Arch::x86_64;
}

/// The catalogue speaks for the public cloud, not for an endpoint of somebody's own.
bool is_offline(const Session& session, const plan::PlaceWant& want) {
  const auto* provider = session.config().find_provider(want.network.provider);
  const bool has_endpoint = provider != nullptr && provider->endpoint.has_value();
  return !has_endpoint && catalog::builtin().knows(want.driver);
}

std::vector<std::string> full_zones(const plan::PlaceWant& want,
                                    const std::vector<std::string>& zones) {
  std::vector<std::string> full;
  for (const auto& zone : zones) {
    full.push_back(catalog::full_zone(want.driver, want.network.region, zone));
  }
  return full;
}

std::vector<std::string> short_zones(const plan::PlaceWant& want) {
  std::vector<std::string> names;
  for (const auto& zone : want.usable_zones()) {
    names.push_back(catalog::short_zone(want.driver, want.network.region, zone));
  }
  return names;
}

/// In order of name; what the place may not use is left out, and what is too many.
std::vector<std::string> chosen_zones(const plan::PlaceWant& want, std::vector<std::string> zones) {
  const auto& usable = want.usable_zones();
  std::erase_if(zones, [&](const auto& zone) {
    return !usable.empty() && std::ranges::find(usable, zone) == usable.end();
  });
  std::ranges::sort(zones);
  if (zones.size() > zones_at_most) zones.resize(zones_at_most);
  return zones;
}

std::string line_of(const catalog::Candidate& candidate) {
  return fmt::format("{}: {}", candidate.type->name, candidate.why);
}

Result<plan::Resolution> resolve_offline(const plan::PlaceWant& want) {
  const auto& catalog = catalog::builtin();
  const auto& region = want.network.region;
  plan::Resolution resolution;
  if (want.place->size.type) {
    resolution.type = *want.place->size.type;
    const auto* type = catalog.find_type(want.driver, resolution.type);
    for (const auto& zone : catalog.zones(want.driver, region)) {
      const bool is_offered =
          type == nullptr || catalog.offered(*type, region, zone) != catalog::Known::no;
      if (is_offered) resolution.zones.push_back(zone);
    }
  } else {
    const auto& need = *want.place->size.requirement;
    const auto zones = short_zones(want);
    auto found = catalog.resolve_size(want.driver, region, zones,
                                      {.cpu = need.cpu.value,
                                       .memory_mib = need.memory_mib.value,
                                       .arch = want.arch,
                                       .burstable = need.is_burstable});
    if (!found) return std::move(found.error());
    resolution.type = std::string(found->chosen.type->name);
    resolution.type_why = found->why;
    for (const auto& next : found->next) resolution.next_types.push_back(line_of(next));
    resolution.zones = found->zones;
  }
  resolution.zones = chosen_zones(want, full_zones(want, resolution.zones));
  return resolution;
}

bool offers_all(const cloud::TypeOffer& offer, const std::vector<std::string>& zones) {
  return offer.zones.empty() || std::ranges::all_of(zones, [&](const std::string& zone) {
           return std::ranges::find(offer.zones, zone) != offer.zones.end();
         });
}

/// The cloud's own list, by the same rule without prices.
Result<plan::Resolution> choose_online(const plan::PlaceWant& want,
                                       const cloud::RegionCatalogue& catalogue) {
  const auto& size = want.place->size;
  std::vector<const cloud::TypeOffer*> fitting;
  for (const auto& offer : catalogue.types) {
    if (size.type) {
      if (offer.name == *size.type) fitting.push_back(&offer);
      continue;
    }
    const auto& need = *size.requirement;
    const bool has_arch =
        std::ranges::find(offer.archs, cloud_arch(want.arch)) != offer.archs.end();
    if (offer.vcpus >= need.cpu.value && offer.memory_mib >= need.memory_mib.value && has_arch &&
        offer.is_current && (need.is_burstable || !offer.is_burstable) &&
        offers_all(offer, want.usable_zones())) {
      fitting.push_back(&offer);
    }
  }
  if (fitting.empty()) {
    return make_error(ErrorCode::not_found,
                      fmt::format("{} offers no type for size {} in {}", want.network.provider,
                                  size.asked, want.network.region),
                      "see: ccloud catalog sizes --online");
  }
  std::ranges::sort(fitting, {}, [](const cloud::TypeOffer* offer) {
    return std::tuple(offer->vcpus, offer->memory_mib, !offer->is_burstable, offer->name);
  });
  const auto line = [](const cloud::TypeOffer* offer) {
    return fmt::format("{}: {} vCPU, {} MiB", offer->name, offer->vcpus, offer->memory_mib);
  };
  plan::Resolution resolution;
  resolution.type = fitting.front()->name;
  if (!size.type) {
    resolution.type_why =
        fmt::format("the smallest of {} that meet size {}, as the cloud lists them: {}",
                    fitting.size(), size.asked, line(fitting.front()));
    for (std::size_t i = 1; i < std::min<std::size_t>(3, fitting.size()); ++i) {
      resolution.next_types.push_back(line(fitting[i]));
    }
  }
  const auto& offered = fitting.front()->zones;
  resolution.zones = chosen_zones(want, offered.empty() ? catalogue.zones : offered);
  return resolution;
}

/// One image for all places that ask for the same one.
using ImageKey = std::tuple<std::string, std::string, std::string, cloud::Arch>;

ImageKey image_key(const plan::PlaceWant& want) {
  return {want.network.provider, want.network.region, want.place->image.name,
          cloud_arch(want.arch)};
}

Task<void> resolve_image(Context ctx, Session& session, ImageKey key,
                         std::optional<Result<cloud::Image>>* into) {
  const auto& [provider_name, region, reference, arch] = key;
  auto provider = session.provider(provider_name);
  if (!provider) {
    into->emplace(provider.error());
    co_return {};
  }
  auto image = co_await (*provider)
                   ->resolve_image(ctx.with_timeout(session.options().region_timeout), region,
                                   {reference, arch})
                   .result();
  if (!image) image = Result<cloud::Image>(placed(std::move(image.error()), provider_name, region));
  into->emplace(std::move(image));
  co_return {};
}

Result<plan::Resolution> about(const plan::PlaceWant& want, Error error) {
  return with_context(std::move(error),
                      fmt::format("cluster {} in {}", want.cluster->name, want.place->code));
}

Task<void> resolve_one(Context ctx, Session& session, const plan::PlaceWant& want,
                       std::optional<Result<plan::Resolution>>* into) {
  auto resolved = co_await resolve_type(ctx, session, want).result();
  if (!resolved) {
    resolved = about(
        want, placed(std::move(resolved.error()), want.network.provider, want.network.region));
  }
  into->emplace(std::move(resolved));
  co_return {};
}

Task<void> look_for_network(Context ctx, Session& session, const plan::NetworkWant& want,
                            Result<void>* into) {
  *into = co_await check_network(ctx, session, want).result();
  co_return {};
}

/// Where the offline data does not know the zones and subnets belong to zones, the cloud is asked.
Task<std::vector<std::string>> zones_that_offer(Context ctx, cloud::Provider& provider,
                                                const plan::PlaceWant& want, std::string type) {
  const auto catalogue = co_await provider.catalogue(ctx, want.network.region, {type});
  auto zones = catalogue.zones;
  for (const auto& offer : catalogue.types) {
    if (offer.name == type && !offer.zones.empty()) zones = offer.zones;
  }
  co_return chosen_zones(want, std::move(zones));
}

}  // namespace

Task<plan::Resolution> resolve_type(Context ctx, Session& session, const plan::PlaceWant& want) {
  auto* provider = co_await session.provider(want.network.provider);
  plan::Resolution resolution;
  if (is_offline(session, want)) {
    resolution = co_await resolve_offline(want);
  } else {
    std::vector<std::string> types;
    if (want.place->size.type) types.push_back(*want.place->size.type);
    const auto catalogue = co_await provider->catalogue(
        ctx.with_timeout(session.options().region_timeout), want.network.region, std::move(types));
    resolution = co_await choose_online(want, catalogue);
  }
  const auto& can = provider->capabilities();
  if (!want.zones.empty()) {
    resolution.zones = want.zones;
  } else if (resolution.zones.empty() && can.has_zones && !can.has_regional_subnets) {
    resolution.zones = co_await zones_that_offer(ctx.with_timeout(session.options().region_timeout),
                                                 *provider, want, resolution.type);
  }
  if (!can.has_zones) resolution.zones.clear();
  co_return resolution;
}

Task<void> check_network(Context ctx, Session& session, const plan::NetworkWant& want) {
  if (want.is_owned()) co_return {};
  auto* provider = co_await session.provider(want.key.provider);
  const auto found =
      co_await provider
          ->choose_network(ctx.with_timeout(session.options().region_timeout), want.spec())
          .result();
  if (!found) co_return placed(found.error(), want.key.provider, want.key.region);
  co_return {};
}

Task<plan::Resolutions> resolve(Context ctx, Session& session, std::vector<std::string> places) {
  plan::Resolutions resolutions;
  if (places.empty()) co_return resolutions;
  Event event;
  event.kind = Event::Kind::resolving;
  event.message = fmt::format("{} places", places.size());
  session.emit(std::move(event));
  const auto desired = plan::make_desired(session.config());
  std::map<ImageKey, std::optional<Result<cloud::Image>>> images;
  std::map<const plan::PlaceWant*, std::optional<Result<plan::Resolution>>> types;
  std::map<plan::NetworkKey, Result<void>> networks;
  for (const auto& want : desired.places) {
    if (std::ranges::find(places, want.id()) == places.end()) continue;
    images[image_key(want)];
    types[&want];
    networks[want.network];
  }
  async::Group group(session.loop());
  for (auto& [key, into] : images) group.spawn(resolve_image(ctx, session, key, &into));
  for (auto& [want, into] : types) group.spawn(resolve_one(ctx, session, *want, &into));
  for (auto& [key, into] : networks) {
    group.spawn(look_for_network(ctx, session, desired.networks.at(key), &into));
  }
  co_await group.join();
  for (auto& [want, type] : types) {
    const auto& image = *images.at(image_key(*want));
    const auto& network = networks.at(want->network);
    Result<plan::Resolution> resolution = std::move(*type);
    if (resolution && !image) resolution = about(*want, image.error());
    if (resolution && !network) resolution = about(*want, network.error());
    if (resolution) resolution->image = *image;
    resolutions.emplace(want->id(), std::move(resolution));
  }
  co_return resolutions;
}

}  // namespace ccloud::deploy
