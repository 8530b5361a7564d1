// A cloud in memory behind the Provider interface, for tests of planner and runbooks on a virtual
// clock: idempotency tokens, boots that take time, lists that lag, and faults by script. One
// FakeCloud may be opened by several "machines" at once.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cloud/provider.h"

namespace ccloud::cloud::testing {

/// What the next call of that name does instead of, or besides, its work.
struct Fault {
  std::string call;  ///< "create_nodes", "discover", ...
  std::optional<Error> error;
  bool after_effect = false;  ///< the work is done, the reply is lost
  async::Duration delay{0};
};

class FakeCloud {
 public:
  explicit FakeCloud(async::Loop& loop,
                     std::vector<std::string> regions = {"us-east-1", "us-west-2"});

  /// A cloud::Factory that opens this cloud.
  Factory factory();

  // What there is, by id. Tests may change it behind ccloud's back.
  std::map<std::string, Instance> nodes;
  std::map<std::string, Network> networks;
  std::map<std::string, Firewall> firewalls;
  std::map<std::string, Key> keys;

  std::deque<Fault> faults;
  async::Duration call_time = std::chrono::milliseconds(100);
  async::Duration boot_time = std::chrono::seconds(20);
  async::Duration end_time = std::chrono::seconds(15);
  async::Duration lag{0};   ///< what is younger is not listed
  int deaths_at_birth = 0;  ///< so many of the next instances die while they boot
  Capabilities capabilities;
  std::vector<std::string> calls;  ///< names, in order
  std::map<std::string, Error> broken_regions;
  std::set<std::string> closed_regions;                  ///< listed, but not enabled
  std::set<std::string> sold_out;                        ///< zones without room for new nodes
  std::function<void(const std::string& call)> on_call;  ///< before each, to meddle
  std::size_t alive() const;  ///< nodes that are neither terminated nor terminating
  std::size_t count(const std::string& call) const;

 private:
  friend class FakeProvider;
  bool is_listed(const std::string& id) const;
  void settle();
  std::string new_id(const std::string& prefix);

  async::Loop* loop_;
  std::vector<std::string> regions_;
  std::map<std::string, std::vector<std::string>> tokens_;  ///< to ids
  std::map<std::string, async::TimePoint> born_;            ///< by id
  std::map<std::string, async::TimePoint> ending_;          ///< by id
  std::map<std::string, bool> dies_;                        ///< by id
  int next_id_ = 0;
};

}  // namespace ccloud::cloud::testing
