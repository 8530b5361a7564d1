#include "json/layout.h"

#include <algorithm>
#include <string_view>

namespace ccloud::json {
namespace {

/// Deeper nests are always spread over lines, however short.
constexpr std::size_t deepest_inline = 3;

class Layouter {
 public:
  Layouter(const diag::SourceFile& file, const Tree& tree, const LayoutOptions& options)
      : file_(file), options_(options) {
    if (options.has_comments) comments_ = tree.comments;
  }

  std::string run(const Node& root) {
    own_line_comments(root.span.begin, 0);
    if (root.is_object() || root.is_array())
      spread(root, 0);
    else
      out_ += file_.text(root.span);
    at_ = root.span.end;
    trailing_comments(root.span.end);
    out_ += '\n';
    own_line_comments(static_cast<std::uint32_t>(file_.text().size()), 0);
    return std::move(out_);
  }

 private:
  static bool is_container(const Node& node) { return node.is_object() || node.is_array(); }

  static std::size_t depth(const Node& node) {
    if (!is_container(node)) return 0;
    std::size_t deepest = 0;
    for (const Node* item : node.items) deepest = std::max(deepest, depth(*item));
    for (const auto& member : node.members) deepest = std::max(deepest, depth(*member.value));
    return deepest + 1;
  }

  bool has_comment_in(Span span) const {
    const auto it = std::ranges::lower_bound(comments_, span.begin, {}, &Span::begin);
    return it != comments_.end() && it->begin < span.end;
  }

  /// The node on one line, or nothing when it gets longer than `most`.
  bool flat(const Node& node, std::size_t most, std::string& out) const {
    if (!is_container(node)) {
      out += file_.text(node.span);
      return out.size() <= most;
    }
    if (node.items.empty() && node.members.empty()) {
      out += node.is_object() ? "{}" : "[]";
      return out.size() <= most;
    }
    out += node.is_object() ? "{ " : "[";
    bool is_first = true;
    for (const Node* item : node.items) {
      if (!is_first) out += ", ";
      is_first = false;
      if (!flat(*item, most, out)) return false;
    }
    for (const auto& member : node.members) {
      if (!is_first) out += ", ";
      is_first = false;
      out += file_.text(member.key_span);
      out += ": ";
      if (!flat(*member.value, most, out)) return false;
    }
    out += node.is_object() ? " }" : "]";
    return out.size() <= most;
  }

  void value(const Node& node, std::size_t indent, std::size_t column) {
    const bool may_be_flat =
        !is_container(node) || (depth(node) <= deepest_inline && !has_comment_in(node.span));
    std::string line;
    const std::size_t room = options_.width > column + 1 ? options_.width - column - 1 : 0;
    if (!is_container(node) || (may_be_flat && flat(node, room, line))) {
      out_ += is_container(node) ? line : std::string(file_.text(node.span));
      return;
    }
    spread(node, indent);
  }

  void spread(const Node& node, std::size_t indent) {
    const bool is_empty = node.items.empty() && node.members.empty();
    if (is_empty && !has_comment_in(node.span)) {
      out_ += node.is_object() ? "{}" : "[]";
      return;
    }
    out_ += node.is_object() ? '{' : '[';
    at_ = node.span.begin + 1;
    trailing_comments(at_);
    out_ += '\n';
    is_first_ = true;
    const std::size_t count = node.items.size() + node.members.size();
    std::size_t done = 0;
    for (const Node* item : node.items) element(nullptr, *item, indent + 2, ++done == count);
    for (const auto& member : node.members)
      element(&member, *member.value, indent + 2, ++done == count);
    own_line_comments(node.span.end, indent + 2);
    out_ += std::string(indent, ' ');
    out_ += node.is_object() ? '}' : ']';
    is_first_ = false;
  }

  void element(const KeyedNode* member, const Node& node, std::size_t indent, bool is_last) {
    const std::uint32_t begin = member != nullptr ? member->key_span.begin : node.span.begin;
    own_line_comments(begin, indent);
    blank_line(begin);
    out_ += std::string(indent, ' ');
    std::size_t column = indent;
    if (member != nullptr) {
      out_ += file_.text(member->key_span);
      out_ += ": ";
      column += member->key_span.end - member->key_span.begin + 2;
    }
    value(node, indent, column);
    if (!is_last) out_ += ',';
    at_ = node.span.end;
    trailing_comments(node.span.end);
    out_ += '\n';
    is_first_ = false;
  }

  /// One empty line where the text had some.
  void blank_line(std::uint32_t next) {
    if (is_first_ || !options_.has_comments || next <= at_) return;
    const auto gap = file_.text({at_, next});
    const auto first = gap.find('\n');
    if (first != std::string_view::npos && gap.find('\n', first + 1) != std::string_view::npos)
      out_ += '\n';
  }

  void comment_text(Span span) {
    auto text = file_.text(span);
    while (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\r'))
      text.remove_suffix(1);
    for (const char c : text)
      if (c != '\r') out_ += c;
  }

  /// Comments up to `end`, each on a line of its own.
  void own_line_comments(std::uint32_t end, std::size_t indent) {
    while (next_ < comments_.size() && comments_[next_].begin < end) {
      const Span comment = comments_[next_++];
      blank_line(comment.begin);
      out_ += std::string(indent, ' ');
      comment_text(comment);
      out_ += '\n';
      at_ = std::max(at_, comment.end);
      is_first_ = false;
    }
  }

  /// Comments that stand within what was just written, or behind it on the same line.
  void trailing_comments(std::uint32_t end) {
    bool ends_line = false;
    while (next_ < comments_.size() && !ends_line) {
      const Span comment = comments_[next_];
      const bool is_inside = comment.begin < end;
      const auto gap = is_inside ? std::string_view() : file_.text({end, comment.begin});
      const bool is_behind = gap.find_first_not_of(" \t,") == std::string_view::npos;
      if (!is_inside && !is_behind) return;
      ++next_;
      out_ += ' ';
      comment_text(comment);
      ends_line = file_.text(comment).starts_with("//");
      end = std::max(end, comment.end);
      at_ = std::max(at_, comment.end);
    }
  }

  const diag::SourceFile& file_;
  const LayoutOptions& options_;
  std::vector<Span> comments_;
  std::size_t next_ = 0;
  std::uint32_t at_ = 0;  // what was written came from before this
  bool is_first_ = true;
  std::string out_;
};

}  // namespace

std::string lay_out(const diag::SourceFile& file, const Tree& tree, const Node& root,
                    const LayoutOptions& options) {
  return Layouter(file, tree, options).run(root);
}

}  // namespace ccloud::json
