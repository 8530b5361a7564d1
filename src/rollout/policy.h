// The policy of one rollout: the config's `update` with every number worked out for the places that
// the service's nodes are in. Pure data.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "config/model.h"

namespace ccloud::rollout {

struct PlacePolicy {
  std::int64_t nodes = 0;        ///< of the service, down ones too
  std::int64_t batch = 1;        ///< at most so many are moved at the same time
  std::int64_t min_healthy = 0;  ///< no healthy node is taken when fewer would be left
};

struct WavePolicy {
  std::vector<std::string> places{};
  std::chrono::milliseconds bake{0};
};

struct Policy {
  std::vector<WavePolicy> waves;
  std::map<std::string, PlacePolicy> places;
  std::int64_t canaries = 0;  ///< of each wave; 0: none
  std::chrono::milliseconds canary_bake{0};
  std::int64_t max_failures = 0;
  bool rolls_back = true;
  /// How long to wait for nodes to become healthy by themselves where min_healthy leaves no room.
  std::chrono::milliseconds patience{0};
};

/// `nodes`: how many the service has in each place. Places that no wave names (existing nodes, or
/// nodes of a place that has left the file) go last, in a wave of their own.
Policy make_policy(const config::Update& update, const std::map<std::string, std::int64_t>& nodes,
                   std::chrono::milliseconds patience);

}  // namespace ccloud::rollout
