// Making nodes so that none is made twice: batches guarded by tokens that every machine computes
// alike (design 4.1), waiting until they run, and trying again those that die at birth.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cloud/provider.h"
#include "deploy/session.h"
#include "deploy/watch.h"
#include "plan/plan.h"

namespace ccloud::deploy {

/// What the new nodes stand on.
struct Ground {
  cloud::Network network;
  std::vector<std::string> firewall_ids;  ///< our own first, then existing ones
  std::vector<std::string> firewall_names;
};

/// The call that makes `names` in `zone`; its token is computed from all of the rest.
Result<cloud::NodeBatch> make_batch(const plan::Birth& birth, const Ground& ground,
                                    std::string zone, std::vector<std::string> names);

/// The token of a batch: over everything that is sent.
std::string batch_token(const std::string& provider, const cloud::NodeBatch& batch);

struct Born {
  std::string name;
  Result<cloud::Instance> instance;  ///< running
};

/// Ends when every node runs or has failed. `on_born` is told of each as it gets there. Calls are
/// made under `work`; waiting, and starting anew, end with `ctx`.
Task<std::vector<Born>> bear(Context ctx, Context work, Session& session, NodeWatch& watch,
                             const plan::Birth& birth, cloud::NodeBatch batch,
                             std::function<void(const Born&)> on_born);

}  // namespace ccloud::deploy
