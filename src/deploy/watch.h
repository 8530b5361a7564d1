// Waiting for nodes to be where they shall be: one list call per region at a time, however many
// nodes are waited for there.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/group.h"
#include "deploy/session.h"

namespace ccloud::deploy {

class NodeWatch {
 public:
  enum class Goal { running, stopped, gone };

  explicit NodeWatch(Session& session);
  ~NodeWatch();

  /// The node as it is when the goal is reached; for `gone` as it was last seen. Errors: the node
  /// died (`capacity` or `internal` with the cloud's reason), `timed_out`, or the context's end.
  Task<cloud::Instance> until(Context ctx, std::string provider, std::string region, std::string id,
                              Goal goal, async::Duration timeout);
  /// How many nodes are waited for now.
  std::size_t waiting() const;
  /// Ends the polls.
  Task<void> stop();

 private:
  struct Waiter;
  struct Region;
  Task<void> poll(std::shared_ptr<Region> region);
  Task<void> poll_once(std::shared_ptr<Region> region);
  static Error slowness(const Waiter& waiter);
  void settle(Region& region, const cloud::RegionInventory& seen);
  void tell(Region& region);

  Session& session_;
  Context polling_;
  async::Group group_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Region>> regions_;
};

}  // namespace ccloud::deploy
