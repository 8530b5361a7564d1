// The scheduler by itself: what it does in chosen cases, and what it never does in 120,000 random
// ones, on a clock that the simulation moves.
#include "rollout/scheduler.h"

#include <algorithm>
#include <queue>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ccloud::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Policy policy_of(std::int64_t nodes, std::int64_t batch, std::int64_t min_healthy) {
  Policy policy;
  policy.waves = {{.places = {"us"}}};
  policy.places["us"] = {.nodes = nodes, .batch = batch, .min_healthy = min_healthy};
  return policy;
}

std::vector<NodeView> fleet_of(int count, const std::string& place = "us") {
  std::vector<NodeView> nodes;
  for (int i = 1; i <= count; ++i) {
    NodeView node;
    node.name = fmt::format("web-{}-{}", place, i);
    node.place = place;
    node.is_healthy = true;
    nodes.push_back(node);
  }
  return nodes;
}

Next ask(const Policy& policy, const std::vector<NodeView>& nodes, TimePoint now = {}) {
  return next(policy, nodes, now, {}, std::nullopt);
}

TEST(Scheduler, StartsABatchAndNoMore) {
  EXPECT_THAT(ask(policy_of(8, 2, 0), fleet_of(8)).move, ElementsAre(0, 1));
}

TEST(Scheduler, NeverTakesMoreThanMinHealthyLeaves) {
  auto nodes = fleet_of(5);
  nodes[4].is_healthy = false;
  nodes[4].phase = Phase::skipped;
  EXPECT_THAT(ask(policy_of(5, 3, 3), nodes).move, ElementsAre(0));
}

TEST(Scheduler, ANodeThatDoesNotServeMayAlwaysGo) {
  auto nodes = fleet_of(3);
  nodes[1].is_healthy = false;
  EXPECT_THAT(ask(policy_of(3, 1, 3), nodes).move, ElementsAre(1));
}

TEST(Scheduler, TheCanaryGoesAloneAndBakes) {
  auto policy = policy_of(4, 4, 0);
  policy.canaries = 1;
  policy.canary_bake = 10min;
  auto nodes = fleet_of(4);
  EXPECT_THAT(ask(policy, nodes).move, ElementsAre(0));
  nodes[0].phase = Phase::moved;
  nodes[0].settled = TimePoint(1min);
  const auto baking = ask(policy, nodes, TimePoint(5min));
  EXPECT_THAT(baking.move, IsEmpty());
  EXPECT_EQ(baking.wake, TimePoint(11min));
  EXPECT_TRUE(baking.is_baking);
  EXPECT_THAT(ask(policy, nodes, TimePoint(11min)).move, ElementsAre(1, 2, 3));
}

TEST(Scheduler, ABrokenNodeIsTheCanaryOnlyWhereNoOtherMayGo) {
  auto policy = policy_of(4, 2, 2);
  policy.canaries = 1;
  auto nodes = fleet_of(4);
  nodes[0].is_healthy = false;
  EXPECT_THAT(ask(policy, nodes).move, ElementsAre(1));
  nodes[3].is_healthy = false;  // two serve, two must stay: only the broken ones can be mended
  EXPECT_THAT(ask(policy, nodes).move, ElementsAre(0));
}

TEST(Scheduler, WhatComesNextIsKnownWhileTheCanaryIsProven) {
  auto policy = policy_of(8, 3, 0);
  policy.canaries = 1;
  policy.canary_bake = 10min;
  auto nodes = fleet_of(8);
  EXPECT_THAT(ahead(policy, nodes, {}), ElementsAre(0));
  nodes[0].phase = Phase::moving;
  EXPECT_THAT(ahead(policy, nodes, {}), ElementsAre(1, 2, 3));
  nodes[0].phase = Phase::moved;
  EXPECT_THAT(ahead(policy, nodes, {}), ElementsAre(1, 2, 3));
  nodes[0].has_failed = true;
  EXPECT_THAT(ahead(policy, nodes, {}), IsEmpty());
}

TEST(Scheduler, TheSecondWaveWaitsForTheFirstOnesBake) {
  Policy policy = policy_of(1, 1, 0);
  policy.waves = {{.places = {"us"}, .bake = 5min}, {.places = {"eu"}}};
  policy.places["eu"] = {.nodes = 1, .batch = 1};
  auto nodes = fleet_of(1);
  nodes.push_back(fleet_of(1, "eu")[0]);
  nodes[0].phase = Phase::moved;
  EXPECT_THAT(ask(policy, nodes, TimePoint(4min)).move, IsEmpty());
  EXPECT_THAT(ask(policy, nodes, TimePoint(5min)).move, ElementsAre(1));
}

TEST(Scheduler, TooManyFailuresPutEveryTouchedNodeBackTheBrokenOnesFirst) {
  auto policy = policy_of(4, 1, 2);
  auto nodes = fleet_of(4);
  nodes[0].phase = Phase::moved;
  nodes[1].phase = Phase::failed;
  nodes[1].is_healthy = false;
  nodes[1].has_failed = true;
  auto back = ask(policy, nodes);
  EXPECT_THAT(back.restore, ElementsAre(1));
  EXPECT_THAT(back.move, IsEmpty());
  nodes[1].phase = Phase::restored;
  nodes[1].is_healthy = true;
  EXPECT_THAT(ask(policy, nodes).restore, ElementsAre(0));
  nodes[0].phase = Phase::restored;
  EXPECT_EQ(ask(policy, nodes).ending, Ending::rolled_back);
}

TEST(Scheduler, AFirstInstallThatFailsStops) {
  auto policy = policy_of(2, 1, 0);
  auto nodes = fleet_of(2);
  for (auto& node : nodes) node.has_origin = node.is_healthy = false;
  nodes[0].phase = Phase::failed;
  nodes[0].has_failed = true;
  EXPECT_EQ(ask(policy, nodes).ending, Ending::stopped);
}

TEST(Scheduler, AToleratedFailureIsPutBackAndTheRestGoesOn) {
  auto policy = policy_of(4, 2, 1);
  policy.max_failures = 1;
  auto nodes = fleet_of(4);
  nodes[0].phase = Phase::failed;
  nodes[0].is_healthy = false;
  nodes[0].has_failed = true;
  const auto both = ask(policy, nodes);
  EXPECT_THAT(both.restore, ElementsAre(0));
  EXPECT_THAT(both.move, ElementsAre(1));
}

TEST(Scheduler, WaitsForRoomOnlyAsLongAsThePolicysPatience) {
  auto policy = policy_of(2, 1, 2);
  policy.patience = 2min;
  auto nodes = fleet_of(2);
  const auto first = ask(policy, nodes, TimePoint(1min));
  EXPECT_EQ(first.wake, TimePoint(3min));
  EXPECT_THAT(first.why, ::testing::HasSubstr("2 of 2 nodes are healthy, 2 must stay"));
  const auto later = next(policy, nodes, TimePoint(3min), {}, TimePoint(1min));
  EXPECT_EQ(later.ending, Ending::partly);
}

TEST(Scheduler, AnInterruptedRolloutEndsWhenNothingIsInFlight) {
  auto policy = policy_of(2, 1, 0);
  auto nodes = fleet_of(2);
  nodes[0].phase = Phase::moving;
  nodes[0].is_healthy = false;
  EXPECT_FALSE(next(policy, nodes, {}, {.is_interrupted = true}, {}).ending);
  nodes[0].phase = Phase::moved;
  EXPECT_EQ(next(policy, nodes, {}, {.is_interrupted = true}, {}).ending, Ending::interrupted);
}

// --- Random policies, fleets and failures ---

struct Fate {
  bool move_fails = false;
  bool restore_fails = false;
  bool breaks_later = false;
  bool recovers = false;  ///< an unhealthy node that was not touched becomes healthy
  std::chrono::seconds takes{1};
  std::chrono::seconds breaks_after{0};
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    const int places = roll(1, 4);
    for (int p = 0; p < places; ++p) add_place(fmt::format("p{}", p));
    make_waves(places);
    policy_.canaries = roll(0, 2);
    policy_.canary_bake = std::chrono::seconds(roll(0, 1) * roll(0, 60));
    policy_.max_failures = roll(0, 3);
    policy_.rolls_back = roll(0, 3) != 0;
    policy_.patience = std::chrono::seconds(roll(0, 30));
    wishes_.is_undo = roll(0, 19) == 0;
    if (roll(0, 19) == 0) interrupt_at_ = TimePoint(std::chrono::seconds(roll(0, 60)));
  }

  /// The first rule that was broken, or nothing.
  std::string run() {
    for (int turns = 0; turns < 2000; ++turns) {
      if (interrupt_at_ && now_ >= *interrupt_at_) wishes_.is_interrupted = true;
      const auto step = next(policy_, nodes_, now_, wishes_, blocked_);
      if (auto broken = check(step); !broken.empty()) return broken;
      if (auto broken = check_ahead(); !broken.empty()) return broken;
      if (step.ending) return check_end(*step.ending);
      if (step.move.empty() && step.restore.empty()) {
        if (!step.why.empty() && step.wake && !blocked_) blocked_ = now_;
      } else {
        blocked_.reset();
      }
      for (const auto i : step.move) start(i, Phase::moving);
      for (const auto i : step.restore) start(i, Phase::restoring);
      const bool started = !step.move.empty() || !step.restore.empty();
      if (!started && in_flight() == 0 && !step.wake) return "waits for nothing";
      if (!advance(started ? std::nullopt : step.wake)) return "waits for nothing";
    }
    return "does not end";
  }

  Ending ending = Ending::done;

 private:
  int roll(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  void add_place(const std::string& code) {
    const int count = roll(1, 9);
    PlacePolicy place;
    place.nodes = count;
    place.batch = roll(1, count);
    place.min_healthy = roll(0, 3) == 0 ? roll(0, count) : count - place.batch;
    policy_.places[code] = place;
    for (int i = 0; i < count; ++i) {
      NodeView node;
      node.name = fmt::format("{}-{}", code, i);
      node.place = code;
      node.has_origin = roll(0, 9) != 0;
      node.is_healthy = node.has_origin && roll(0, 9) != 0;
      if (roll(0, 14) == 0) {
        node.phase = Phase::skipped;
        node.is_healthy = false;
      } else if (roll(0, 14) == 0) {
        node.phase = Phase::current;
      } else if (wishes_.is_undo || roll(0, 29) == 0) {
        node.phase = roll(0, 1) == 0 ? Phase::moved : Phase::failed;  // a rollout that is resumed
        node.has_failed = node.phase == Phase::failed;
      }
      nodes_.push_back(node);
      const int badness = roll(0, 3);
      fates_.push_back({.move_fails = roll(0, 9) < badness,
                        .restore_fails = roll(0, 29) == 0,
                        .breaks_later = roll(0, 19) < badness,
                        .recovers = roll(0, 2) == 0,
                        .takes = std::chrono::seconds(roll(1, 20)),
                        .breaks_after = std::chrono::seconds(roll(0, 90))});
      if (fates_.back().recovers) at(std::chrono::seconds(roll(1, 40)), nodes_.size() - 1, 'r');
    }
  }

  void make_waves(int places) {
    for (int p = 0; p < places; ++p) {
      if (p == 0 || roll(0, 1) == 0) {
        policy_.waves.push_back({.bake = std::chrono::seconds(roll(0, 1) * roll(0, 60))});
      }
      policy_.waves.back().places.push_back(fmt::format("p{}", p));
    }
  }

  struct Due {
    TimePoint when;
    std::size_t node;
    char what;
    bool operator>(const Due& other) const { return when > other.when; }
  };
  void at(std::chrono::seconds in, std::size_t node, char what) {
    due_.push({now_ + in, node, what});
  }

  void start(std::size_t i, Phase phase) {
    nodes_[i].phase = phase;
    nodes_[i].is_healthy = false;
    touched_.insert(i);
    at(fates_[i].takes, i, 'f');
  }

  /// To the next event, or to `wake` if that is earlier. False: there is neither.
  bool advance(std::optional<TimePoint> wake) {
    if (due_.empty() && !wake) return false;
    if (due_.empty() || (wake && *wake < due_.top().when)) {
      if (*wake <= now_) return false;
      now_ = *wake;
      return true;
    }
    const auto event = due_.top();
    due_.pop();
    now_ = std::max(now_, event.when);
    happen(event);
    return true;
  }

  void happen(const Due& event) {
    auto& node = nodes_[event.node];
    const auto& fate = fates_[event.node];
    if (event.what == 'r' && node.phase == Phase::waiting) node.is_healthy = true;
    if (event.what == 'b' && node.phase == Phase::moved) {
      node.phase = Phase::failed;
      node.is_healthy = false;
      node.has_failed = true;
      node.settled = now_;
    }
    if (event.what != 'f') return;
    if (node.phase == Phase::moving) {
      node.phase = fate.move_fails ? Phase::failed : Phase::moved;
      node.has_failed = fate.move_fails;
      node.is_healthy = !fate.move_fails;
      node.settled = now_;
      if (!fate.move_fails && fate.breaks_later) at(fate.breaks_after, event.node, 'b');
    } else if (node.phase == Phase::restoring) {
      node.phase = fate.restore_fails ? Phase::stuck : Phase::restored;
      node.is_healthy = !fate.restore_fails && node.has_origin;
    }
  }

  int in_flight() const {
    return static_cast<int>(std::ranges::count_if(nodes_, [](const NodeView& node) {
      return node.phase == Phase::moving || node.phase == Phase::restoring;
    }));
  }

  std::int64_t failures() const {
    return std::ranges::count_if(nodes_, [](const NodeView& node) { return node.has_failed; });
  }

  std::size_t wave_of(const std::string& place) const {
    for (std::size_t w = 0; w < policy_.waves.size(); ++w) {
      if (std::ranges::find(policy_.waves[w].places, place) != policy_.waves[w].places.end()) {
        return w;
      }
    }
    return 999;
  }

  /// Whether this step keeps to the policy, worked out anew from the fleet.
  std::string check(const Next& step) const {
    if (wishes_.is_interrupted && !(step.move.empty() && step.restore.empty())) {
      return "starts nodes after an interrupt";
    }
    if (!step.move.empty()) {
      if (failures() > policy_.max_failures) return "moves on after too many failures";
      if (wishes_.is_undo) return "moves on in an undo";
    }
    for (const auto& [code, limits] : policy_.places) {
      std::int64_t busy = 0, healthy = 0, taken_healthy = 0;
      for (const auto& node : nodes_) {
        if (node.place != code) continue;
        if (node.phase == Phase::moving || node.phase == Phase::restoring) ++busy;
        if (node.is_healthy) ++healthy;
      }
      for (const auto* list : {&step.move, &step.restore}) {
        for (const auto i : *list) {
          if (nodes_[i].place != code) continue;
          ++busy;
          if (nodes_[i].is_healthy) ++taken_healthy;
        }
      }
      if (busy > limits.batch) return "more than a batch in flight";
      if (taken_healthy > 0 && healthy - taken_healthy < limits.min_healthy) {
        return "fewer than min_healthy";
      }
    }
    for (const auto i : step.move) {
      if (nodes_[i].phase != Phase::waiting) return "moves what does not wait";
      if (auto broken = check_order(i, step); !broken.empty()) return broken;
    }
    for (const auto i : step.restore) {
      const auto phase = nodes_[i].phase;
      if (phase != Phase::moved && phase != Phase::failed) return "restores what was not touched";
    }
    if (step.ending && in_flight() > 0) return "ends with nodes in flight";
    return "";
  }

  /// What is shipped ahead waits, and is never more than the next batch.
  std::string check_ahead() const {
    const auto coming = ahead(policy_, nodes_, now_);
    if (!coming.empty() && failures() > policy_.max_failures) return "ships ahead of nothing";
    std::map<std::string, std::int64_t> counts;
    for (const auto i : coming) {
      if (nodes_[i].phase != Phase::waiting) return "ships ahead to what does not wait";
      if (++counts[nodes_[i].place] > policy_.places.at(nodes_[i].place).batch) {
        return "ships ahead more than a batch";
      }
    }
    return "";
  }

  /// Waves in order, bakes over, canaries first.
  std::string check_order(std::size_t i, const Next& step) const {
    const auto wave = wave_of(nodes_[i].place);
    std::int64_t settled_in_wave = 0, busy_in_wave = 0, starting = 0;
    TimePoint last{};
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const auto& node = nodes_[k];
      const auto its = wave_of(node.place);
      const bool is_touched =
          touched_.contains(k) || node.phase == Phase::moved || node.phase == Phase::failed;
      if (its < wave) {
        if (node.phase == Phase::waiting || node.phase == Phase::moving)
          return "waves out of order";
        if (is_touched && now_ < node.settled + policy_.waves[its].bake) return "a wave's bake cut";
      }
      if (its != wave) continue;
      if (node.phase == Phase::moving)
        ++busy_in_wave;
      else if (is_touched) {
        ++settled_in_wave;
        last = std::max(last, node.settled);
      }
      if (std::ranges::find(step.move, k) != step.move.end()) ++starting;
    }
    const auto begun = settled_in_wave + busy_in_wave + starting;
    if (policy_.canaries > 0 && begun > policy_.canaries) {
      if (settled_in_wave < policy_.canaries) return "more than the canaries before they settled";
    }
    return "";
  }

  std::string check_end(Ending how) {
    ending = how;
    const auto has = [&](Phase phase) {
      return std::ranges::any_of(nodes_, [&](const NodeView& n) { return n.phase == phase; });
    };
    if (how == Ending::done && (failures() > 0 || has(Phase::waiting) || has(Phase::skipped))) {
      return "calls it done";
    }
    if (how == Ending::rolled_back &&
        (has(Phase::moved) || has(Phase::failed) || has(Phase::stuck))) {
      return "calls it rolled back";
    }
    if (how == Ending::partly && failures() > policy_.max_failures) return "tolerates too much";
    if (how == Ending::stopped && failures() <= policy_.max_failures) return "stops for nothing";
    return "";
  }

  std::mt19937 random_;
  Policy policy_;
  Wishes wishes_;
  std::vector<NodeView> nodes_;
  std::vector<Fate> fates_;
  std::set<std::size_t> touched_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::optional<TimePoint> interrupt_at_;
  std::optional<TimePoint> blocked_;
  TimePoint now_{};
};

TEST(SchedulerProperties, NoLimitIsEverBrokenAndItAlwaysEnds) {
  std::map<Ending, int> endings;
  for (unsigned seed = 1; seed <= 120'000; ++seed) {
    World world(seed);
    const auto broken = world.run();
    ASSERT_EQ(broken, "") << "seed " << seed;
    ++endings[world.ending];
  }
  // The random worlds are only worth something when they reach every ending.
  for (const auto ending : {Ending::done, Ending::partly, Ending::stopped, Ending::rolled_back,
                            Ending::incomplete, Ending::interrupted}) {
    EXPECT_GT(endings[ending], 100) << to_string(ending);
  }
}

TEST(Policy, WorksOutTheNumbersOfEachPlace) {
  config::Update update;
  update.waves = {{.places = {{"us", {}}}, .bake = 1min, .span = {}}};
  update.batch = {{25, true}, {}};
  const auto policy = make_policy(update, {{"us", 10}, {"old", 3}}, 5s);
  ASSERT_EQ(policy.waves.size(), 2U);
  EXPECT_THAT(policy.waves[1].places, ElementsAre("old"));
  EXPECT_EQ(policy.places.at("us").batch, 2);
  EXPECT_EQ(policy.places.at("us").min_healthy, 8);
  EXPECT_EQ(policy.places.at("old").batch, 1);
  update.min_healthy = {{80, true}, {}};
  EXPECT_EQ(make_policy(update, {{"us", 11}}, 5s).places.at("us").min_healthy, 9);
}

}  // namespace
}  // namespace ccloud::rollout
