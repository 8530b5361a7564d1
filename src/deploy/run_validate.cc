// `validate --online`: what only the clouds can tell of a config. Regions enabled, images that
// resolve, types offered in the zones, existing networks, and quotas against what is still to be
// made.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "deploy/checks.h"
#include "deploy/look.h"
#include "deploy/resolve.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

/// The vCPUs of the type that a size became, by region and size; missing: not known.
using Cores = std::map<std::pair<std::string, std::string>, int>;

/// A fault of the config itself, at the text that asked for it.
Check fault(std::string code, std::string subject, Error error, config::Span span) {
  auto check = bad_check(std::move(subject), error);
  check.code = std::move(code);
  check.span = span;
  return check;
}

class ProviderCheck {
 public:
  ProviderCheck(Session& session, const config::Provider& entry, const plan::Desired& desired)
      : session_(session), entry_(entry) {
    for (const auto& want : desired.places)
      if (want.network.provider == entry.name) places_.push_back(&want);
    for (const auto& [key, want] : desired.networks)
      if (key.provider == entry.name && !want.is_owned()) networks_.push_back(&want);
  }

  Task<void> run(Context ctx, CheckList* into) {
    if (!co_await check_provider(ctx, session_, entry_, into)) co_return {};
    provider_ = co_await session_.provider(entry_.name);
    std::map<std::string, const plan::PlaceWant*> regions;
    std::map<std::vector<std::string>, const plan::PlaceWant*> asks;
    for (const auto* want : places_) {
      regions.emplace(want->network.region, want);
      asks.emplace(std::vector{want->network.region, want->place->image.name,
                               want->place->size.asked, join(want->zones, ",")},
                   want);
    }
    std::vector<CheckList> parts(regions.size() * 2 + asks.size() + networks_.size());
    co_await check_regions(ctx, regions, parts.data());
    std::size_t at = regions.size();
    // A region that the account has not would refuse everything else in other words.
    for (const auto& region : closed_) regions.erase(region);
    async::Group group(session_.loop());
    for (const auto& [ask, want] : asks)
      if (!closed_.contains(want->network.region))
        group.spawn(check_place(ctx, *want, &parts[at++]));
    for (const auto* want : networks_)
      if (!closed_.contains(want->key.region))
        group.spawn(check_existing(ctx, *want, &parts[at++]));
    group.spawn(look(ctx, regions));
    co_await group.join();
    async::Group quotas(session_.loop());
    for (const auto& [region, want] : regions) quotas.spawn(check_quotas(ctx, *want, &parts[at++]));
    co_await quotas.join();
    for (auto& part : parts) std::ranges::move(part, std::back_inserter(*into));
    co_return {};
  }

 private:
  Context limited(Context ctx) const { return ctx.with_timeout(session_.options().region_timeout); }

  Error at(Error error, const std::string& region) const {
    return placed(std::move(error), entry_.name, region);
  }

  /// One question for all; `into` has a list for each region.
  Task<void> check_regions(Context ctx, std::map<std::string, const plan::PlaceWant*> regions,
                           CheckList* into) {
    auto known = co_await provider_->regions(limited(ctx)).result();
    for (const auto& [region, want] : regions) {
      CheckList& list = *into++;
      const std::string subject = fmt::format("{} {}: region", entry_.name, region);
      if (!known) {
        list.push_back(bad_check(subject, at(known.error(), region)));
        list.back().span = want->place->region.span;
        continue;
      }
      const auto found = std::ranges::find(*known, region, &cloud::RegionInfo::name);
      if (found != known->end() && found->is_enabled) {
        list.push_back(good_check(subject, "enabled"));
        continue;
      }
      closed_.insert(region);
      // Some clouds do not even list a region that is not enabled.
      const bool is_there = found != known->end() ||
                            (!entry_.endpoint && catalog::builtin().has_region(
                                                     want->driver, region) == catalog::Known::yes);
      list.push_back(fault(
          "unknown-region", subject,
          at(make_error(
                 is_there ? ErrorCode::permission_denied : ErrorCode::not_found,
                 fmt::format("region {} {}", region,
                             is_there ? "is not enabled for this account" : "does not exist there"),
                 "enable it, or choose another"),
             region),
          want->place->region.span));
    }
    co_return {};
  }

  Task<void> check_place(Context ctx, const plan::PlaceWant& want, CheckList* into) {
    co_await check_image(ctx, want, into);
    co_await check_size(ctx, want, into);
    co_return {};
  }

  Task<void> check_image(Context ctx, const plan::PlaceWant& want, CheckList* into) {
    const auto& region = want.network.region;
    const std::string subject =
        fmt::format("{} {}: image {}", entry_.name, region, want.place->image.asked);
    const bool is_arm = want.arch == catalog::Arch::arm64;
    auto image = co_await provider_
                     ->resolve_image(limited(ctx), region,
                                     {want.place->image.name,
                                      is_arm ? cloud::Arch::arm64 : cloud::Arch::x86_64})
                     .result();
    if (image)
      into->push_back(good_check(subject, image->id));
    else
      add_fault(into, "unknown-image", subject, at(std::move(image.error()), region),
                want.place->image.span);
    co_return {};
  }

  Task<void> check_existing(Context ctx, const plan::NetworkWant& want, CheckList* into) {
    const std::string subject =
        fmt::format("{} {}: network {}", entry_.name, want.key.region, want.key.name);
    const auto found = co_await check_network(ctx, session_, want).result();
    if (found)
      into->push_back(good_check(subject, want.config->id->value));
    else
      add_fault(into, "unknown-network", subject, found.error(), want.config->id->span);
    co_return {};
  }

  /// What the cloud does not have is the config's fault; that it did not answer is not.
  static void add_fault(CheckList* into, std::string code, const std::string& subject,
                        const Error& error, config::Span span) {
    const bool is_fault =
        error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_argument;
    into->push_back(fault(is_fault ? std::move(code) : "online", subject, error, span));
  }

  Task<void> check_size(Context ctx, const plan::PlaceWant& want, CheckList* into) {
    const auto& region = want.network.region;
    const auto span = want.place->size.span;
    const std::string subject =
        fmt::format("{} {}: size {}", entry_.name, region, want.place->size.asked);
    auto type = co_await resolve_type(ctx, session_, want).result();
    if (!type) {
      // Where a zone does not exist, nothing is sold.
      if (co_await lacks_zone(ctx, want, into)) co_return {};
      add_fault(into, "unknown-size", subject, at(std::move(type.error()), region), span);
      co_return {};
    }
    auto offered = co_await provider_->catalogue(limited(ctx), region, {type->type}).result();
    if (!offered) {
      add_fault(into, "unknown-size", subject, at(std::move(offered.error()), region), span);
      co_return {};
    }
    const auto offer = std::ranges::find(offered->types, type->type, &cloud::TypeOffer::name);
    if (offer == offered->types.end()) {
      add_fault(
          into, "unknown-size", subject,
          at(make_error(ErrorCode::not_found, fmt::format("{} is not offered there", type->type),
                        "see: ccloud catalog sizes --online"),
             region),
          span);
      co_return {};
    }
    cores_[{region, want.place->size.asked}] = offer->vcpus;
    into->push_back(good_check(subject, type->type));
    check_zones(want, *offered, *offer, into);
    co_return {};
  }

  /// Tells the zones of the place that do not exist; false when they all do, or nobody knows.
  Task<bool> lacks_zone(Context ctx, const plan::PlaceWant& want, CheckList* into) {
    auto offered = co_await provider_->catalogue(limited(ctx), want.network.region, {}).result();
    if (!offered) co_return false;
    const auto before = into->size();
    for (std::size_t i = 0; i < want.zones.size(); ++i)
      if (!has(offered->zones, want.zones[i])) add_zone_fault(want, i, *offered, "", into);
    co_return into->size() != before;
  }

  static bool has(const std::vector<std::string>& zones, const std::string& zone) {
    return zones.empty() || std::ranges::find(zones, zone) != zones.end();
  }

  void check_zones(const plan::PlaceWant& want, const cloud::RegionCatalogue& offered,
                   const cloud::TypeOffer& offer, CheckList* into) const {
    for (std::size_t i = 0; i < want.zones.size(); ++i) {
      if (!has(offered.zones, want.zones[i]))
        add_zone_fault(want, i, offered, "", into);
      else if (!has(offer.zones, want.zones[i]))
        add_zone_fault(want, i, offered, offer.name, into);
    }
  }

  /// The zone does not exist or, with a type, does not sell it.
  void add_zone_fault(const plan::PlaceWant& want, std::size_t index,
                      const cloud::RegionCatalogue& offered, const std::string& type,
                      CheckList* into) const {
    const auto& zone = want.zones[index];
    const auto& region = want.network.region;
    const auto span =
        index < want.place->zones.size() ? want.place->zones[index].span : want.place->region.span;
    add_fault(
        into, type.empty() ? "unknown-zone" : "unknown-size",
        fmt::format("{} {}: zone {}", entry_.name, region, zone),
        at(make_error(
               ErrorCode::not_found,
               type.empty() ? fmt::format("zone {} does not exist there", zone)
                            : fmt::format("{} is not offered in {}", type, zone),
               offered.zones.empty() ? "" : fmt::format("there are {}", join(offered.zones, ", "))),
           region),
        span);
  }

  /// What the project has already needs no more of the quota.
  Task<void> look(Context ctx, std::map<std::string, const plan::PlaceWant*> regions) {
    cloud::DiscoverRequest request{.project = session_.config().project.value, .regions = {}};
    for (const auto& [region, want] : regions) request.regions.push_back(region);
    auto found = co_await provider_->discover(limited(ctx), std::move(request)).result();
    if (found) inventory_ = std::move(*found);
    co_return {};
  }

  /// Nodes of the place that are still to be made.
  std::int64_t missing(const plan::PlaceWant& want, const cloud::RegionInventory& there) const {
    const std::string prefix = fmt::format("{}-{}-", want.place->cluster, want.place->code);
    const auto have = std::ranges::count_if(there.nodes, [&](const cloud::Instance& node) {
      return node.name.starts_with(prefix) &&
             node.name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
    });
    return std::max<std::int64_t>(0, want.place->count.value - have);
  }

  /// By the quotas' names; what cannot be counted is left out.
  std::map<std::string, double> needs(const std::string& region) const {
    std::map<std::string, double> need;
    const auto there =
        std::ranges::find(inventory_.regions, region, &cloud::RegionInventory::region);
    if (there == inventory_.regions.end() || there->error) return need;
    std::set<std::string> networks;
    for (const auto* want : places_) {
      if (want->network.region != region) continue;
      const auto count = static_cast<double>(missing(*want, *there));
      need["instances"] += count;
      if (want->place->has_public_ip) need["addresses"] += count;
      if (const auto cores = cores_.find({region, want->place->size.asked}); cores != cores_.end())
        need["vcpus"] += count * cores->second;
      const bool is_ours = !want->place->network ||
                           session_.config().find_network(want->network.name) == nullptr ||
                           session_.config().find_network(want->network.name)->is_owned();
      if (is_ours && count > 0) networks.insert(want->network.name);
    }
    for (const auto& network : there->networks) networks.erase(network.name);
    need["networks"] = static_cast<double>(networks.size());
    return need;
  }

  Task<void> check_quotas(Context ctx, const plan::PlaceWant& want, CheckList* into) {
    const std::string region = want.network.region;
    auto quotas = co_await provider_->quotas(limited(ctx), region).result();
    const std::string subject = fmt::format("{} {}: quotas", entry_.name, region);
    if (!quotas) {
      auto check = bad_check(subject, at(std::move(quotas.error()), region));
      // Many accounts may make nodes but not read their quotas.
      check.state = Check::State::warning;
      check.error.reset();
      into->push_back(std::move(check));
      co_return {};
    }
    const auto need = needs(region);
    std::vector<std::string> parts;
    for (const auto& quota : *quotas)
      parts.push_back(fmt::format("{} {:g} of {:g}", quota.name, quota.used, quota.limit));
    into->push_back(good_check(subject, parts.empty() ? "none shown" : join(parts, ", ")));
    for (const auto& quota : *quotas) check_quota(quota, need, want, into);
    co_return {};
  }

  void check_quota(const cloud::Quota& quota, const std::map<std::string, double>& need,
                   const plan::PlaceWant& want, CheckList* into) const {
    const auto asked = need.find(quota.name);
    if (quota.limit < 0 || asked == need.end() || asked->second <= 0 ||
        quota.used + asked->second <= quota.limit)
      return;
    const auto& region = want.network.region;
    into->push_back(fault(
        "quota", fmt::format("{} {}: {}", entry_.name, region, quota.name),
        at(make_error(
               ErrorCode::quota_exceeded,
               fmt::format("{:g} more {} are needed, but {:g} of {:g} are left", asked->second,
                           quota.name, std::max(0.0, quota.limit - quota.used), quota.limit),
               fmt::format("ask the cloud for more {}, or lower the count", quota.name)),
           region),
        want.place->count.span));
  }

  Session& session_;
  const config::Provider& entry_;
  std::vector<const plan::PlaceWant*> places_;
  std::vector<const plan::NetworkWant*> networks_;  ///< existing ones that places are in
  cloud::Provider* provider_ = nullptr;
  Cores cores_;
  std::set<std::string> closed_;  ///< regions that are not there or not enabled
  cloud::Inventory inventory_;
};

/// The config is at fault, and nothing else is: that is what an invalid config ends with.
bool is_only_faults(const CheckResult& result) {
  bool has_fault = false;
  for (const auto& check : result.checks) {
    if (check.state != Check::State::bad) continue;
    if (check.code == "online") return false;
    has_fault = true;
  }
  return has_fault;
}

}  // namespace

Task<CheckResult> run_validate_online(Context ctx, Session& session) {
  const auto& providers = session.config().providers;
  const auto desired = plan::make_desired(session.config());
  std::vector<CheckList> parts(providers.size());
  std::vector<std::unique_ptr<ProviderCheck>> checks;
  async::Group group(session.loop());
  for (std::size_t i = 0; i < providers.size(); ++i) {
    checks.push_back(std::make_unique<ProviderCheck>(session, providers[i], desired));
    group.spawn(checks.back()->run(ctx, &parts[i]));
  }
  co_await group.join();
  auto result = gather_checks(std::move(parts));
  if (is_only_faults(result)) result.exit = Exit::config_invalid;
  co_return result;
}

}  // namespace ccloud::deploy
