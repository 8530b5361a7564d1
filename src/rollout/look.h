// What every operation begins with: the facts of all nodes at once.
#pragma once

#include <vector>

#include "async/group.h"
#include "rollout/steps.h"

namespace ccloud::rollout {

/// A spot for each node; where it did not answer, why.
struct Seen {
  Spot spot{};
  std::optional<Error> error{};
};
Task<std::vector<Seen>> look(Context ctx, Tools tools, const config::Service& service,
                             std::vector<Node> nodes);

/// The record of the newest rollout (not install) that any node knows.
std::optional<Record> newest(const std::vector<Seen>& seen);
/// The node has no release of the service, or only the one with which its first install failed.
bool lacks(const Facts& facts);
/// The highest epoch that any node knows.
std::int64_t highest_epoch(const std::vector<Seen>& seen);
/// The newest rollout failed with this version: it is not brought back by itself. What a node that
/// was down since still remembers does not count.
bool is_held(const std::vector<Seen>& seen, const std::string& version);
/// It has begun, and no node knows that it ended.
bool is_unfinished(const std::vector<Seen>& seen, const Record& rollout);

/// How the release a node has is asked for its health.
std::optional<config::Health> health_of(const Spot& spot, const config::Service& service);

/// Runs `work(i)` for 0 .. count-1, at most `width` at a time, and waits for all.
Task<void> for_each(Context ctx, std::size_t count, std::size_t width,
                    std::function<Task<void>(std::size_t)> work);

}  // namespace ccloud::rollout
