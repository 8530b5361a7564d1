// What the callers of the simulated clouds may do: everything, until somebody lists what.
// Operations are named as each cloud's own policies name them, so that a policy can be tried out as
// it is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::sim {

class Permissions {
 public:
  /// From now on only these: names or globs, in any case.
  void limit(const std::string& cloud, const std::vector<std::string>& operations);
  void lift() { limits_.clear(); }
  bool is_limited(std::string_view cloud) const { return limits_.contains(cloud); }
  /// The first of `needed` that the cloud's caller may not do.
  std::optional<std::string> missing(std::string_view cloud,
                                     const std::vector<std::string>& needed);
  /// What was listed and never needed: what a smallest policy has none of.
  std::vector<std::string> unused(std::string_view cloud) const;

 private:
  struct Entry {
    std::string name;
    std::string pattern;  ///< lower case
    bool is_used = false;
  };
  std::map<std::string, std::vector<Entry>, std::less<>> limits_;
};

}  // namespace ccloud::sim
