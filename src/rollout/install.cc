// Installing a service on nodes that lack it, and one look at how the services are.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "rollout/driver.h"
#include "rollout/health.h"
#include "rollout/look.h"

namespace ccloud::rollout {

namespace {

/// The version that most healthy nodes of the place run; empty when none does.
std::string most_common(const std::vector<Seen>& seen, const std::vector<bool>& is_healthy,
                        const std::string& place) {
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].spot.node.place != place || lacks(seen[i].spot.facts)) continue;
    if (is_healthy[i]) ++counts[seen[i].spot.facts.version];
  }
  std::string best;
  for (const auto& [version, count] : counts) {
    if (best.empty() || count > counts[best]) best = version;
  }
  return best;
}

bool has_secrets(const config::Service& service) {
  return std::ranges::any_of(service.env, [](const auto& variable) {
    return std::holds_alternative<config::SecretRef>(variable.second);
  });
}

Task<void> ask_one(Context ctx, const Tools* tools, const config::Service* service,
                   const Seen* seen, Probe* probe) {
  probe->node = seen->spot.node.name;
  probe->health = "unknown";
  if (seen->error) {
    probe->text = seen->error->message;
    co_return {};
  }
  probe->is_reachable = true;
  probe->version = seen->spot.facts.version;
  const auto health = health_of(seen->spot, *service);
  if (!health) co_return {};
  const auto answer = co_await ask_health(ctx, *tools->shell, seen->spot.node, *health);
  probe->health = answer.is_healthy ? "healthy" : "unhealthy";
  // What the service says may hold a secret, and a look resolves none, so it cannot be masked.
  probe->text = has_secrets(*service) ? answer.kind : answer.text;
  co_return {};
}

Task<std::vector<Probe>> probe_seen(Context ctx, const Tools* tools, const config::Service* service,
                                    const std::vector<Seen>* seen) {
  std::vector<Probe> probes(seen->size());
  co_await for_each(ctx, seen->size(), tools->width, [&](std::size_t i) {
    return ask_one(ctx, tools, service, &(*seen)[i], &probes[i]);
  });
  co_return probes;
}

/// Which version this node gets, or why none.
Result<std::string> version_for(const config::Service& service, const std::vector<Seen>& seen,
                                const std::vector<bool>& is_healthy, const InstallOptions& options,
                                const Spot& spot) {
  auto common = most_common(seen, is_healthy, spot.node.place);
  if (const auto ran = options.ran.find(spot.node.place);
      common.empty() && ran != options.ran.end()) {
    common = ran->second;
  }
  const auto& wanted = service.version.value;
  const auto version = common.empty() ? wanted : common;
  if (common.empty() && is_held(seen, version)) {
    return make_error(
        ErrorCode::conflict,
        fmt::format("version {} of {} failed before and is held", version, service.name),
        "try it again with `ccloud update --retry`, or set another version");
  }
  const auto& artifact = service.artifact;
  if (version != wanted && artifact &&
      (artifact->path + artifact->url).find("{version}") == std::string::npos) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} runs {} in {}, and the artifact of that version cannot be "
                                  "found: its path has no {{version}}",
                                  service.name, version, spot.node.place),
                      "put {version} into the artifact's path, or run `ccloud update` first");
  }
  return version;
}

struct Shared {
  Tools tools{};
  const config::Service* service = nullptr;
  std::function<void(const Installed&)> told{};
  std::map<std::string, std::shared_ptr<Result<Release>>> releases{};  // by version
};

Task<void> install_one(Context ctx, Shared* shared, Spot spot, std::string version,
                       Installed* outcome) {
  auto job = std::make_shared<Job>();
  job->tools = shared->tools;
  job->service = shared->service;
  job->command = "install";
  job->owner = {.epoch = spot.facts.epoch + 1, .rollout = shared->tools.run_id};
  const auto& release = *shared->releases.at(version);
  if (!release.has_value()) {
    outcome->version = release.error();
    shared->told(*outcome);
    co_return {};
  }
  job->release = *release;
  spot.record = {};
  spot.record.to = folder_for(*release, "", "", "");
  spot.record.to_version = version;
  spot.record.phase = to_string(Phase::moving);
  auto done = co_await claim_node(ctx, *job, spot).result();
  if (done.has_value()) done = co_await ship_node(ctx, *job, spot).result();
  if (done.has_value()) {
    const auto moved = co_await move_node(ctx, *job, spot).result();
    done = moved.has_value() ? co_await conclude_node(ctx, *job, spot).result()
                             : Result<void>(moved.error());
  }
  Event event;
  event.kind = Event::Kind::settled;
  event.at = ctx.wall_now();
  event.service = shared->service->name;
  event.rollout = job->owner.rollout;
  event.node = spot.node.name;
  event.place = spot.node.place;
  event.outcome = done.has_value() ? "installed" : "failed";
  if (done.has_value()) {
    outcome->version = version;
    spot.record.ending = to_string(Ending::done);
    done = co_await note_phase(ctx, *job, spot, Phase::moved).result();
  } else {
    done.error().message = masked(job->release, done.error().message);
    outcome->version = done.error();
    event.error = done.error().message;
    if (spot.is_touched) {
      event.message = masked(job->release, co_await gather_evidence(ctx, *job, spot));
    }
    spot.record.error = done.error().message;
    spot.record.has_failed = true;  // `update` tries it again
    spot.record.ending = to_string(Ending::stopped);
    auto ignored = co_await note_phase(ctx, *job, spot, Phase::failed).result();
    (void)ignored;
  }
  if (shared->tools.listener) shared->tools.listener(event);
  shared->told(*outcome);
  co_return {};
}

}  // namespace

Task<std::vector<Installed>> install_service(Context ctx, Tools tools,
                                             const config::Service& service,
                                             std::vector<Node> nodes, InstallOptions options) {
  auto seen = co_await look(ctx, tools, service, std::move(nodes));
  const auto probes = co_await probe_seen(ctx, &tools, &service, &seen);
  std::vector<bool> is_healthy;
  for (const auto& probe : probes) {
    is_healthy.push_back(!probe.version.empty() && probe.health != "unhealthy");
  }
  Shared shared{.tools = tools, .service = &service, .told = options.told};
  if (!shared.told) shared.told = [](const Installed&) {};
  std::vector<Installed> outcomes;
  std::vector<std::pair<std::size_t, std::string>> work;
  for (const auto& one : seen) {
    const auto& name = one.spot.node.name;
    const bool is_meant =
        options.only.empty() || std::ranges::find(options.only, name) != options.only.end();
    if (!is_meant) continue;
    outcomes.push_back({name, one.spot.facts.version});
    const bool lacks_it = one.error || lacks(one.spot.facts);
    auto version = one.error  ? Result<std::string>(*one.error)
                   : lacks_it ? version_for(service, seen, is_healthy, options, one.spot)
                              : Result<std::string>(one.spot.facts.version);
    if (!lacks_it || !version.has_value()) {
      outcomes.back().version = std::move(version);
      shared.told(outcomes.back());
      continue;
    }
    auto& release = shared.releases[*version];
    if (!release) {
      release = std::make_shared<Result<Release>>(
          co_await make_release(ctx, service, *version, tools).result());
    }
    work.emplace_back(outcomes.size() - 1, *version);
  }
  co_await for_each(ctx, work.size(), tools.width, [&](std::size_t i) {
    auto& outcome = outcomes[work[i].first];
    const auto at = std::ranges::find_if(
        seen, [&](const Seen& one) { return one.spot.node.name == outcome.node; });
    return install_one(ctx, &shared, at->spot, work[i].second, &outcome);
  });
  co_return outcomes;
}

Task<std::vector<Probe>> probe_service(Context ctx, Tools tools, const config::Service& service,
                                       std::vector<Node> nodes) {
  auto seen = co_await look(ctx, tools, service, std::move(nodes));
  co_return co_await probe_seen(ctx, &tools, &service, &seen);
}

Task<void> wait_for_login(Context ctx, Tools tools, Node node) {
  const auto until = ctx.now() + std::chrono::minutes(3);
  while (true) {
    co_await ctx.check();
    auto opened =
        co_await tools.shell->open(ctx.with_timeout(tools.connect_timeout), node.target).result();
    // Refused keys may be the node's first boot, which puts them there; a wrong host key is not.
    const bool is_hopeless =
        !opened.has_value() && opened.error().code == ErrorCode::permission_denied;
    if (opened.has_value() || is_hopeless || ctx.now() >= until) co_return opened;
    co_await ctx.sleep(std::chrono::seconds(1));
  }
}

Task<void> drain_node(Context ctx, Tools tools, const config::Service& service, Node node) {
  if (!service.steps.drain || !node.down.empty()) co_return {};
  auto facts = co_await read_node(ctx, tools, node, unit_of(service));
  if (facts.current.empty()) co_return {};
  co_return co_await run_drain(ctx, tools, service, node, facts.version).result();
}

namespace {

/// What `deploy` sees of the service's versions and leaves as it is.
std::vector<std::string> notes_of(const config::Service& service, const std::vector<Seen>& seen) {
  const auto& wanted = service.version.value;
  if (const auto last = newest(seen); last && is_unfinished(seen, *last)) {
    return {
        fmt::format("the rollout of {0} to {1} has not ended: `ccloud rollout resume {0}` goes "
                    "on with it, `ccloud rollout undo {0}` puts back what it touched",
                    service.name, last->to_version)};
  }
  if (is_held(seen, wanted)) {
    return {
        fmt::format("{0} {1} failed before and is held: `ccloud update {0} --retry` tries it "
                    "again",
                    service.name, wanted)};
  }
  std::map<std::string, int> others;
  for (const auto& one : seen) {
    const auto& version = one.spot.facts.version;
    if (!one.error && !version.empty() && version != wanted) ++others[version];
  }
  std::vector<std::string> notes;
  for (const auto& [version, count] : others) {
    notes.push_back(
        fmt::format("{} node{} {} {} {}, the config says {}: `ccloud update {}` moves {}", count,
                    count == 1 ? "" : "s", count == 1 ? "runs" : "run", service.name, version,
                    wanted, service.name, count == 1 ? "it" : "them"));
  }
  return notes;
}

}  // namespace

Task<Lack> nodes_without(Context ctx, Tools tools, const config::Service& service,
                         std::vector<Node> nodes) {
  const auto seen = co_await look(ctx, tools, service, std::move(nodes));
  Lack lack{.notes = notes_of(service, seen)};
  for (const auto& one : seen) {
    const auto& node = one.spot.node;
    if (!one.error && lacks(one.spot.facts)) lack.nodes.push_back(node.name);
    if (one.error && node.down.empty()) lack.silent.push_back(node.name);
  }
  co_return lack;
}

}  // namespace ccloud::rollout
