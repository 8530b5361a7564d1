// One discover call per provider; machines of `existing` clusters beside it.
#include "deploy/look.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"

namespace ccloud::deploy {
namespace {

/// A deadline of ours that passed says what it was for.
Error explain(Error error, const config::Provider& provider, async::Duration timeout) {
  if (error.code == ErrorCode::timed_out && error.message.find("answer") == std::string::npos) {
    error.message =
        fmt::format("{} did not answer within {}", provider.name, format_duration(timeout));
    if (error.remedy.empty()) {
      error.remedy = "check the network, or allow more with --timeout";
    }
  }
  return placed(std::move(error), provider.name);
}

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
    const auto timeout = session.options().region_timeout;
    auto found = co_await discover(ctx.with_timeout(timeout), **opened, provider,
                                   session.config().project.value, depth)
                     .result();
    if (found) {
      into->inventory = std::move(*found);
    } else {
      into->error = explain(std::move(found.error()), provider, timeout);
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

Task<void> look_at_existing(Context ctx, Session& session, const config::Existing& existing,
                            std::vector<cloud::Instance>* into) {
  auto* provider = co_await session.provider(existing.provider.value);
  auto found = co_await provider->find_existing(ctx.with_timeout(session.options().region_timeout),
                                                {existing.region.value, existing.match});
  for (auto& instance : found) {
    instance.cluster = existing.cluster;
    instance.region = existing.region.value;
    into->push_back(std::move(instance));
  }
  co_return {};
}

/// What failed stands with its region, as any other failure there.
Task<void> add_existing(Context ctx, Session& session, const config::Existing& existing,
                        plan::Observed* observed) {
  auto& into = observed->existing[existing.cluster];
  auto done = co_await look_at_existing(ctx, session, existing, &into).result();
  if (done) co_return {};
  auto error = placed(std::move(done.error()), existing.provider.value, existing.region.value);
  observed->existing_errors.push_back(std::move(error));
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
  if (with_existing) {
    for (const auto& cluster : session.config().clusters) {
      for (const auto& existing : cluster.existing) {
        group.spawn(add_existing(ctx, session, existing, &observed));
      }
    }
  }
  co_await group.join();
  plan::normalise(observed);
  co_return observed;
}

}  // namespace ccloud::deploy
