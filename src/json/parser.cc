#include "json/parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"
#include "diag/suggest.h"
#include "json/scanner.h"
#include "json/writer.h"

namespace ccloud::json {
namespace {

using diag::Diagnostic;

class Parser {
 public:
  Parser(const diag::SourceFile& file, diag::Diagnostics& diagnostics, const ParseLimits& limits)
      : file_(file),
        limits_(limits),
        scanner_(file, tree_, diagnostics),
        diagnostics_(diagnostics) {}

  Tree run() {
    const std::size_t before = diagnostics_.items().size();
    if (scanner_.check_encoding()) {
      advance();
      if (token_.kind == Token::Kind::end) {
        if (!scanner_.is_cut()) report(token_.span, "the file is empty");
      } else if (!has_bare_members()) {
        tree_.root = value();
        finish();
      }
    }
    tree_.comments = scanner_.comments();
    tree_.is_whole = diagnostics_.items().size() == before;
    return std::move(tree_);
  }

 private:
  bool stopped() const { return is_stopped_; }

  void advance() {
    last_end_ = token_.span.end;
    token_ = scanner_.next();
  }

  Diagnostic& report(Span span, std::string message) {
    diagnostics_.error("syntax", span, std::move(message));
    if (++slips_ >= limits_.slips && !is_stopped_) {
      is_stopped_ = true;
      diagnostics_.error("syntax", span, "too many slips: the rest of the file was not read");
    }
    return diagnostics_.items().back();
  }

  bool at(char punctuation) const { return token_.is(punctuation); }
  bool at_end() const { return token_.kind == Token::Kind::end || stopped(); }

  bool at_value() const {
    return token_.kind == Token::Kind::string || token_.kind == Token::Kind::number ||
           token_.kind == Token::Kind::word || at('{') || at('[');
  }

  /// A file that begins with a key, as YAML and TOML do: said once, and not read further.
  bool has_bare_members() {
    const bool is_key = token_.kind == Token::Kind::string || token_.kind == Token::Kind::word;
    const auto rest = is_key ? file_.text().substr(token_.span.end) : std::string_view();
    const auto next = rest.find_first_not_of(" \t");
    if (next == std::string_view::npos || (rest[next] != ':' && rest[next] != '=')) return false;
    report(token_.span, "a JSON file begins with \"{\": its members stand in braces");
    tree_.root = broken(token_.span);
    return true;
  }

  void finish() {
    if (at_end()) return;
    const Span rest = token_.span;
    if (!at('}') && !at(']')) {
      report(rest, "there is more text after the end of the value");
      return;
    }
    auto& slip = report(rest, fmt::format("\"{}\" closes nothing", token_.punctuation));
    slip.hint = "remove it";
    slip.suggestion = "";
  }

  const Node* broken(Span span) { return tree_.make(Kind::broken, span); }

  const Node* value() {
    if (at('{')) return nested(&Parser::object);
    if (at('[')) return nested(&Parser::array);
    const Token token = token_;
    switch (token.kind) {
      case Token::Kind::string:
        return leaf(token, token.is_sound ? Kind::string : Kind::broken);
      case Token::Kind::number:
        return leaf(token, token.is_sound ? Kind::number : Kind::broken);
      case Token::Kind::word:
        return word(token);
      default:
        break;
    }
    if (token.kind == Token::Kind::end) {
      if (!scanner_.is_cut()) report(token.span, "the file ends where a value should be");
    } else {
      report(token.span, fmt::format("expected a value, found {}", quoted(file_.text(token.span))));
      if (!at(',') && !at('}') && !at(']')) advance();
    }
    return broken({token.span.begin, token.span.begin});
  }

  const Node* leaf(const Token& token, Kind kind) {
    Node* node = tree_.make(kind, token.span);
    node->text = token.text;
    advance();
    return node;
  }

  const Node* word(const Token& token) {
    const std::string_view written = token.text;
    Node* node = tree_.make(Kind::boolean, token.span);
    advance();
    node->boolean = written == "true";
    if (written == "true" || written == "false") return node;
    node->kind = Kind::null;
    if (written == "null") return node;
    const std::string lower = to_lower(written);
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> lookalikes{
        {{"true", "true"},
         {"false", "false"},
         {"null", "null"},
         {"yes", "true"},
         {"no", "false"},
         {"none", "null"},
         {"nil", "null"},
         {"undefined", "null"},
         {"on", "true"}}};
    const auto it = std::ranges::find(lookalikes, lower, [](const auto& p) { return p.first; });
    if (it != lookalikes.end()) {
      report(token.span, fmt::format("JSON has no {}", quoted(written))).suggestion =
          std::string(it->second);
      // A null that no key takes would be reported a second time as such.
      node->kind = it->second == "null" ? Kind::broken : Kind::boolean;
      node->boolean = it->second == "true";
      return node;
    }
    static const std::vector<std::string_view> words{"true", "false", "null"};
    if (const auto meant = diag::suggest(lower, words); meant && meant->front() == lower.front()) {
      report(token.span, fmt::format("JSON has no {}", quoted(written))).suggestion = meant;
      node->kind = Kind::broken;
      return node;
    }
    report(token.span, "a string is written in double quotes").suggestion = quoted(written);
    node->kind = Kind::string;
    node->text = written;
    return node;
  }

  const Node* nested(const Node* (Parser::*read)()) {
    if (open_.size() >= limits_.depth) {
      report(token_.span, fmt::format("nested deeper than {} levels", limits_.depth));
      is_stopped_ = true;
      return broken(token_.span);
    }
    open_.push_back(token_);
    const Node* node = (this->*read)();
    open_.pop_back();
    return node;
  }

  bool is_open(char bracket) const {
    return std::ranges::any_of(open_, [&](const Token& token) { return token.is(bracket); });
  }

  /// At the end of a list or object: true when it is over (closed, or given up).
  bool closes(Node& node, char closer) {
    if (at(closer)) {
      advance();
      node.span.end = last_end_;
      return true;
    }
    const char other = closer == '}' ? ']' : '}';
    const bool at_other = at(other);
    if (!at_end() && !at_other) return false;
    node.span.end = std::max(last_end_, node.span.begin + 1);
    if (stopped() || (!at_other && scanner_.is_cut())) return true;
    if (at_other && !is_open(other == '}' ? '{' : '[')) {
      report(token_.span, fmt::format("\"{}\" closes nothing", other));
      advance();
      if (at(',')) advance();  // it went with the bracket
      return false;
    }
    const Span opener = open_.back().span;
    auto& slip =
        report(token_.span, at_other ? fmt::format("expected \"{}\", found \"{}\"", closer, other)
                                     : fmt::format("the file ends before \"{}\"", closer));
    slip.notes.push_back({opener, fmt::format("\"{}\" was opened here", file_.text(opener))});
    if (!at_other) is_stopped_ = true;  // one report for all that is open
    return true;
  }

  /// After an element: false when the list or object is over.
  bool comma(Node& node, char closer) {
    if (at(',')) {
      const Span comma = token_.span;
      advance();
      if (at(closer)) {
        auto& slip = report(comma, "trailing comma");
        slip.hint = "remove it";
        slip.suggestion = "";
      }
      return true;
    }
    if (at(closer) || at_end() || at(closer == '}' ? ']' : '}')) return true;
    if (at_value()) {
      report({last_end_, last_end_}, "a comma is missing").suggestion = ",";
      return true;
    }
    auto& slip = report(token_.span, fmt::format("expected \",\" or \"{}\", found {}", closer,
                                                 quoted(file_.text(token_.span))));
    if (file_.text(token_.span) == ";") slip.suggestion = ",";
    advance();
    static_cast<void>(node);
    return true;
  }

  const Node* array() {
    Node* node = tree_.make(Kind::array, token_.span);
    advance();
    while (!closes(*node, ']')) {
      if (at(',')) {
        report(token_.span, "a value is missing before the comma");
        advance();
        continue;
      }
      node->items.push_back(value());
      if (at(':')) {
        report(token_.span, "a list holds values without keys");
        advance();
        continue;
      }
      comma(*node, ']');
    }
    return node;
  }

  const Node* object() {
    Node* node = tree_.make(Kind::object, token_.span);
    Seen seen;
    advance();
    while (!closes(*node, '}')) {
      if (at(',')) {
        report(token_.span, "a member is missing before the comma");
        advance();
        continue;
      }
      if (token_.kind != Token::Kind::string && token_.kind != Token::Kind::word) {
        report(token_.span, fmt::format("expected a key in double quotes, found {}",
                                        quoted(file_.text(token_.span))));
        if (at_value())
          value();
        else
          advance();
        if (at(',')) advance();
        continue;
      }
      member(*node, seen);
      comma(*node, '}');
    }
    return node;
  }

  /// The keys of one object; a table only for large ones.
  class Seen {
   public:
    /// Where the key stands already, or null.
    const Span* find(const Node& node, std::string_view key) {
      constexpr std::size_t few = 12;
      if (node.members.size() <= few) {
        const auto it = std::ranges::find(node.members, key, &KeyedNode::key);
        return it == node.members.end() ? nullptr : &it->key_span;
      }
      for (; known_ < node.members.size(); ++known_)
        table_.emplace(node.members[known_].key, known_);
      const auto it = table_.find(key);
      return it == table_.end() ? nullptr : &node.members[it->second].key_span;
    }

   private:
    std::unordered_map<std::string_view, std::size_t> table_;
    std::size_t known_ = 0;
  };

  void member(Node& node, Seen& seen) {
    const Token key = token_;
    if (key.kind == Token::Kind::word)
      report(key.span, "a key is written in double quotes").suggestion = quoted(key.text);
    advance();
    const Node* read = nullptr;
    if (at(':')) {
      advance();
      read = value();
    } else if (at('=')) {
      report(token_.span, "a key and its value are joined by a colon").suggestion = ":";
      advance();
      read = value();
    } else if (at_value()) {
      report({last_end_, last_end_},
             fmt::format("a colon is missing after the key {}", quoted(key.text)))
          .suggestion = ":";
      read = value();
    } else {
      report(key.span, fmt::format("the key {} has no value", quoted(key.text)));
      read = broken({key.span.end, key.span.end});
    }
    const Span* first = seen.find(node, key.text);
    if (first == nullptr) {
      node.members.push_back({key.text, key.span, read});
      return;
    }
    tree_.repeated.push_back({key.text, key.span, read});
    diagnostics_.error("duplicate-key", key.span,
                       fmt::format("the key {} is written twice", quoted(key.text)));
    diagnostics_.items().back().notes.push_back({*first, "first written here"});
  }

  const diag::SourceFile& file_;
  ParseLimits limits_;
  Tree tree_;
  Scanner scanner_;
  diag::Diagnostics& diagnostics_;
  Token token_;
  std::vector<Token> open_;
  std::uint32_t last_end_ = 0;
  std::size_t slips_ = 0;
  bool is_stopped_ = false;
};

}  // namespace

Tree parse_located(const diag::SourceFile& file, diag::Diagnostics& diagnostics,
                   const ParseLimits& limits) {
  return Parser(file, diagnostics, limits).run();
}

}  // namespace ccloud::json
