// A fleet in memory for the planner's tests: plans are applied to an Observed as a perfect cloud
// would, so that "plan, apply, plan again" can be asked of any config.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "plan/planner.h"

namespace ccloud::plan::testing {

/// Aborts with the diagnostics when the text is not a sound config.
config::Config config_of(std::string_view text);

inline constexpr std::string_view a_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V a";

/// What tests vary of a config with one cluster, `web`, in one place, `us`.
struct Shape {
  int count = 3;
  std::string size = R"({"cpu": 2, "memory": "4GiB"})";
  std::string image = "debian-12";
  std::string extra;  ///< members of the cluster
  std::string more;   ///< members of the file
  std::string place;  ///< members of the place
  std::string allow = R"({"tcp": 22, "from": "203.0.113.7/32"})";
};

config::Config make(const Shape& shape);

class Fleet {
 public:
  /// Every provider of the config, with these regions.
  explicit Fleet(std::vector<std::string> regions = {"us-east-1", "us-west-2"});

  Plan plan(const config::Config& config, PlanOptions options = {});
  /// Carries out everything of the plan, in order.
  void apply(const Plan& plan);
  /// plan() and apply() until nothing is left to do; aborts after a few rounds.
  void converge(const config::Config& config);

  cloud::RegionInventory& region(const std::string& provider, const std::string& name);
  cloud::Instance& node(const std::string& name);
  std::vector<std::string> names() const;

  Observed observed;
  Resolutions resolutions;

 private:
  void look(const config::Config& config);
  std::vector<std::string> regions_;
  int next_id_ = 0;
};

/// "create node.web-us-1 not_there" for each change but keeps.
std::vector<std::string> lines(const Plan& plan);
/// Those of nodes alone.
std::vector<std::string> node_lines(const Plan& plan);

}  // namespace ccloud::plan::testing
