// The `filter` of lists, in both of its syntaxes: `labels.a = "x" AND status = RUNNING`, and
// `name eq 'demo-.*'`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::sim::gcp {

/// All values at a path of fields ("labels.a", "tags.items"); none when there is no such field.
using Values = std::function<std::vector<std::string>(const std::string& path)>;

class Filter {
 public:
  struct Node;
  /// An empty text lets everything pass. invalid_argument: it cannot be read.
  static Result<Filter> parse(std::string_view text);
  bool matches(const Values& values) const;
  bool is_empty() const { return root_ == nullptr; }

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace ccloud::sim::gcp
