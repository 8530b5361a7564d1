// Definitions that nothing uses, and guards that guard nothing.
#include <algorithm>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using diag::quote;
using json::Node;

/// Names that are used anywhere in the file, environments included: what one of them does not
/// need another one may.
struct Uses {
  std::unordered_set<std::string_view> networks, sizes, images;

  void collect(const Node& node) {
    for (const Node* item : node.items) collect(*item);
    for (const auto& member : node.members) {
      if (member.value->is_string()) {
        if (member.key == "network") networks.insert(member.value->text);
        if (member.key == "size") sizes.insert(member.value->text);
        if (member.key == "image") images.insert(member.value->text);
      } else {
        collect(*member.value);
      }
    }
  }
};

void check_unused(const Checks& checks, std::string_view section, std::string_view what,
                  const std::unordered_set<std::string_view>& used) {
  const Node* all = checks.draft.root->find(section);
  if (all == nullptr || !all->is_object()) return;
  for (const auto& member : all->members)
    if (!used.contains(member.key))
      checks.warning("unused-definition", member.key_span,
                     fmt::format("nothing uses the {} {}", what, quote(member.key)));
}

bool matches(const std::string& written, std::string_view value) {
  return glob_match(written, value);
}

/// Whether one term of a selector (`key=value`, `key!=value`, a name) can be true of the place.
bool term_fits(const Place& place, const std::string& term) {
  const auto sign = term.find('=');
  if (sign == std::string::npos) return true;  // node names: which indexes exist is not known
  const bool is_negative = sign > 0 && term[sign - 1] == '!';
  if (is_negative) return true;
  const std::string key = term.substr(0, sign);
  const std::string value = term.substr(sign + 1);
  if (key == "cluster") return matches(value, place.cluster);
  if (key == "place") return matches(value, place.code);
  if (key == "provider") return matches(value, place.provider.value);
  if (key == "region") return matches(value, place.region.value);
  if (key == "zone" || key == "state" || key == "service") return true;
  const auto label = place.labels.find(key);
  return label != place.labels.end() && matches(value, label->second);
}

/// What a broken place would have been called is not known.
bool has_refused_places(const Checks& checks) {
  if (is_refused(*checks.draft.root, checks.bad, {"clusters"})) return true;
  const Node* clusters = checks.draft.root->find("clusters");
  return clusters != nullptr && std::ranges::any_of(clusters->members, [&](const auto& cluster) {
           return checks.has_refused_places(cluster.key);
         });
}

/// "[1-4]" and "[1,3,7]": numbers, smaller ones first, and every bracket closes.
bool has_sound_ranges(std::string_view text) {
  for (auto open = text.find_first_of("[]"); open != std::string_view::npos;
       open = text.find_first_of("[]")) {
    const auto close = text.find(']');
    if (text[open] == ']' || close == std::string_view::npos) return false;
    for (const auto& range : split(text.substr(open + 1, close - open - 1), ',')) {
      const std::string_view numbers(range);
      const auto dash = numbers.find('-');
      const auto low = parse_int(trim(numbers.substr(0, dash)));
      if (!low) return false;
      if (dash == std::string_view::npos) continue;
      const auto high = parse_int(trim(numbers.substr(dash + 1)));
      if (!high || *high < *low) return false;
    }
    text.remove_prefix(close + 1);
  }
  return true;
}

/// A guard that could not be read would guard nothing, and in silence.
bool is_readable(const Checks& checks, const Located<std::string>& selector,
                 const std::vector<std::string>& terms) {
  static const std::vector<std::string_view> states{"pending", "running",     "stopping",
                                                    "stopped", "terminating", "terminated",
                                                    "error",   "missing",     "unknown"};
  if (!has_sound_ranges(selector.value)) {
    checks.error("bad-format", selector.span,
                 fmt::format("{} has a range that is not of the form [1-4] or [1,3], "
                             "smaller numbers first",
                             quote(selector.value)));
    return false;
  }
  for (const std::string_view term : terms) {
    if (term.starts_with('@')) {
      checks.error("not-supported", selector.span,
                   fmt::format("{} cannot guard: it names the nodes of the last run, whichever "
                               "those are",
                               quote(term)));
      return false;
    }
    const auto state = term.starts_with("state=") ? term.substr(6) : std::string_view();
    if (state.empty() || state.find_first_of("*?[") != std::string_view::npos ||
        std::ranges::find(states, state) != states.end())
      continue;
    checks.error("bad-format", selector.span, fmt::format("there is no state {}", quote(state)));
    if (const auto meant = diag::suggest(state, states))
      checks.diagnostics.items().back().hint = fmt::format("did you mean \"{}\"?", *meant);
    return false;
  }
  return true;
}

void check_protect(const Checks& checks, const Located<std::string>& selector) {
  const auto terms = split(selector.value, ',');
  if (!is_readable(checks, selector, terms)) return;
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places)
      if (std::ranges::all_of(terms, [&](const auto& term) { return term_fits(place, term); }))
        return;
  checks.warning("guard", selector.span,
                 fmt::format("{} protects no node of this config", quote(selector.value)));
}

}  // namespace

void check_references(const Checks& checks) {
  Uses uses;
  uses.collect(*checks.written);
  // What a misspelt name was meant for is not unused as well.
  std::set<std::string, std::less<>> meant;
  for (const auto& item : checks.diagnostics.items())
    if (item.suggestion && item.code.starts_with("unknown-")) meant.insert(*item.suggestion);
  for (auto* used : {&uses.networks, &uses.sizes, &uses.images})
    used->insert(meant.begin(), meant.end());
  check_unused(checks, "networks", "network", uses.networks);
  check_unused(checks, "sizes", "size", uses.sizes);
  check_unused(checks, "images", "image", uses.images);
  if (has_refused_places(checks)) return;
  for (const auto& selector : checks.config().guards.protect) check_protect(checks, selector);
}

}  // namespace ccloud::config
