#include "config/shape.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "config/key_words.h"
#include "config/number.h"
#include "diag/render.h"
#include "diag/suggest.h"
#include "json/writer.h"

namespace ccloud::config {
namespace {

using diag::quote;
using json::KeyedNode;
using json::Kind;
using json::Node;

/// Where in the config the walk is, for messages: `health of service "gateway"`.
struct Where {
  const Where* outer = nullptr;
  std::string_view what;
  std::string_view name;

  std::string text() const {
    if (!name.empty() && !what.empty()) return fmt::format("{} {}", what, quote(name));
    const std::string self(what);
    if (outer == nullptr) return self;
    if (self.empty()) return outer->text();
    return outer->outer == nullptr ? self : fmt::format("{} of {}", self, outer->text());
  }
};

class Checker {
 public:
  Checker(ShapeMode mode, diag::Diagnostics& diagnostics, BadNodes& bad)
      : mode_(mode), diagnostics_(diagnostics), bad_(bad) {}

  void value(const Node& node, const Type& type, const Where& where, std::string_view key) {
    if (node.kind == Kind::broken) {
      bad_.insert(&node);
      return;
    }
    if (node.kind == Kind::null && mode_ == ShapeMode::patch && !in_list_) return;
    switch (type.form) {
      case Form::anything:
        return;
      case Form::text:
        return text(node, type, key);
      case Form::integer:
        return integer(node, type, key);
      case Form::boolean:
        if (node.kind != Kind::boolean)
          wrong_type(node, key, "true or false", repair_boolean(node));
        return;
      case Form::object:
        return object(node, type, where, key);
      case Form::map:
        return map(node, type, where, key);
      case Form::list:
        return list(node, type, where, key);
      case Form::choice:
        return choice(node, type, where, key);
      case Form::patch:
        return patch(node, key);
    }
  }

 private:
  diag::Diagnostic& report(const Node& node, std::string_view code, diag::Span span,
                           std::string message) {
    bad_.insert(&node);
    diagnostics_.error(code, span, std::move(message));
    return diagnostics_.items().back();
  }

  /// Of a list or an object only its bracket: the caret need not run through all of it.
  static diag::Span head(const Node& node) {
    return node.is_object() || node.is_array() ? diag::Span{node.span.begin, node.span.begin + 1}
                                               : node.span;
  }

  /// The key, for messages.
  std::string subject(std::string_view key) const {
    return is_entry_ ? fmt::format("an entry of {}", quote(key)) : quote(key);
  }

  /// A word without quotes was reported as such; what it was meant as is not known.
  static bool is_unquoted(const Node& node) {
    return node.is_string() && node.span.end - node.span.begin == node.text.size();
  }

  void wrong_type(const Node& node, std::string_view key, std::string_view wanted,
                  std::string repair = {}) {
    if (is_unquoted(node)) {
      bad_.insert(&node);
      return;
    }
    auto& d =
        report(node, "wrong-type", head(node),
               fmt::format("{} must be {}, not {}", subject(key), wanted, describe(node.kind)));
    if (repair.empty()) return;
    const bool is_bare = wanted == "true or false" || node.is_string();
    d.hint = is_bare ? fmt::format("write {} without quotes", repair)
                     : fmt::format("write {}", json::quoted(repair));
    d.suggestion = std::move(repair);
  }

  static std::string repair_boolean(const Node& node) {
    if (node.kind != Kind::string && node.kind != Kind::number) return {};
    const std::string word = to_lower(node.text);
    if (word == "true" || word == "yes" || word == "on" || word == "1") return "true";
    if (word == "false" || word == "no" || word == "off" || word == "0") return "false";
    return {};
  }

  void text(const Node& node, const Type& type, std::string_view key) {
    const Format& format = *type.format;
    if (!node.is_string()) {
      std::string repair = repair_text(node, format);
      // A bare number below the least size was most likely meant in the next unit.
      if (format.measure != nullptr && repair.ends_with("MiB") &&
          format.measure(repair) < type.least)
        repair.replace(repair.size() - 3, 3, "GiB");
      wrong_type(node, key, format.values.empty() ? "a string" : "one of its names", repair);
      return;
    }
    if (!accepts(format, node.text)) {
      bad_text(node, format, key);
      return;
    }
    if (format.measure == nullptr) return;
    const std::int64_t number = format.measure(node.text);
    if (number < type.least || number > type.most)
      report(node, "out-of-range", node.span,
             fmt::format("{} of {} is outside {} to {}", subject(key), quote(node.text),
                         shown(format, type.least), shown(format, type.most)));
  }

  /// The string that a number or a boolean was meant as, or nothing.
  static std::string repair_text(const Node& node, const Format& format) {
    if (node.kind != Kind::number && node.kind != Kind::boolean) return {};
    std::string text(node.kind == Kind::number ? node.text : node.boolean ? "true" : "false");
    if (accepts(format, text)) return text;
    return format.repair != nullptr ? format.repair(text) : std::string();
  }

  static bool accepts(const Format& format, std::string_view text) {
    if (format.accepts != nullptr) return format.accepts(text);
    return std::ranges::find(format.values, text) != format.values.end();
  }

  static std::string shown(const Format& format, std::int64_t number) {
    if (format.accepts("1%")) return fmt::format("{}%", number);
    if (format.accepts("1ms")) return show_duration(std::chrono::milliseconds(number));
    return show_mib(number);
  }

  void bad_text(const Node& node, const Format& format, std::string_view key) {
    std::string repair = format.repair != nullptr ? format.repair(node.text) : std::string();
    if (!repair.empty() && !accepts(format, repair)) repair.clear();
    if (repair.empty() && !format.values.empty())
      repair = diag::suggest(node.text, format.values).value_or("");
    std::string message;
    if (format.code == std::string_view("unknown-driver"))
      message = fmt::format("there is no driver {}; there are {}", quote(node.text), names(format));
    else if (!format.values.empty())
      message = fmt::format("{} must be {}, not {}", subject(key), names(format), quote(node.text));
    else
      message = fmt::format("{} must be {}, not {}", subject(key), format.what, quote(node.text));
    auto& d = report(node, format.code, node.span, std::move(message));
    if (!repair.empty()) d.suggestion = std::move(repair);
  }

  static std::string names(const Format& format) {
    std::vector<std::string> quoted;
    for (const auto value : format.values) quoted.push_back(quote(value));
    return diag::one_of(quoted);
  }

  void integer(const Node& node, const Type& type, std::string_view key) {
    if (node.kind != Kind::number) {
      const bool is_number = node.is_string() && whole_number(node.text).has_value();
      wrong_type(node, key, "a whole number", is_number ? std::string(node.text) : std::string());
      return;
    }
    const auto number = whole_number(node.text);
    if (!number && has_fraction(node.text)) {
      report(node, "wrong-type", node.span,
             fmt::format("{} must be a whole number, not {}", subject(key), node.text));
      return;
    }
    if (!number || *number < type.least || *number > type.most)
      report(node, "out-of-range", node.span,
             fmt::format("{} of {} is outside {} to {}", subject(key), node.text, type.least,
                         type.most));
  }

  void object(const Node& node, const Type& type, const Where& where, std::string_view key) {
    if (!node.is_object()) {
      wrong_type(node, key, "an object");
      return;
    }
    const bool was_entry = std::exchange(is_entry_, false);
    std::vector<std::string> meant;  // keys that were only misspelt are not missing as well
    for (const KeyedNode& member : node.members) {
      const Key* known = type.find(member.key);
      if (known == nullptr) {
        meant.push_back(unknown_key(member, type, where));
        continue;
      }
      if (!known->is_carried_out) {
        report(*member.value, "not-supported", head(*member.value),
               fmt::format("{} in {} is not carried out by this version", quote(member.key),
                           where.text()))
            .hint = "remove it";
        continue;
      }
      const Where inner{
          &where, known->type->form == Form::object ? known->type->what : known->name, {}};
      value(*member.value, *known->type, inner, member.key);
    }
    if (mode_ == ShapeMode::whole || in_list_) {
      for (const Key& known : type.keys)
        if (known.is_required && node.find(known.name) == nullptr)
          missing(node, known.name, where, meant);
    }
    for (const Relation& relation : type.relations) relate(node, relation, where, meant);
    is_entry_ = was_entry;
  }

  /// The key that was probably meant, or nothing.
  std::string unknown_key(const KeyedNode& member, const Type& type, const Where& where) {
    std::vector<std::string_view> known;
    for (const Key& key : type.keys) known.push_back(key.name);
    const std::string place = where.outer == nullptr ? "" : fmt::format(" in {}", where.text());
    auto& d = report(*member.value, "unknown-key", member.key_span,
                     fmt::format("unknown key {}{}", quote(member.key), place));
    d.suggestion = diag::suggest(member.key, known);
    if (!d.suggestion) d.suggestion = key_elsewhere(member.key, known);
    return d.suggestion.value_or("");
  }

  using Meant = std::vector<std::string>;
  static bool is_meant(const Meant& meant, std::string_view key) {
    return std::ranges::find(meant, key) != meant.end();
  }

  void missing(const Node& node, std::string_view key, const Where& where, const Meant& meant) {
    if (is_meant(meant, key)) return;
    const std::string owner = where.outer == nullptr ? "the config" : where.text();
    diagnostics_.error("missing-key", {node.span.begin, node.span.begin + 1},
                       fmt::format("{} needs the key {}", owner, quote(key)));
  }

  void relate(const Node& node, const Relation& relation, const Where& where, const Meant& meant) {
    std::vector<const KeyedNode*> present;
    for (const auto key : relation.keys)
      if (const auto* member = node.find_member(key); member != nullptr && !removes(*member))
        present.push_back(member);
    const auto* subject = relation.subject.empty() ? nullptr : node.find_member(relation.subject);
    switch (relation.kind) {
      case Relation::Kind::exactly_one:
        if (present.empty() && is_complete() &&
            std::ranges::none_of(relation.keys, [&](auto k) { return is_meant(meant, k); }))
          one_missing(node, relation, where);
        [[fallthrough]];
      case Relation::Kind::at_most_one:
        std::ranges::sort(present, {}, [](const auto* m) { return m->key_span.begin; });
        for (std::size_t i = 1; i < present.size(); ++i) conflict(*present[0], *present[i], where);
        return;
      case Relation::Kind::needs:
        if (subject != nullptr && is_complete())
          for (const auto key : relation.keys)
            if (node.find(key) == nullptr) missing(node, key, where, meant);
        return;
      case Relation::Kind::excludes:
        if (subject != nullptr && !removes(*subject))
          for (const auto* member : present) conflict(*subject, *member, where);
        return;
      case Relation::Kind::unless:
        if (subject == nullptr && is_complete())
          for (const auto key : relation.keys)
            if (node.find(key) == nullptr) missing(node, key, where, meant);
        return;
    }
  }

  bool is_complete() const { return mode_ == ShapeMode::whole || in_list_; }
  static bool removes(const KeyedNode& member) { return member.value->kind == Kind::null; }

  void one_missing(const Node& node, const Relation& relation, const Where& where) {
    std::vector<std::string> quoted;
    for (const auto key : relation.keys) quoted.push_back(quote(key));
    diagnostics_.error(
        "missing-key", {node.span.begin, node.span.begin + 1},
        fmt::format("{} needs {}{}", where.text(), quoted.size() == 2 ? "either " : "one of ",
                    diag::one_of(quoted)));
  }

  void conflict(const KeyedNode& first, const KeyedNode& second, const Where& where) {
    auto& d = report(*second.value, "conflicting-keys", head(*second.value),
                     fmt::format("{} has {} already, which excludes {}", where.text(),
                                 quote(first.key), quote(second.key)));
    d.notes.push_back({first.key_span, fmt::format("{} is here", quote(first.key))});
  }

  void map(const Node& node, const Type& type, const Where& where, std::string_view key) {
    if (!node.is_object()) {
      wrong_type(node, key, "an object");
      return;
    }
    const bool was_entry = std::exchange(is_entry_, false);
    const Format& keys = *type.format;
    for (const KeyedNode& member : node.members) {
      if (!accepts(keys, member.key)) {
        const std::string repair = keys.repair != nullptr ? keys.repair(member.key) : std::string();
        diagnostics_.error(
            keys.code, member.key_span,
            fmt::format("the {} {} is not {}", type.what, quote(member.key), keys.what));
        if (!repair.empty()) diagnostics_.items().back().suggestion = repair;
      }
      const Where inner{&where, type.what, member.key};
      value(*member.value, *type.item, inner, member.key);
    }
    if (is_complete() && static_cast<std::int64_t>(node.members.size()) < type.least)
      diagnostics_.error(
          "missing-key", {node.span.begin, node.span.begin + 1},
          fmt::format("{} is empty: it needs at least one {}", quote(key), type.what));
    is_entry_ = was_entry;
  }

  void list(const Node& node, const Type& type, const Where& where, std::string_view key) {
    if (!node.is_array()) {
      wrong_type(node, key, "a list");
      return;
    }
    if (static_cast<std::int64_t>(node.items.size()) < type.least)
      report(node, "out-of-range", {node.span.begin, node.span.begin + 1},
             fmt::format("{} is empty: it needs at least one entry", subject(key)));
    const bool was_in_list = std::exchange(in_list_, true);
    const bool was_entry = std::exchange(is_entry_, true);
    for (const Node* item : node.items) value(*item, *type.item, where_of(type, where), key);
    in_list_ = was_in_list;
    is_entry_ = was_entry;
  }

  static Where where_of(const Type& type, const Where& where) {
    if (type.item->what.empty()) return where;
    return {where.outer, type.item->what, {}};
  }

  void choice(const Node& node, const Type& type, const Where& where, std::string_view key) {
    for (const Type* option : type.choices) {
      if (!fits(*option, node.kind)) continue;
      const Where inner{where.outer, option->what.empty() ? where.what : option->what, where.name};
      value(node, *option, inner, key);
      return;
    }
    std::vector<std::string> wanted;
    std::string repair;
    for (const Type* option : type.choices) {
      wanted.emplace_back(kind_of(*option));
      if (option->form == Form::text && repair.empty()) repair = repair_text(node, *option->format);
    }
    wrong_type(node, key, diag::one_of(wanted), repair);
  }

  static bool fits(const Type& type, Kind kind) {
    switch (type.form) {
      case Form::text:
        return kind == Kind::string;
      case Form::integer:
        return kind == Kind::number;
      case Form::boolean:
        return kind == Kind::boolean;
      case Form::list:
        return kind == Kind::array;
      case Form::object:
      case Form::map:
        return kind == Kind::object;
      default:
        return true;
    }
  }

  static std::string_view kind_of(const Type& type) {
    switch (type.form) {
      case Form::text:
        return "a string";
      case Form::integer:
        return "a number";
      case Form::boolean:
        return "true or false";
      case Form::list:
        return "a list";
      default:
        return "an object";
    }
  }

  /// An environment: the same tables, but nothing need be complete.
  void patch(const Node& node, std::string_view key) {
    if (!node.is_object()) {
      wrong_type(node, key, "an object");
      return;
    }
    const ShapeMode mode = std::exchange(mode_, ShapeMode::patch);
    const Type& root = root_type();
    const Where base{nullptr, "the config", {}};
    const Where where{&base, "environment", key};
    for (const KeyedNode& member : node.members) {
      const Key* known = root.find(member.key);
      if (known == nullptr || known->name == "environments") {
        unknown_key(member, root, where);
        continue;
      }
      const Where inner{&where, known->name, {}};
      value(*member.value, *known->type, inner, member.key);
    }
    mode_ = mode;
  }

  ShapeMode mode_;
  diag::Diagnostics& diagnostics_;
  BadNodes& bad_;
  bool in_list_ = false;
  bool is_entry_ = false;  ///< the value stands in a list itself
};

}  // namespace

bool is_refused(const Node& root, const BadNodes& bad,
                std::initializer_list<std::string_view> path) {
  const Node* node = &root;
  for (const auto key : path) {
    node = node->is_object() ? node->find(key) : nullptr;
    if (node == nullptr) return false;
    if (bad.contains(node) || node->kind == Kind::broken) return true;
  }
  return false;
}

void check_shape(const json::Node& node, const Type& type, ShapeMode mode,
                 diag::Diagnostics& diagnostics, BadNodes& bad) {
  const Where where{nullptr, "the config", {}};
  Checker(mode, diagnostics, bad).value(node, type, where, "the config");
}

}  // namespace ccloud::config
