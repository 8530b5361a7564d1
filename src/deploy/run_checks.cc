// `doctor` and `validate --online`: what can be known of the clouds without changing them.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "deploy/look.h"
#include "deploy/resolve.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

using Checks = std::vector<Check>;

Check good(std::string subject, std::string message) {
  Check check;
  check.subject = std::move(subject);
  check.message = std::move(message);
  return check;
}

Check bad(std::string subject, const Error& error) {
  Check check;
  check.subject = std::move(subject);
  check.state = Check::State::bad;
  check.message = error.message;
  check.remedy = error.remedy;
  check.error = error;
  return check;
}

/// Credentials, account, reachability. True: there is more to ask.
Task<bool> check_provider(Context ctx, Session& session, const config::Provider& entry,
                          Checks* into) {
  const std::string subject = entry.name + ": credentials";
  auto opened = session.provider(entry.name);
  if (!opened) {
    into->push_back(bad(subject, opened.error()));
    into->back().span = entry.span;
    co_return false;
  }
  const auto start = ctx.now();
  auto account =
      co_await (*opened)->check(ctx.with_timeout(session.options().region_timeout)).result();
  if (!account) {
    into->push_back(bad(subject, placed(std::move(account.error()), entry.name)));
    into->back().span = entry.span;
    co_return false;
  }
  const auto took = ctx.now() - start;
  std::string message = "account " + account->id;
  if (!account->name.empty()) message += " as " + account->name;
  into->push_back(good(subject, std::move(message)));
  into->back().seconds = std::chrono::duration<double>(took).count();
  co_return true;
}

Task<void> doctor_provider(Context ctx, Session& session, const config::Provider& entry,
                           Checks* into) {
  if (!co_await check_provider(ctx, session, entry, into)) co_return {};
  auto* provider = co_await session.provider(entry.name);
  auto regions =
      co_await provider->regions(ctx.with_timeout(session.options().region_timeout)).result();
  if (!regions) {
    into->push_back(bad(entry.name + ": regions", placed(std::move(regions.error()), entry.name)));
    co_return {};
  }
  const auto enabled = std::ranges::count_if(
      *regions, [](const cloud::RegionInfo& region) { return region.is_enabled; });
  into->push_back(
      good(entry.name + ": regions",
           fmt::format("{} of {} are enabled for this account", enabled, regions->size())));
  co_return {};
}

Check check_clock(Context ctx) {
  // Long before this program was written: signatures would be refused everywhere.
  const auto now = format_time(ctx.wall_now());
  if (now >= "2025-01-01") return good("clock", now);
  auto check = good("clock", "this machine believes that it is " + now);
  check.state = Check::State::bad;
  check.remedy = "set the clock: clouds refuse signatures that are minutes off";
  return check;
}

Check check_journal(Session& session) {
  if (session.tools().journal != nullptr) return good("journal", "it can be written");
  auto check = good("journal", "runs are not recorded");
  check.state = Check::State::warning;
  check.remedy = "set XDG_STATE_HOME to a folder that you may write to";
  return check;
}

CheckResult finish(std::vector<Checks> parts) {
  CheckResult result;
  std::vector<Error> errors;
  bool has_good = false;
  for (auto& part : parts) {
    for (auto& check : part) {
      if (check.error) errors.push_back(*check.error);
      has_good |= check.error == std::nullopt && check.subject.find(':') != std::string::npos;
      result.checks.push_back(std::move(check));
    }
  }
  result.exit = exit_of(errors, has_good);
  return result;
}

// --- validate --online ---

Task<void> check_region(Context ctx, Session& session, const plan::PlaceWant& want, Checks* into) {
  const auto& key = want.network;
  const std::string subject = fmt::format("{} {}: region", key.provider, key.region);
  auto* provider = co_await session.provider(key.provider);
  auto regions =
      co_await provider->regions(ctx.with_timeout(session.options().region_timeout)).result();
  if (!regions) {
    into->push_back(bad(subject, placed(std::move(regions.error()), key.provider, key.region)));
    co_return {};
  }
  const auto found = std::ranges::find(*regions, key.region, &cloud::RegionInfo::name);
  if (found == regions->end() || !found->is_enabled) {
    into->push_back(bad(
        subject,
        placed(make_error(
                   found == regions->end() ? ErrorCode::not_found : ErrorCode::permission_denied,
                   fmt::format("region {} {}", key.region,
                               found == regions->end() ? "does not exist there"
                                                       : "is not enabled for this account"),
                   "enable it, or choose another"),
               key.provider, key.region)));
  } else {
    into->push_back(good(subject, "enabled"));
  }
  into->back().span = want.place->region.span;
  co_return {};
}

Task<void> check_place(Context ctx, Session& session, const plan::PlaceWant& want, Checks* into) {
  const auto& key = want.network;
  const std::string where = fmt::format("{} {}", key.provider, key.region);
  auto* provider = co_await session.provider(key.provider);
  const auto timeout = session.options().region_timeout;
  auto image = co_await provider
                   ->resolve_image(ctx.with_timeout(timeout), key.region,
                                   {want.place->image.name, want.arch == catalog::Arch::arm64
                                                                ? cloud::Arch::arm64
                                                                : cloud::Arch::x86_64})
                   .result();
  const std::string about_image = fmt::format("{}: image {}", where, want.place->image.asked);
  into->push_back(
      image ? good(about_image, image->id)
            : bad(about_image, placed(std::move(image.error()), key.provider, key.region)));
  into->back().span = want.place->image.span;
  const std::string about_size = fmt::format("{}: size {}", where, want.place->size.asked);
  auto type = co_await resolve_type(ctx, session, want).result();
  if (!type) {
    into->push_back(bad(about_size, placed(std::move(type.error()), key.provider, key.region)));
    into->back().span = want.place->size.span;
    co_return {};
  }
  auto offered =
      co_await provider->catalogue(ctx.with_timeout(timeout), key.region, {type->type}).result();
  if (!offered) {
    into->push_back(bad(about_size, placed(std::move(offered.error()), key.provider, key.region)));
  } else {
    const bool is_there = std::ranges::any_of(
        offered->types, [&](const cloud::TypeOffer& offer) { return offer.name == type->type; });
    into->push_back(
        is_there
            ? good(about_size, type->type)
            : bad(about_size, placed(make_error(ErrorCode::not_found,
                                                fmt::format("{} is not offered there", type->type),
                                                "see: ccloud catalog sizes --online"),
                                     key.provider, key.region)));
  }
  into->back().span = want.place->size.span;
  co_return {};
}

Task<void> check_quotas(Context ctx, Session& session, std::string name, std::string region,
                        Checks* into) {
  auto* provider = co_await session.provider(name);
  auto quotas =
      co_await provider->quotas(ctx.with_timeout(session.options().region_timeout), region)
          .result();
  const std::string subject = fmt::format("{} {}: quotas", name, region);
  if (!quotas) {
    auto check = bad(subject, placed(std::move(quotas.error()), name, region));
    // Many accounts may make nodes but not read their quotas.
    check.state = Check::State::warning;
    check.error.reset();
    into->push_back(std::move(check));
    co_return {};
  }
  std::vector<std::string> parts;
  for (const auto& quota : *quotas) {
    parts.push_back(fmt::format("{} {:g} of {:g}", quota.name, quota.used, quota.limit));
  }
  into->push_back(good(subject, parts.empty() ? "none shown" : join(parts, ", ")));
  for (const auto& quota : *quotas) {
    if (quota.limit > 0 && quota.used >= quota.limit) {
      into->back().state = Check::State::warning;
      into->back().remedy = fmt::format("ask the cloud for more {}", quota.name);
    }
  }
  co_return {};
}

Task<void> validate_provider(Context ctx, Session& session, const config::Provider& entry,
                             const plan::Desired* desired, Checks* into) {
  if (!co_await check_provider(ctx, session, entry, into)) co_return {};
  std::map<std::string, const plan::PlaceWant*> regions;
  std::map<std::tuple<std::string, std::string, std::string>, const plan::PlaceWant*> asks;
  for (const auto& want : desired->places) {
    if (want.network.provider != entry.name) continue;
    regions.emplace(want.network.region, &want);
    asks.emplace(std::tuple(want.network.region, want.place->image.name, want.place->size.asked),
                 &want);
  }
  std::vector<Checks> parts(regions.size() * 2 + asks.size());
  std::size_t at = 0;
  async::Group group(session.loop());
  for (const auto& [region, want] : regions) {
    group.spawn(check_region(ctx, session, *want, &parts[at++]));
  }
  for (const auto& [ask, want] : asks) {
    group.spawn(check_place(ctx, session, *want, &parts[at++]));
  }
  for (const auto& [region, want] : regions) {
    group.spawn(check_quotas(ctx, session, entry.name, region, &parts[at++]));
  }
  co_await group.join();
  for (auto& part : parts) std::ranges::move(part, std::back_inserter(*into));
  co_return {};
}

}  // namespace

Task<CheckResult> run_doctor(Context ctx, Session& session) {
  const auto& providers = session.config().providers;
  std::vector<Checks> parts(providers.size() + 1);
  parts.front().push_back(check_clock(ctx));
  parts.front().push_back(check_journal(session));
  async::Group group(session.loop());
  for (std::size_t i = 0; i < providers.size(); ++i) {
    group.spawn(doctor_provider(ctx, session, providers[i], &parts[i + 1]));
  }
  co_await group.join();
  co_return finish(std::move(parts));
}

Task<CheckResult> run_validate_online(Context ctx, Session& session) {
  const auto& providers = session.config().providers;
  const auto desired = plan::make_desired(session.config());
  std::vector<Checks> parts(providers.size());
  async::Group group(session.loop());
  for (std::size_t i = 0; i < providers.size(); ++i) {
    group.spawn(validate_provider(ctx, session, providers[i], &desired, &parts[i]));
  }
  co_await group.join();
  co_return finish(std::move(parts));
}

}  // namespace ccloud::deploy
