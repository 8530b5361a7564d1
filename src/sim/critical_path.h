// How long what was served had to take at least: the longest chain of calls that needed each other,
// with the clouds' own latencies, rate limits and boots, for a client that waits for nothing else.
// Pure; chains.h records what it is made from.
#pragma once

#include <string>
#include <vector>

#include "sim/front.h"

namespace ccloud::sim {

/// An earlier write, by index, that made what a later one names.
struct Need {
  std::size_t write = 0;
  /// Counted from the start of that write: until then the cloud denies that there is such a thing.
  Duration unseen{};
};

/// A call that changed something and was carried out.
struct ServedWrite {
  std::string region;
  std::string action;
  Duration latency{};
  std::vector<Need> needs;      ///< nobody can name a thing before its maker's answer
  std::vector<Bucket> buckets;  ///< with --limits real
  Duration longest_boot{};      ///< of the machines that it made; 0: none, or none has run
};

struct PathStep {
  std::string region;
  std::string action;
  Duration start{};  ///< since the first call
  Duration took{};   ///< latency, or until its slowest machine ran
};

struct CriticalPath {
  Duration length{};            ///< until the last of all is done and, for machines, seen to run
  std::vector<PathStep> steps;  ///< the chain that it hangs on, first one first
};

/// Of one cloud's writes, in the order in which they were served. `look` is what must be known
/// before the first (the longest list), `glance` the shortest read: that machines run is not known
/// before one. `speed` refills the buckets faster.
CriticalPath critical_path(const std::vector<ServedWrite>& writes, Duration look, Duration glance,
                           double speed);

}  // namespace ccloud::sim
