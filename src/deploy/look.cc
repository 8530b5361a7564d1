// One discover call per provider; machines of `existing` clusters beside it.
#include "deploy/look.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"

namespace ccloud::deploy {
namespace {

Task<cloud::Inventory> discover(Context ctx, cloud::Provider& cloud,
                                const config::Provider& provider, std::string project,
                                cloud::Depth depth) {
  if (provider.account) co_await cloud.check(ctx);
  cloud::DiscoverRequest request;
  request.project = std::move(project);
  request.depth = depth;
  for (const auto& region : provider.regions) request.regions.push_back(region.value);
  co_return co_await cloud.discover(ctx, std::move(request));
}

Task<plan::ProviderObserved> ask(Context ctx, Session& session, const config::Provider& provider,
                                 cloud::Depth depth) {
  plan::ProviderObserved seen;
  auto opened = session.provider(provider.name);
  if (!opened) {
    seen.error = opened.error();
    co_return seen;
  }
  seen.capabilities = (*opened)->capabilities();
  const Patience patience(ctx, session.pulse(provider.name), session.options().region_timeout,
                          provider.name);
  auto found = co_await discover(patience.context(), **opened, provider,
                                 session.config().project.value, depth)
                   .result();
  if (found) {
    seen.inventory = std::move(*found);
  } else {
    seen.error = placed(std::move(found.error()), provider.name);
  }
  for (auto& region : seen.inventory.regions) {
    if (region.error) region.error = placed(std::move(*region.error), provider.name, region.region);
  }
  co_return seen;
}

Task<void> look_at(Context ctx, Session& session, const config::Provider& provider,
                   cloud::Depth depth, plan::ProviderObserved* into) {
  Event event;
  event.kind = Event::Kind::looking;
  event.provider = provider.name;
  session.emit(event);
  const auto start = ctx.now();
  *into = co_await ask(ctx, session, provider, depth);
  event.kind = Event::Kind::looked;
  event.took = ctx.now() - start;
  event.error = into->error;
  std::size_t nodes = 0;
  for (const auto& region : into->inventory.regions) nodes += region.nodes.size();
  event.message = fmt::format("{} nodes", nodes);
  session.emit(std::move(event));
  co_return {};
}

Task<std::vector<cloud::Instance>> find_existing(Context ctx, Session& session,
                                                 const config::Existing& existing) {
  auto* provider = co_await session.provider(existing.provider.value);
  const Patience patience(ctx, session.pulse(existing.provider.value),
                          session.options().region_timeout, existing.provider.value);
  co_return co_await provider->find_existing(patience.context(),
                                             {existing.region.value, existing.match});
}

/// What failed stands with its region.
Task<void> look_at_existing(Context ctx, Session& session, const config::Existing& existing,
                            plan::OfOthers* into) {
  auto found = co_await find_existing(ctx, session, existing).result();
  if (!found) {
    into->nodes.clear();
    into->error = placed(std::move(found.error()), into->provider, into->region);
    co_return {};
  }
  for (auto& instance : *found) {
    instance.cluster = existing.cluster;
    instance.region = existing.region.value;
  }
  into->nodes = std::move(*found);
  into->error.reset();
  co_return {};
}

/// In the config's order, as they stand in Observed.
std::vector<const config::Existing*> entries_of(const config::Config& config) {
  std::vector<const config::Existing*> entries;
  for (const auto& cluster : config.clusters) {
    for (const auto& existing : cluster.existing) entries.push_back(&existing);
  }
  return entries;
}

Task<void> look_and_tell(Context ctx, Session& session, const config::Provider& provider,
                         plan::Observed* into, const Looked& looked) {
  co_await look_at_provider(ctx, session, provider, into);
  if (looked) looked(provider.name, *into);
  co_return {};
}

}  // namespace

Error placed(Error error, const std::string& provider, const std::string& region) {
  if (error.provider.empty()) error.provider = provider;
  if (error.region.empty()) error.region = region;
  return error;
}

bool has_answer(const plan::Observed& observed) {
  return std::ranges::any_of(observed.providers, [](const auto& entry) {
    const plan::ProviderObserved& provider = entry.second;
    const auto& regions = provider.inventory.regions;
    const auto has_answered = [](const auto& region) {
      return !region.error || region.is_forbidden;
    };
    return !provider.error && (regions.empty() || std::ranges::any_of(regions, has_answered));
  });
}

plan::Observed nothing_observed(const config::Config& config, cloud::Depth depth,
                                bool with_existing) {
  plan::Observed observed;
  observed.depth = depth;
  for (const auto& provider : config.providers) observed.providers[provider.name];
  if (!with_existing) return observed;
  for (const auto* entry : entries_of(config)) {
    plan::OfOthers others{.cluster = entry->cluster,
                          .provider = entry->provider.value,
                          .region = entry->region.value,
                          .match = {},
                          .nodes = {},
                          .error = {}};
    for (const auto& [tag, value] : entry->match) {
      others.match += fmt::format("{}{}={}", others.match.empty() ? "" : ",", tag, value);
    }
    observed.existing.push_back(std::move(others));
  }
  return observed;
}

Task<void> look_at_provider(Context ctx, Session& session, const config::Provider& provider,
                            plan::Observed* into) {
  async::Group group(session.loop());
  group.spawn(look_at(ctx, session, provider, into->depth, &into->providers[provider.name]));
  const auto entries = entries_of(session.config());
  for (std::size_t i = 0; i < into->existing.size(); ++i) {
    if (into->existing[i].provider != provider.name) continue;
    group.spawn(look_at_existing(ctx, session, *entries[i], &into->existing[i]));
  }
  co_await group.join();
  co_return {};
}

Task<plan::Observed> look(Context ctx, Session& session, cloud::Depth depth, bool with_existing,
                          Looked looked) {
  auto observed = nothing_observed(session.config(), depth, with_existing);
  async::Group group(session.loop());
  for (const auto& provider : session.config().providers) {
    group.spawn(look_and_tell(ctx, session, provider, &observed, looked));
  }
  co_await group.join();
  plan::normalise(observed, session.config());
  co_return observed;
}

}  // namespace ccloud::deploy
