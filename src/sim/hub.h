// The hub stands before the fronts: for each request it records the call, lets a fault or a rate
// limit strike, adds latency, and has the front carry it out. Pure: no sockets, no waiting.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "http/server.h"
#include "sim/chains.h"
#include "sim/faults.h"
#include "sim/front.h"
#include "sim/limiter.h"

namespace ccloud::sim {

/// One served call, for /_sim/calls.
struct CallRecord {
  Time at{};
  std::string cloud;
  std::string account;
  std::string region;
  std::string action;
  bool is_write = false;
  int status = 0;
  std::string fault;       ///< empty: none
  std::string user_agent;  ///< names the run and the operator
};

class Hub {
 public:
  explicit Hub(World& world);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  World& world() { return world_; }
  /// How long calls take from now on; boots and the like stay as they were.
  void set_latency(Latency latency) { latency_ = latency; }
  Faults& faults() { return faults_; }
  const std::vector<std::unique_ptr<Front>>& fronts() const { return fronts_; }
  http::ServerReply serve(Front& front, const Request& request);
  /// All clouds as if nobody had ever called; credentials stay, faults too.
  void reset();

  const std::deque<CallRecord>& calls() const { return calls_; }
  /// Calls served since the start or the last reset, by (cloud, action).
  const std::map<std::pair<std::string, std::string>, std::uint64_t>& counts() const {
    return counts_;
  }
  std::uint64_t writes() const { return writes_; }
  /// What each list took: the pages of one (cloud, region, action) can only come one after another.
  struct Served {
    std::uint64_t calls = 0;
    Duration latency{};
    std::chrono::nanoseconds work{};  ///< this machine's own, to answer
  };
  using ServedKey = std::tuple<std::string, std::string, std::string>;
  const std::map<ServedKey, Served>& served() const { return served_; }
  /// How long each cloud's part had to take at least (critical_path.h).
  std::map<std::string, CriticalPath> critical_paths() { return chains_.paths(world_); }
  void forget_calls();

 private:
  http::ServerReply hold_or_answer(Front& front, const Call& call, Time until);
  http::ServerReply carry_out(Front& front, Call& call, const FaultRule* fault);
  void remember_chain(const Front& front, const Call& call, const http::ServerReply& reply);

  World& world_;
  Latency latency_;
  std::vector<std::unique_ptr<Front>> fronts_;
  Faults faults_;
  Limiter limiter_;
  std::deque<CallRecord> calls_;  // the last ones
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
  std::uint64_t writes_ = 0;
  std::map<ServedKey, Served> served_;
  Chains chains_;
};

}  // namespace ccloud::sim
