// One watch for all of them; each one's end goes into the run.
#include "deploy/starting.h"

#include "async/group.h"
#include "deploy/watch.h"

namespace ccloud::deploy {
namespace {

cloud::Instance* find_node(plan::Observed& observed, const plan::Change& change) {
  const auto provider = observed.providers.find(change.provider);
  if (provider == observed.providers.end()) return nullptr;
  const auto& id = std::get<plan::NodeWork>(change.work).observed->id;
  for (auto& region : provider->second.inventory.regions) {
    for (auto& node : region.nodes) {
      if (node.region == change.region && node.id == id) return &node;
    }
  }
  return nullptr;
}

Task<void> await_one(Context ctx, Run& run, NodeWatch& watch, const plan::Change& change,
                     cloud::Instance& node) {
  const auto since = ctx.now();
  auto running = co_await watch
                     .until(ctx, change.provider, change.region, node.id, NodeWatch::Goal::running,
                            run.session().options().boot_timeout)
                     .result();
  if (!running) {
    auto result = result_of(change);
    result.outcome = Outcome::failed;
    result.error = running.error();
    run.add(std::move(result));
    co_return {};
  }
  node.state = running->state;
  node.public_ip = running->public_ip;
  node.private_ip = running->private_ip;
  Event event;
  event.kind = Event::Kind::node_running;
  event.address = change.address;
  event.action = change.action;
  event.provider = change.provider;
  event.region = change.region;
  event.took = ctx.now() - since;
  event.message = node.public_ip.empty() ? node.private_ip : node.public_ip;
  run.session().emit(std::move(event));
  co_return {};
}

}  // namespace

bool is_starting(const plan::Change& change) {
  if (change.action != plan::Action::keep && change.action != plan::Action::update) return false;
  const auto* work = std::get_if<plan::NodeWork>(&change.work);
  return work != nullptr && work->observed && work->observed->state == cloud::NodeState::pending &&
         !work->observed->is_power_off_wanted;
}

Task<void> await_starting(Context ctx, Run& run, Planned& planned) {
  NodeWatch watch(run.session());
  async::Group group(run.session().loop());
  for (const auto& change : planned.plan.changes) {
    if (!is_starting(change)) continue;
    auto* node = find_node(planned.observed, change);
    if (node != nullptr) group.spawn(await_one(ctx, run, watch, change, *node));
  }
  co_await group.join();
  co_await watch.stop();
  co_return {};
}

}  // namespace ccloud::deploy
