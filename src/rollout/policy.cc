#include "rollout/policy.h"

#include <algorithm>
#include <set>

namespace ccloud::rollout {

Policy make_policy(const config::Update& update, const std::map<std::string, std::int64_t>& nodes,
                   std::chrono::milliseconds patience) {
  Policy policy;
  std::set<std::string> named;
  for (const auto& wave : update.waves) {
    WavePolicy made;
    made.bake = wave.bake;
    for (const auto& place : wave.places) {
      if (nodes.contains(place.value) && named.insert(place.value).second) {
        made.places.push_back(place.value);
      }
    }
    if (!made.places.empty()) policy.waves.push_back(std::move(made));
  }
  WavePolicy rest;
  for (const auto& [code, count] : nodes) {
    if (!named.contains(code)) rest.places.push_back(code);
    PlacePolicy place;
    place.nodes = count;
    place.batch = config::batch_size(update, count);
    place.min_healthy = update.min_healthy ? config::rounded_up(update.min_healthy->value, count)
                                           : std::max<std::int64_t>(0, count - place.batch);
    policy.places[code] = place;
  }
  if (!rest.places.empty()) policy.waves.push_back(std::move(rest));
  if (update.canary) {
    policy.canaries = update.canary->count;
    policy.canary_bake = update.canary->bake;
  }
  policy.max_failures = update.max_failures;
  policy.rolls_back = update.on_failure == config::Update::OnFailure::rollback;
  policy.patience = patience;
  return policy;
}

}  // namespace ccloud::rollout
