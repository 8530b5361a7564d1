// A JSON text as a tree that knows where everything stands. Nodes live in their Tree; text that
// needs no unescaping is a view into the source file, which must outlive the tree.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diag/span.h"

namespace ccloud::json {

using diag::Span;

/// `broken` stands where a value should be and could not be read; it was reported already.
enum class Kind : std::uint8_t { null, boolean, number, string, array, object, broken };
/// For messages: "a string", "true or false", "an object".
std::string_view describe(Kind kind);

struct Node;

struct KeyedNode {
  std::string_view key;
  Span key_span;  ///< with the quotes
  const Node* value = nullptr;
};

struct Node {
  Kind kind = Kind::broken;
  bool boolean = false;
  Span span;              ///< with quotes or brackets
  std::string_view text;  ///< a string's content, a number's digits
  std::vector<const Node*> items;
  std::vector<KeyedNode> members;  ///< in file order, each key once

  /// The member's value or null. Not for two threads at once.
  const Node* find(std::string_view key) const;
  const KeyedNode* find_member(std::string_view key) const;
  bool is_object() const { return kind == Kind::object; }
  bool is_array() const { return kind == Kind::array; }
  bool is_string() const { return kind == Kind::string; }

 private:
  using Index = std::unordered_map<std::string_view, std::uint32_t>;
  /// Made at the first look-up in a large object, so that looking up each of them stays linear.
  mutable std::shared_ptr<const Index> index_;
};

class Tree {
 public:
  Tree() = default;
  Tree(Tree&&) = default;
  Tree& operator=(Tree&&) = default;

  Node* make(Kind kind, Span span);
  /// Text that is not in the source file as it stands.
  std::string_view keep(std::string text);

  const Node* root = nullptr;       ///< null when there is no value at all
  bool is_whole = false;            ///< nothing was wrong with the text
  std::vector<Span> comments;       ///< in file order
  std::vector<KeyedNode> repeated;  ///< members whose key stood there already

 private:
  std::deque<Node> nodes_;
  std::deque<std::string> texts_;
};

/// RFC 6901 pointer of the innermost value or member at the offset; "" for the root.
std::string pointer_at(const Tree& tree, std::uint32_t offset);

/// RFC 7396: what `patch` makes of `base` (which may be null: nothing there). Untouched parts are
/// shared, and every part keeps the span of the text it came from.
const Node* merge_patch(Tree& tree, const Node* base, const Node& patch);

}  // namespace ccloud::json
