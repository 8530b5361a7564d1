// Whose turn it is: a run disturbs nodes that carry a service as the service's `update` policy has
// it, by the scheduler of rollouts: waves, canaries and their bake, batches, min_healthy,
// max_failures. What was disturbed cannot be put back, so a run that may not go on stops.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/group.h"
#include "deploy/session.h"
#include "plan/observed.h"
#include "plan/plan.h"
#include "rollout/scheduler.h"

namespace ccloud::deploy {

class Turns {
 public:
  /// Both must outlive it. Without what was observed nothing has to wait.
  Turns(Context ctx, Session& session, const plan::Plan& plan, const plan::Observed* observed);

  /// Asks the services' health, where one is to be disturbed.
  Task<void> begin();
  /// Until the node may be disturbed: nothing; or why it may not in this run.
  Task<std::optional<std::string>> wait(std::string node);
  /// The node has been disturbed, as was planned or not; or it is new. `serves`: its services do.
  void settle(const std::string& node, bool is_done, bool serves);
  /// The node will not be disturbed, or not be there, in this run.
  void give_up(const std::string& node);
  /// A node without its service, for which others wait.
  bool is_awaited(const std::string& node) const;
  /// Such that are there already, by a run that was killed: they are to be served first.
  const std::vector<NodeRow>& unserved() const { return unserved_; }
  bool has_failed() const;
  /// Waits until the node's services are healthy again, as long as they have for that.
  Task<bool> recovers(Context ctx, NodeRow row);
  Task<void> stop();

 private:
  struct Sheet {
    const config::Service* service = nullptr;
    rollout::Policy policy{};
    std::vector<rollout::NodeView> views{};
    std::map<std::string, std::size_t, std::less<>> at{};
    std::optional<async::TimePoint> blocked{};
    std::string over{};  ///< why nothing more is disturbed
    std::string told{};  ///< what is waited for
  };
  using Names = std::set<std::string, std::less<>>;

  void add_sheet(const config::Service& service, const plan::Plan& plan,
                 const plan::Observed& observed);
  void add_view(Sheet& sheet, const std::string& node, const std::string& place,
                rollout::Phase phase);
  void take_health(const std::vector<NodeRow>& rows);
  void find_unserved();
  void step();
  /// The waiting nodes that this sheet lets go on now.
  Names next_of(Sheet& sheet, std::optional<async::TimePoint>& wake);
  void tell(Sheet& sheet, const rollout::Next& next);
  void grant(const std::string& node);
  void deny(const std::string& node, const std::string& why);
  void deny_all(const std::string& why);
  std::string denial_of(const std::string& node) const;
  bool is_blocked() const;
  bool is_stuck() const;
  bool is_open(const NodeRow& row) const;
  Task<void> watch_health(Context ctx);

  Context ctx_;
  Context watching_;
  Session& session_;
  std::vector<Sheet> sheets_;
  std::vector<NodeRow> rows_;  ///< of what runs and carries one of these services
  std::vector<NodeRow> unserved_;
  std::map<std::string, async::Completion<std::optional<std::string>>, std::less<>> waiting_;
  Names created_;
  std::optional<async::TimerId> timer_;
  async::Group group_;
};

}  // namespace ccloud::deploy
