// Parsing and matching of selectors.
#include "plan/selector.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::plan {
namespace {

constexpr std::array<std::string_view, 7> fields = {"cluster", "provider", "region", "zone",
                                                    "place",   "state",    "service"};

/// "1-4" or "7" holds `number`.
bool range_holds(std::string_view range, std::int64_t number) {
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return parse_int(range) == number;
  const auto low = parse_int(range.substr(0, dash));
  const auto high = parse_int(range.substr(dash + 1));
  return low && high && *low <= number && number <= *high;
}

bool list_holds(std::string_view list, std::int64_t number) {
  return std::ranges::any_of(
      split(list, ','), [&](const std::string& range) { return range_holds(trim(range), number); });
}

/// Commas separate terms, but not inside brackets.
std::vector<std::string> split_terms(std::string_view text) {
  std::vector<std::string> terms(1);
  bool is_inside = false;
  for (const char c : text) {
    if (c == '[') is_inside = true;
    if (c == ']') is_inside = false;
    if (c == ',' && !is_inside) {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  return terms;
}

Error bad(std::string_view text, std::string_view what) {
  return make_error(ErrorCode::invalid_argument, fmt::format("selector \"{}\": {}", text, what),
                    "write names (web-*, web-us-[1-4]), key=value, key!=value or @failed, joined "
                    "by commas");
}

/// "1-4" or "7": numbers, and none before its first.
bool is_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_int(trim(text.substr(0, dash)));
  if (dash == std::string_view::npos) return low.has_value();
  const auto high = parse_int(trim(text.substr(dash + 1)));
  return low && high && *low <= *high;
}

/// Ranges hold numbers and every bracket closes.
bool is_well_formed(std::string_view pattern) {
  while (true) {
    const auto open = pattern.find_first_of("[]");
    if (open == std::string_view::npos) return true;
    const auto close = pattern.find(']');
    if (pattern[open] == ']' || close == std::string_view::npos) return false;
    const auto ranges = split(pattern.substr(open + 1, close - open - 1), ',');
    if (!std::ranges::all_of(ranges, is_range)) return false;
    pattern.remove_prefix(close + 1);
  }
}

bool zone_matches(std::string_view pattern, const Subject& subject) {
  if (name_matches(pattern, subject.zone)) return true;
  std::string_view zone = subject.zone;
  if (!subject.region.empty() && zone.starts_with(subject.region)) {
    zone.remove_prefix(subject.region.size());
    if (zone.starts_with('-')) zone.remove_prefix(1);
    return name_matches(pattern, zone);
  }
  return false;
}

std::string_view field_of(const Subject& subject, std::string_view key) {
  if (key == "cluster") return subject.cluster;
  if (key == "provider") return subject.provider;
  if (key == "region") return subject.region;
  if (key == "place") return subject.place;
  return subject.state;
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  // Backtracks over `*` and over how many digits a range takes; names are short.
  while (!pattern.empty()) {
    const char c = pattern.front();
    if (c == '*') {
      for (std::size_t skip = 0; skip <= name.size(); ++skip) {
        if (name_matches(pattern.substr(1), name.substr(skip))) return true;
      }
      return false;
    }
    const auto close = pattern.find(']');
    if (c == '[' && close != std::string_view::npos) {
      const auto list = pattern.substr(1, close - 1);
      std::size_t digits = 0;
      while (digits < name.size() && digits < 18 && name[digits] >= '0' && name[digits] <= '9') {
        ++digits;
      }
      for (; digits > 0; --digits) {
        const auto number = parse_int(name.substr(0, digits));
        if (number && list_holds(list, *number) &&
            name_matches(pattern.substr(close + 1), name.substr(digits))) {
          return true;
        }
      }
      return false;
    }
    if (name.empty() || (c != '?' && c != name.front())) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  return name.empty();
}

Result<Selector> Selector::parse(std::string_view text) {
  Selector selector;
  for (const auto& part : split_terms(text)) {
    const auto word = trim(part);
    if (word.empty()) return bad(text, "a term is empty");
    Term term;
    const auto equals = word.find('=');
    if (word.front() == '@') {
      if (word != "@failed") return bad(text, "only @failed is known");
      term.kind = Term::Kind::failed;
    } else if (equals != std::string_view::npos) {
      term.is_negated = equals > 0 && word[equals - 1] == '!';
      term.key = trim(word.substr(0, equals - (term.is_negated ? 1 : 0)));
      term.value = trim(word.substr(equals + 1));
      if (term.key.empty()) return bad(text, "a key is missing before '='");
      const bool is_field = std::ranges::find(fields, term.key) != fields.end();
      term.kind = is_field ? Term::Kind::field : Term::Kind::label;
    } else {
      term.value = word;
    }
    if (term.kind != Term::Kind::failed && !is_well_formed(term.value)) {
      return bad(text, "a range is not of the form [1-4] or [1,3,5-7], smaller numbers first");
    }
    selector.terms_.push_back(std::move(term));
  }
  return selector;
}

bool Selector::Term::holds(const Subject& subject) const {
  switch (kind) {
    case Kind::name:
      return name_matches(value, subject.name);
    case Kind::failed:
      return subject.has_failed;
    case Kind::label: {
      if (subject.labels == nullptr) return is_negated;
      const auto at = subject.labels->find(key);
      return (at != subject.labels->end() && name_matches(value, at->second)) != is_negated;
    }
    case Kind::field:
      break;
  }
  bool is_match = false;
  if (key == "zone") {
    is_match = zone_matches(value, subject);
  } else if (key == "service") {
    is_match = subject.services != nullptr &&
               std::ranges::any_of(*subject.services,
                                   [&](const std::string& s) { return name_matches(value, s); });
  } else {
    is_match = name_matches(value, field_of(subject, key));
  }
  return is_match != is_negated;
}

bool Selector::matches(const Subject& subject) const {
  bool has_names = false, is_named = false;
  for (const auto& term : terms_) {
    const bool holds = term.holds(subject);
    if (term.kind != Term::Kind::name) {
      if (!holds) return false;
      continue;
    }
    has_names = true;
    is_named = is_named || holds;
  }
  return is_named || !has_names;
}

std::vector<std::string> Selector::plain_names() const {
  std::vector<std::string> names;
  for (const auto& term : terms_) {
    if (term.kind != Term::Kind::name) return {};
    if (term.value.find_first_of("*?[") == std::string::npos) names.push_back(term.value);
  }
  return names;
}

Result<void> check_names(const std::vector<Selector>& selectors,
                         const std::function<bool(std::string_view)>& is_node) {
  std::vector<std::string> unknown;
  for (const auto& selector : selectors) {
    for (auto& name : selector.plain_names()) {
      if (!is_node(name)) unknown.push_back(std::move(name));
    }
  }
  if (unknown.empty()) return {};
  return make_error(ErrorCode::invalid_argument, "no node matches " + join(unknown, " "),
                    "see: ccloud status");
}

Result<std::vector<Selector>> parse_selectors(const std::vector<std::string>& texts) {
  std::vector<Selector> selectors;
  for (const auto& text : texts) {
    auto selector = Selector::parse(text);
    if (!selector) return std::move(selector.error());
    selectors.push_back(std::move(*selector));
  }
  return selectors;
}

bool matches_any(const std::vector<Selector>& selectors, const Subject& subject) {
  return selectors.empty() ||
         std::ranges::any_of(selectors, [&](const Selector& s) { return s.matches(subject); });
}

}  // namespace ccloud::plan
