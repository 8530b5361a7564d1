// Grammar: filter = sequence {["AND"] sequence}; sequence = factor {"OR" factor};
// factor = "(" filter ")" | field operator value. OR binds closer than AND.
#include "sim/gcp/filter.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::gcp {

struct Filter::Node {
  enum class Kind { all, any, compare, regex };
  Kind kind = Kind::all;
  std::vector<std::shared_ptr<const Node>> parts;
  std::string path, op, value;
  std::regex pattern;
};

namespace {

using Node = Filter::Node;
using NodePtr = std::shared_ptr<const Node>;

struct Word {
  std::string text;
  bool is_quoted = false;
};

bool is_operator_character(char c) {
  return c == '=' || c == '!' || c == '<' || c == '>' || c == ':';
}

/// Words, operators and brackets; nullopt: an open quote.
std::optional<std::vector<Word>> words_of(std::string_view text) {
  std::vector<Word> out;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n') {
      ++i;
    } else if (c == '(' || c == ')') {
      out.push_back({std::string(1, c)});
      ++i;
    } else if (is_operator_character(c)) {
      std::string op(1, c);
      if (c != ':' && i + 1 < text.size() && text[i + 1] == '=') op += '=';
      i += op.size();
      out.push_back({op});
    } else if (c == '"' || c == '\'') {
      std::string value;
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == c || text[i + 1] == '\\'))
          ++i;
        value += text[i];
      }
      if (i == text.size()) return std::nullopt;
      ++i;
      out.push_back({value, true});
    } else {
      const auto begin = i;
      // A bare value may hold what a URL or a time holds.
      const bool is_value =
          !out.empty() && !out.back().is_quoted && is_operator_character(out.back().text[0]);
      while (i < text.size() && !std::string_view(" \t\n()").contains(text[i]) &&
             (is_value || !is_operator_character(text[i]))) {
        ++i;
      }
      out.push_back({std::string(text.substr(begin, i - begin))});
    }
  }
  return out;
}

class Parser {
 public:
  explicit Parser(std::vector<Word> words) : words_(std::move(words)) {}

  Result<NodePtr> run() {
    auto node = filter();
    if (!problem_.empty() || at_ != words_.size()) {
      return make_error(ErrorCode::invalid_argument,
                        problem_.empty() ? "Invalid list filter expression." : problem_);
    }
    if (regexes_ > 0 && comparisons_ > 0) {
      return make_error(ErrorCode::invalid_argument,
                        "The two syntaxes of filters cannot be mixed.");
    }
    if (regex_fields_ > 1) {
      return make_error(ErrorCode::invalid_argument,
                        "Regular expressions can constrain one field only.");
    }
    return node;
  }

 private:
  bool is(std::string_view text) const {
    return at_ < words_.size() && !words_[at_].is_quoted && words_[at_].text == text;
  }
  bool take(std::string_view text) { return is(text) && ++at_ > 0; }

  NodePtr fail(std::string_view why) {
    if (problem_.empty()) problem_ = fmt::format("Invalid list filter expression: {}", why);
    at_ = words_.size();
    return std::make_shared<Node>();
  }

  NodePtr filter() {
    auto node = std::make_shared<Node>();
    do {
      node->parts.push_back(sequence());
      if (take("AND")) {
        if (at_ == words_.size()) return fail("nothing follows AND.");
      }
    } while (problem_.empty() && at_ < words_.size() && !is(")"));
    return node;
  }

  NodePtr sequence() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::any;
    do {
      node->parts.push_back(factor());
    } while (problem_.empty() && take("OR"));
    return node;
  }

  NodePtr factor() {
    if (take("(")) {
      auto node = filter();
      return take(")") ? node : fail("a bracket stays open.");
    }
    return comparison();
  }

  NodePtr comparison() {
    if (at_ + 3 > words_.size()) return fail("a comparison is a field, an operator and a value.");
    auto node = std::make_shared<Node>();
    node->path = words_[at_].text;
    node->op = words_[at_ + 1].text;
    node->value = words_[at_ + 2].text;
    const bool is_bracket =
        !words_[at_ + 2].is_quoted && (node->value == "(" || node->value == ")");
    if (words_[at_].is_quoted || words_[at_ + 1].is_quoted || is_bracket) {
      return fail("a comparison is a field, an operator and a value.");
    }
    at_ += 3;
    if (node->op == "eq" || node->op == "ne") return regular(std::move(node));
    static constexpr std::string_view known[] = {"=", "!=", "<", "<=", ">", ">=", ":"};
    if (std::find(std::begin(known), std::end(known), node->op) == std::end(known)) {
      return fail(fmt::format("unknown operator {}.", node->op));
    }
    ++comparisons_;
    node->kind = Node::Kind::compare;
    return node;
  }

  NodePtr regular(std::shared_ptr<Node> node) {
    ++regexes_;
    if (regex_field_ != node->path) ++regex_fields_;
    regex_field_ = node->path;
    node->kind = Node::Kind::regex;
    try {  // <regex> throws for what is no pattern
      node->pattern.assign(node->value);
    } catch (const std::regex_error&) {
      return fail(fmt::format("'{}' is not a regular expression.", node->value));
    }
    return node;
  }

  std::vector<Word> words_;
  std::size_t at_ = 0;
  std::string problem_, regex_field_;
  int comparisons_ = 0, regexes_ = 0, regex_fields_ = 0;
};

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int order_of(const std::string& a, const std::string& b) {
  const auto x = number_of(a);
  const auto y = number_of(b);
  if (x && y) return *x < *y ? -1 : (*x > *y ? 1 : 0);
  const auto at = parse_time(a);
  const auto other = parse_time(b);
  if (at && other) return *at < *other ? -1 : (*at > *other ? 1 : 0);
  return a.compare(b);
}

bool holds(const Node& node, const std::string& value) {
  if (node.op == ":") {
    if (node.value == "*") return true;
    return glob_match("*" + to_lower(node.value) + "*", to_lower(value));
  }
  if (node.op == "=") return value == node.value;
  const int order = order_of(value, node.value);
  if (node.op == "<") return order < 0;
  if (node.op == "<=") return order <= 0;
  if (node.op == ">") return order > 0;
  return order >= 0;
}

bool compare(const Node& node, const std::vector<std::string>& found) {
  if (node.op == "!=") {
    return std::ranges::none_of(found, [&](const auto& one) { return one == node.value; });
  }
  return std::ranges::any_of(found, [&](const auto& one) { return holds(node, one); });
}

bool matches_node(const Node& node, const Values& values) {
  const auto passes = [&](const NodePtr& part) { return matches_node(*part, values); };
  switch (node.kind) {
    case Node::Kind::all:
      return std::ranges::all_of(node.parts, passes);
    case Node::Kind::any:
      return std::ranges::any_of(node.parts, passes);
    case Node::Kind::compare:
      return compare(node, values(node.path));
    case Node::Kind::regex: {
      const auto found = values(node.path);
      const bool has = std::ranges::any_of(
          found, [&](const auto& one) { return std::regex_match(one, node.pattern); });
      return has == (node.op == "eq");
    }
  }
  return false;
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text) {
  Filter filter;
  if (trim(text).empty()) return filter;
  auto words = words_of(text);
  if (!words) {
    return make_error(ErrorCode::invalid_argument,
                      "Invalid list filter expression: a quote stays open.");
  }
  auto root = Parser(std::move(*words)).run();
  if (!root) return root.error();
  filter.root_ = *root;
  return filter;
}

bool Filter::matches(const Values& values) const {
  return root_ == nullptr || matches_node(*root_, values);
}

}  // namespace ccloud::sim::gcp
