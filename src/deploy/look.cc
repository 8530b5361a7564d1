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

Task<void> look_at(Context ctx, Session& session, const config::Provider& provider,
                   cloud::Depth depth, plan::ProviderObserved* into) {
  Event event;
  event.kind = Event::Kind::looking;
  event.provider = provider.name;
  session.emit(event);
  const auto start = ctx.now();
  auto opened = session.provider(provider.name);
  if (!opened) {
    into->error = opened.error();
  } else {
    into->capabilities = (*opened)->capabilities();
    const Patience patience(ctx, session.pulse(provider.name), session.options().region_timeout,
                            provider.name);
    auto found = co_await discover(patience.context(), **opened, provider,
                                   session.config().project.value, depth)
                     .result();
    if (found) {
      into->inventory = std::move(*found);
    } else {
      into->error = placed(std::move(found.error()), provider.name);
    }
  }
  event.kind = Event::Kind::looked;
  event.took = ctx.now() - start;
  event.error = into->error;
  std::size_t nodes = 0;
  for (auto& region : into->inventory.regions) {
    nodes += region.nodes.size();
    if (region.error) region.error = placed(std::move(*region.error), provider.name, region.region);
  }
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
    into->error = placed(std::move(found.error()), into->provider, into->region);
    co_return {};
  }
  for (auto& instance : *found) {
    instance.cluster = existing.cluster;
    instance.region = existing.region.value;
  }
  into->nodes = std::move(*found);
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

Task<plan::Observed> look(Context ctx, Session& session, cloud::Depth depth, bool with_existing) {
  plan::Observed observed;
  observed.depth = depth;
  async::Group group(session.loop());
  for (const auto& provider : session.config().providers) {
    group.spawn(look_at(ctx, session, provider, depth, &observed.providers[provider.name]));
  }
  std::vector<const config::Existing*> entries;
  for (const auto& cluster : session.config().clusters) {
    for (const auto& existing : cluster.existing) {
      if (with_existing) entries.push_back(&existing);
    }
  }
  observed.existing.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& into = observed.existing[i];
    into.cluster = entries[i]->cluster;
    into.provider = entries[i]->provider.value;
    into.region = entries[i]->region.value;
    for (const auto& [tag, value] : entries[i]->match) {
      into.match += fmt::format("{}{}={}", into.match.empty() ? "" : ",", tag, value);
    }
    group.spawn(look_at_existing(ctx, session, *entries[i], &into));
  }
  co_await group.join();
  plan::normalise(observed);
  co_return observed;
}

}  // namespace ccloud::deploy
