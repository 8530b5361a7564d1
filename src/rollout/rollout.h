// One rollout while it runs. Used by driver.cc only.
#pragma once

#include <map>
#include <memory>

#include "async/completion.h"
#include "async/group.h"
#include "rollout/driver.h"
#include "rollout/look.h"
#include "rollout/policy.h"

namespace ccloud::rollout {

/// Rings when something happened; one listener.
class Bell {
 public:
  explicit Bell(async::Loop& loop) : loop_(&loop) {}
  void ring();
  /// Until it rings (or rang since the last wait), `until`, or the end of ctx.
  Task<void> wait(Context ctx, std::optional<TimePoint> until);

 private:
  async::Loop* loop_;
  bool has_rung_ = false;
  std::optional<async::Completion<void>> waiting_;
};

/// Nothing has happened to it yet.
NodeOutcome outcome_of(const Node& node);

class Rollout {
 public:
  Rollout(Context ctx, std::shared_ptr<Job> job, std::vector<Seen> seen, Wishes wishes);

  /// The phase of each node, as the caller knows it, before run().
  std::vector<NodeView>& views() { return views_; }
  std::vector<Spot>& spots() { return spots_; }
  TimePoint now() const { return asked_.now(); }
  /// Of a node that is down; else empty.
  const std::string& why_skipped(std::size_t i) const { return outcomes_[i].error; }

  /// Takes all nodes that answer; `conflict` when another driver was first.
  Task<void> claim();
  /// To the end.
  Task<Summary> run();

 private:
  Task<void> claim_one(std::size_t i);
  Task<void> first_look();
  Task<void> move_one(std::size_t i);
  Task<TimePoint> ship_and_move(std::size_t i);
  Task<void> ship_ahead_one(std::size_t i);
  void ship_ahead(const Policy& limits);
  Task<void> end_shipping_ahead();
  Task<void> conclude_one(std::size_t i);
  Task<void> restore_one(std::size_t i);
  Task<void> watch_one(Context ctx, std::size_t i);
  Task<void> finish(Ending ending);
  Task<void> finish_one(std::size_t i, std::string ending, std::string held);
  void fail(std::size_t i, const Error& error, bool is_before_anything);
  Task<void> keep_evidence(std::size_t i);
  Task<void> settle_failed(std::size_t i, Phase phase, bool answers);
  void tell(Event event, std::optional<std::size_t> node = {});
  void announce(const Next& step);
  Summary summarize(Ending ending) const;
  Policy policy() const;
  bool is_reachable(std::size_t i) const { return views_[i].phase != Phase::skipped; }

  Context asked_;  // the user's: its end is an interrupt
  Context work_;   // what is in flight is finished all the same
  std::shared_ptr<Job> job_;
  Wishes wishes_;
  std::vector<Spot> spots_;
  std::vector<NodeView> views_;
  std::vector<NodeOutcome> outcomes_;
  std::vector<int> bad_answers_;
  std::vector<bool> is_claimed_;
  std::optional<Error> lost_;  // taken over by another driver
  Bell bell_;
  async::Group work_group_;
  Context ahead_;                                    // of what is shipped before its turn
  std::map<std::size_t, async::Group> ships_ahead_;  // by node; each begun once
  int shipping_ = 0;                                 // moves that are at it
  std::map<std::size_t, async::Group> concludes_;    // by node that was moved
  int concluding_ = 0;                               // of them, those that are at it
  std::optional<std::size_t> told_wave_;
  bool told_baking_ = false;
  bool told_back_ = false;
  bool told_waiting_ = false;
  TimePoint begun_;
};

}  // namespace ccloud::rollout
