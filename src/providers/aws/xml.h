// Read-only XML answers as paths of element names: "instancesSet/item". Namespaces are ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::aws {

/// A handle into its Xml; valid as long as that lives. What is not there is an empty node.
class Node {
 public:
  Node() = default;
  explicit Node(void* inner) : inner_(inner) {}

  bool exists() const { return inner_ != nullptr; }
  /// The first descendant along the path.
  Node find(std::string_view path) const;
  /// The text of find(path), or of this node for an empty path; "" when it is not there.
  std::string text(std::string_view path = {}) const;
  std::int64_t number(std::string_view path) const;  ///< 0 when it is not there or no number
  bool is_true(std::string_view path) const;
  /// The children called `name` of find(path).
  std::vector<Node> items(std::string_view path, std::string_view name = "item") const;

 private:
  void* inner_ = nullptr;
};

class Xml {
 public:
  /// protocol error for anything that is not XML.
  static Result<Xml> parse(std::string_view text);
  Xml(Xml&&) noexcept;
  Xml& operator=(Xml&&) noexcept;
  ~Xml();

  Node root() const;  ///< the document element

 private:
  struct Impl;
  explicit Xml(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ccloud::aws
