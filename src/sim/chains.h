// What each write made and what it named, cloud by cloud, as the hub serves them: the record from
// which the critical path is found. A write names what was made by an earlier one when its target
// or body has the id, the name in a path, or the last part of either.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/critical_path.h"

namespace ccloud::sim {

class Chains {
 public:
  /// Kept with the write that is next recorded.
  void made(const Resource& resource);
  void record_read(std::string_view cloud, const CallInfo& info, Duration latency);
  /// Its buckets count with `is_limited`.
  void record_write(const Front& front, const Call& call, Duration latency, bool is_limited);
  void forget();

  /// Of each cloud that was written to.
  std::map<std::string, CriticalPath> paths(World& world) const;

 private:
  struct MachineId {
    Place place;
    std::string id;
  };
  struct Name {
    std::string text;
    Duration unseen{};
  };
  struct Cloud {
    std::map<std::pair<std::string, std::string>, Duration> lists;  ///< before the first write
    Duration glance = Duration::max();
    std::vector<ServedWrite> writes;
    std::vector<std::vector<MachineId>> machines;  ///< of each write
    std::unordered_map<std::string, Need> makers;  ///< by id, name, last part
  };

  std::map<std::string, Cloud, std::less<>> clouds_;
  std::vector<Name> names_;  ///< of what was made since the last write
  std::vector<MachineId> machines_;
};

/// The words of a URL or a body that may be ids or names: without quotes, escapes and brackets;
/// paths also by their last part. In lower case, as they come.
std::vector<std::string> words_of(std::string_view text);

}  // namespace ccloud::sim
