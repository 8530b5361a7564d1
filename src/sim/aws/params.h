// The parameters of a query-protocol request: "InstanceId.1=i-..&Filter.1.Name=..". Strict: what an
// operation does not declare is refused, like a value that is not of its type.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/aws/answer.h"

namespace ccloud::sim::aws {

class Params {
 public:
  /// From a form body or a query string. A key that comes twice is refused.
  static Answer<Params> parse(std::string_view form);

  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  /// Empty when absent.
  const std::string& get(std::string_view key) const;
  std::int64_t number(std::string_view key, std::int64_t otherwise) const;
  bool flag(std::string_view key, bool otherwise = false) const;
  /// Values of "name.1", "name.2", ... in the order of their numbers.
  std::vector<std::string> list(std::string_view name) const;
  /// The prefixes "name.1", "name.2", ... of a list of structures.
  std::vector<std::string> entries(std::string_view name) const;
  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Checks against a declaration: names separated by blanks, numbers as N, "!" behind what is
/// required, ":int" or ":bool" where it is not text: "InstanceId.N! MaxResults:int DryRun:bool".
Answer<> check_params(const Params& params, std::string_view declaration);

}  // namespace ccloud::sim::aws
