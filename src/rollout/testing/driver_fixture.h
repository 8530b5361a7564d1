// One service on a fleet in memory, and rollouts of it on virtual time.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rollout/driver.h"
#include "rollout/testing/fake_fleet.h"

namespace ccloud::rollout::testing {

class DriverTest : public ::testing::Test {
 public:
  DriverTest() {
    service_.name = "web";
    service_.version.value = "2.0";
    service_.dir = "/opt/web";
    service_.run = "./web";
    config::Health health;
    health.kind = config::Health::Kind::command;
    health.command = "check";
    health.deadline = std::chrono::seconds(20);
    service_.health = health;
    service_.update.batch = {{25, true}, {}};
  }

  Tools tools(async::Loop& loop, const std::string& run = "run-1") {
    Tools tools;
    tools.loop = &loop;
    tools.shell = &fleet_;
    tools.run_id = run;
    tools.operator_name = "anna@laptop";
    tools.listener = [this](const Event& event) { events_.push_back(event); };
    return tools;
  }

  Summary update(UpdateOptions options = {}, const std::string& run = "run-1") {
    async::Loop loop(async::ClockKind::virtual_time);
    watch_limits();
    auto summary = loop.run(
        update_service(Context(loop), tools(loop, run), service_, nodes_, std::move(options)));
    return std::move(*summary);
  }
  Summary resume() {
    async::Loop loop(async::ClockKind::virtual_time);
    return *loop.run(resume_rollout(Context(loop), tools(loop, "run-2"), service_, nodes_));
  }
  Summary undo() {
    async::Loop loop(async::ClockKind::virtual_time);
    return *loop.run(undo_rollout(Context(loop), tools(loop, "run-2"), service_, nodes_));
  }
  Status status() {
    async::Loop loop(async::ClockKind::virtual_time);
    return *loop.run(rollout_status(Context(loop), tools(loop), service_, nodes_));
  }

  void watch_limits() {
    lowest_ = 1000;
    fleet_.after = [this](const std::string&, const std::string&) {
      lowest_ = std::min(lowest_, fleet_.healthy("us"));
    };
  }
  std::int64_t with_version(const std::string& version) {
    return std::ranges::count_if(fleet_.nodes,
                                 [&](const auto& one) { return one.second.current == version; });
  }
  void add(const std::string& place, int count, const std::string& release) {
    auto more = fleet_.add(place, count, release);
    nodes_.insert(nodes_.end(), more.begin(), more.end());
  }

  config::Service service_;
  FakeFleet fleet_;
  std::vector<Node> nodes_;
  std::vector<Event> events_;
  std::int64_t lowest_ = 1000;
};

}  // namespace ccloud::rollout::testing
