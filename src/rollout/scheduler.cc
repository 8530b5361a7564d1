#include "rollout/scheduler.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace ccloud::rollout {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::waiting:
      return "waiting";
    case Phase::current:
      return "current";
    case Phase::skipped:
      return "skipped";
    case Phase::moving:
      return "moving";
    case Phase::moved:
      return "moved";
    case Phase::failed:
      return "failed";
    case Phase::restoring:
      return "restoring";
    case Phase::restored:
      return "restored";
    case Phase::stuck:
      return "stuck";
  }
  return "";
}

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::done:
      return "done";
    case Ending::partly:
      return "partly";
    case Ending::stopped:
      return "stopped";
    case Ending::rolled_back:
      return "rolled back";
    case Ending::incomplete:
      return "incomplete";
    case Ending::interrupted:
      return "interrupted";
  }
  return "";
}

namespace {

bool in_flight(const NodeView& node) {
  return node.phase == Phase::moving || node.phase == Phase::restoring;
}

/// What may still be taken from each place, kept up to date while nodes are chosen.
class Room {
 public:
  Room(const Policy& policy, const std::vector<NodeView>& nodes) : policy_(&policy) {
    for (const auto& node : nodes) {
      auto& place = places_[node.place];
      if (in_flight(node)) {
        ++place.in_flight;
      } else if (node.is_healthy) {
        ++place.healthy;
      } else {
        place.ill.push_back(node.name);
      }
    }
  }

  /// Whether min_healthy lets the node go.
  bool may_leave(const NodeView& node) const {
    const auto& limits = policy_->places.at(node.place);
    const auto at = places_.find(node.place);
    return !node.is_healthy || (at != places_.end() && at->second.healthy > limits.min_healthy);
  }

  /// Takes the node if batch and min_healthy allow it.
  bool take(const NodeView& node) {
    const auto& limits = policy_->places.at(node.place);
    auto& place = places_[node.place];
    if (place.in_flight >= limits.batch) return false;
    if (node.is_healthy && place.healthy - 1 < limits.min_healthy) {
      blocked_ = node.place;
      return false;
    }
    ++place.in_flight;
    if (node.is_healthy) --place.healthy;
    return true;
  }

  /// Why the last refusal by min_healthy.
  std::string why() const {
    if (blocked_.empty()) return "the batch of the policy allows no node to be moved";
    const auto& limits = policy_->places.at(blocked_);
    const auto& place = places_.at(blocked_);
    std::string ill;
    for (std::size_t i = 0; i < place.ill.size() && i < max_named; ++i) {
      ill += (i == 0 ? " (not healthy: " : ", ") + place.ill[i];
    }
    if (place.ill.size() > max_named)
      ill += fmt::format(" and {} more", place.ill.size() - max_named);
    return fmt::format(
        "min_healthy leaves no room in {}: {} of {} nodes are healthy, {} must stay{}", blocked_,
        place.healthy, limits.nodes, limits.min_healthy, ill.empty() ? ill : ill + ")");
  }

 private:
  struct Place {
    std::int64_t in_flight = 0;
    std::int64_t healthy = 0;
    std::vector<std::string> ill;  // not in flight, and do not serve
  };
  static constexpr std::size_t max_named = 5;
  const Policy* policy_;
  std::map<std::string, Place> places_;
  std::string blocked_;
};

class Decider {
 public:
  Decider(const Policy& policy, const std::vector<NodeView>& nodes, TimePoint now,
          const Wishes& wishes, std::optional<TimePoint> blocked_since)
      : policy_(policy),
        nodes_(nodes),
        now_(now),
        wishes_(wishes),
        blocked_since_(blocked_since),
        room_(policy, nodes) {}

  Next decide() {
    std::int64_t failures = 0;
    bool has_origin = false;
    for (const auto& node : nodes_) {
      failures += node.has_failed ? 1 : 0;
      busy_ += in_flight(node) ? 1 : 0;
      has_origin = has_origin || (was_touched(node) && node.has_origin);
    }
    const bool is_over = failures > policy_.max_failures;
    if (wishes_.is_interrupted) {
      if (busy_ == 0) next_.ending = Ending::interrupted;
      return std::move(next_);
    }
    if (wishes_.is_undo || (is_over && policy_.rolls_back && has_origin)) {
      go_back(is_over);
    } else if (is_over) {
      if (busy_ == 0) next_.ending = Ending::stopped;
      if (policy_.rolls_back) next_.why = "nothing to go back to on a first install";
    } else {
      put_back_failed();
      go_forward();
    }
    return std::move(next_);
  }

 private:
  static bool was_touched(const NodeView& node) {
    return node.phase != Phase::waiting && node.phase != Phase::current &&
           node.phase != Phase::skipped;
  }

  /// A tolerated failure gets its old release back at once: it serves again while the rest goes on.
  void put_back_failed() {
    if (!policy_.rolls_back) return;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto& node = nodes_[i];
      if (node.phase == Phase::failed && node.has_origin && room_.take(node)) {
        next_.restore.push_back(i);
      }
    }
  }

  void go_back(bool is_over) {
    next_.is_back = true;
    std::int64_t left = 0, stuck = 0;
    // What does not serve goes first: it can only get better.
    for (const bool healthy : {false, true}) {
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const auto& node = nodes_[i];
        const bool is_due = node.phase == Phase::moved || node.phase == Phase::failed;
        if (!is_due || node.is_healthy != healthy) continue;
        if (room_.take(node)) {
          next_.restore.push_back(i);
        } else {
          ++left;
        }
      }
    }
    for (const auto& node : nodes_) stuck += node.phase == Phase::stuck ? 1 : 0;
    if (!next_.restore.empty() || busy_ > 0) return;
    if (left > 0) return wait_for_room(Ending::incomplete);
    next_.ending = stuck > 0                    ? Ending::incomplete
                   : is_over || wishes_.is_undo ? Ending::rolled_back
                                                : Ending::done;
  }

  void go_forward() {
    for (std::size_t wave = 0; wave < policy_.waves.size(); ++wave) {
      next_.wave = wave;
      if (!finish_wave(policy_.waves[wave])) return;
    }
    if (busy_ > 0 || !next_.restore.empty()) return;
    const bool all = std::ranges::all_of(nodes_, [](const NodeView& node) {
      return node.phase == Phase::moved || node.phase == Phase::current;
    });
    next_.ending = all ? Ending::done : Ending::partly;
  }

  /// True when nothing is left to do or to wait for in this wave.
  bool finish_wave(const WavePolicy& wave) {
    const auto members = order_of(wave);
    const auto canaries = canaries_of(members);
    if (!work_through(canaries)) return false;
    if (!canaries.empty() && !bake(canaries, policy_.canary_bake)) return false;
    if (!work_through(members)) return false;
    return bake(members, wave.bake);
  }

  /// By turns from each place, so that a wave moves evenly; canaries come from the front.
  std::vector<std::size_t> order_of(const WavePolicy& wave) const {
    std::vector<std::vector<std::size_t>> columns;
    for (const auto& code : wave.places) {
      auto& column = columns.emplace_back();
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].place == code) column.push_back(i);
      }
    }
    std::vector<std::size_t> order;
    for (std::size_t row = 0;; ++row) {
      bool any = false;
      for (const auto& column : columns) {
        if (row >= column.size()) continue;
        order.push_back(column[row]);
        any = true;
      }
      if (!any) return order;
    }
  }

  /// What this rollout has touched already (it may have been taken over from another driver), then
  /// the first of those that wait and serve: a broken node proves nothing, and is only taken where
  /// min_healthy leaves room for no other.
  std::vector<std::size_t> canaries_of(const std::vector<std::size_t>& members) const {
    std::vector<std::size_t> chosen, waiting;
    for (const auto i : members) {
      if (was_touched(nodes_[i])) chosen.push_back(i);
      if (nodes_[i].phase == Phase::waiting) waiting.push_back(i);
    }
    std::ranges::sort(chosen, {}, [&](std::size_t i) {
      return std::tuple(in_flight(nodes_[i]), nodes_[i].settled, i);
    });
    const auto rank_of = [&](std::size_t i) {
      if (!nodes_[i].is_healthy) return 1;
      return room_.may_leave(nodes_[i]) ? 0 : 2;
    };
    for (const int rank : {0, 1, 2}) {
      std::ranges::copy_if(waiting, std::back_inserter(chosen),
                           [&](std::size_t i) { return rank_of(i) == rank; });
    }
    if (std::ssize(chosen) > policy_.canaries) {
      chosen.resize(static_cast<std::size_t>(policy_.canaries));
    }
    return chosen;
  }

  /// Starts what may be started; true when none of them waits or is in flight.
  bool work_through(const std::vector<std::size_t>& members) {
    std::int64_t left = 0;
    bool is_busy = false;
    for (const auto i : members) {
      if (in_flight(nodes_[i])) is_busy = true;
      if (nodes_[i].phase != Phase::waiting) continue;
      if (room_.take(nodes_[i])) {
        next_.move.push_back(i);
      } else {
        ++left;
      }
    }
    if (left > 0 && next_.move.empty() && next_.restore.empty() && busy_ == 0) {
      wait_for_room(Ending::partly);
    }
    return left == 0 && !is_busy && next_.move.empty();
  }

  void wait_for_room(Ending otherwise) {
    next_.why = room_.why();
    const auto until = blocked_since_.value_or(now_) + policy_.patience;
    if (now_ < until) {
      next_.wake = until;
    } else {
      next_.ending = otherwise;
    }
  }

  bool bake(const std::vector<std::size_t>& members, std::chrono::milliseconds time) {
    std::optional<TimePoint> last;
    for (const auto i : members) {
      if (!was_touched(nodes_[i])) continue;
      last = std::max(last.value_or(nodes_[i].settled), nodes_[i].settled);
    }
    if (!last || now_ >= *last + time) return true;
    next_.wake = *last + time;
    next_.is_baking = true;
    return false;
  }

  const Policy& policy_;
  const std::vector<NodeView>& nodes_;
  TimePoint now_;
  Wishes wishes_;
  std::optional<TimePoint> blocked_since_;
  Room room_;
  Next next_;
  std::int64_t busy_ = 0;
};

}  // namespace

Next next(const Policy& policy, const std::vector<NodeView>& nodes, TimePoint now,
          const Wishes& wishes, std::optional<TimePoint> blocked_since) {
  return Decider(policy, nodes, now, wishes, blocked_since).decide();
}

std::vector<std::size_t> ahead(const Policy& policy, std::vector<NodeView> nodes, TimePoint now) {
  for (auto& node : nodes) {
    if (!in_flight(node)) continue;
    node.phase = node.phase == Phase::moving ? Phase::moved : Phase::restored;
    node.is_healthy = true;
    node.settled = now;
  }
  // Later than any bake ends.
  const auto later = now + std::chrono::years(10);
  const auto step = next(policy, nodes, later, {}, {});
  return step.is_back ? std::vector<std::size_t>{} : step.move;
}

}  // namespace ccloud::rollout
