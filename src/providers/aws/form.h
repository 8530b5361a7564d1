// The body of an EC2 or STS request: `Action=X&Version=...` with the irregular list names of the
// EC2 query protocol spelled out by its users (fact sheet 1).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/model.h"

namespace ccloud::aws {

class Form {
 public:
  explicit Form(std::string action) : action_(std::move(action)) {}

  const std::string& action() const { return action_; }

  Form& add(std::string key, std::string value);
  Form& add(std::string key, std::int64_t value);
  Form& flag(std::string key, bool value);
  /// `key.1`, `key.2`, ...
  Form& list(std::string_view key, const std::vector<std::string>& values);
  /// The next `Filter.N`.
  Form& filter(std::string name, const std::vector<std::string>& values);
  /// `Tag.N.Key`, `Tag.N.Value`.
  Form& tags(const cloud::Labels& labels);
  /// The next `TagSpecification.N` for resources of that type.
  Form& tag_specification(std::string_view resource_type, const cloud::Labels& labels);

  /// Encoded, with Action and Version first.
  std::string body(std::string_view version) const;

 private:
  std::string action_;
  std::vector<std::pair<std::string, std::string>> pairs_;
  int filters_ = 0;
  int specifications_ = 0;
};

}  // namespace ccloud::aws
