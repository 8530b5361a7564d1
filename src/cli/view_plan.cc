#include "cli/view_plan.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/program.h"

namespace ccloud::cli {
namespace {

using plan::Action;
using plan::Change;

constexpr std::size_t rows_per_region = 24;  // what is shown of one region without -v

/// Changes that read alike: one row for all of them.
struct Group {
  const Change* first = nullptr;
  std::vector<std::string> names;
  std::set<std::string> zones;
};

/// What each node has of its own does not keep like nodes apart; zones are told together.
bool is_own(std::string_view name) {
  return name == "zone" || name == "id" || name == "public_ip" || name == "private_ip";
}

std::string facts_text(const plan::Facts& facts, bool with_own) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : facts) {
    if (name == "zone" || (is_own(name) && !with_own)) continue;
    parts.push_back(fmt::format("{} {}", name, value));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string zone_of(const Change& change) {
  for (const auto* facts : {&change.after, &change.before}) {
    for (const auto& [name, value] : *facts) {
      if (name == "zone") return value;
    }
  }
  return {};
}

std::string or_none(const std::string& value) { return value.empty() ? "none" : value; }

/// "size c7i.large -> c7i.xlarge, labels team=a -> team=b"
std::string difference(const Change& change) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : change.after) {
    const auto old =
        std::ranges::find(change.before, name, &std::pair<std::string, std::string>::first);
    parts.push_back(old == change.before.end()
                        ? fmt::format("{} {}", name, or_none(value))
                        : fmt::format("{} {} -> {}", name, or_none(old->second), or_none(value)));
  }
  for (const auto& [name, value] : change.before) {
    const bool is_gone =
        std::ranges::find(change.after, name, &std::pair<std::string, std::string>::first) ==
        change.after.end();
    if (is_gone) parts.push_back(fmt::format("{} {} goes", name, value));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// What the new one has otherwise than the old one: not its id and its addresses, which are always
/// others, nor an image that is the same by another name.
std::string difference_of_new(const Change& change) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : change.after) {
    const auto old =
        std::ranges::find(change.before, name, &std::pair<std::string, std::string>::first);
    if (old == change.before.end() || name == "zone") continue;
    const bool is_same_image =
        name == "image" && (old->second.empty() || value.ends_with("(" + old->second + ")"));
    const bool has_address = name == "public_ip" && value == "yes" && old->second != "no";
    if (old->second == value || is_same_image || has_address) continue;
    parts.push_back(fmt::format("{} {} -> {}", name, or_none(old->second), or_none(value)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string details(const Group& group) {
  const Change& change = *group.first;
  std::string text;
  if (change.action == Action::create) {
    text = facts_text(change.after, true);
  } else if (change.action == Action::destroy) {
    text = facts_text(change.before, group.names.size() == 1 && change.kind != plan::Kind::node);
  } else if (change.action == Action::replace) {
    text = difference_of_new(change);
  } else {
    text = difference(change);
  }
  if (!group.zones.empty() && change.action != Action::update) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        group.zones.size() == 1 ? "zone" : "zones", fmt::join(group.zones, " "));
  }
  return text;
}

/// The reason is worth a word unless it says no more than the symbol.
std::string reason(const Group& group, bool shows_all) {
  const Change& change = *group.first;
  const bool is_plain =
      change.reason == plan::Reason::not_there || change.reason == plan::Reason::asked;
  if (is_plain && !shows_all) return {};
  if (group.names.size() == 1 && !change.why.empty()) return change.why;
  if (!change.why.empty() && !change.why.contains(change.name())) return change.why;
  return replace_all(plan::to_string(change.reason), "_", " ");
}

std::vector<Group> groups_of(const std::vector<const Change*>& changes) {
  using Key = std::tuple<plan::Kind, Action, plan::Reason, std::string, bool>;
  std::vector<Group> groups;
  std::map<Key, std::size_t> index;
  for (const Change* change : changes) {
    std::string key_facts =
        change->kind == plan::Kind::node
            ? facts_text(change->before, false) + "|" + facts_text(change->after, false)
            : change->address;
    Key key{change->kind, change->action, change->reason, std::move(key_facts),
            change->needs_prune};
    const auto [it, is_new] = index.try_emplace(std::move(key), groups.size());
    if (is_new) groups.push_back({change, {}, {}});
    Group& group = groups[it->second];
    group.names.emplace_back(change->name());
    if (std::string zone = zone_of(*change); !zone.empty()) group.zones.insert(std::move(zone));
  }
  return groups;
}

/// "node", "12 nodes"
std::string what_is(const Group& group) {
  const std::string kind(plan::to_string(group.first->kind));
  return group.names.size() == 1 ? kind : counted(group.names.size(), kind);
}

std::string row(const Group& group, const PlanView& view, std::size_t kind_width) {
  const Change& change = *group.first;
  const std::string names = name_list(group.names, 4);
  const std::string head =
      fmt::format("    {} {} {}", action_symbol(change.action, view.style),
                  pad(what_is(group), kind_width), view.style.bold(printable(names)));
  std::string rest = printable(details(group));
  const std::string why = printable(reason(group, view.shows_all));
  const std::size_t used = display_width(head) + 2;
  const std::string all = why.empty() ? rest : rest.empty() ? why : rest + "; " + why;
  if (all.empty()) return head + "\n";
  if (used + display_width(all) <= view.width) return head + "  " + view.style.dim(all) + "\n";
  std::string out = head + "\n";
  const std::size_t margin = kind_width + 7;
  for (const std::string& part : {rest, why}) {
    if (part.empty()) continue;
    const std::string lines = wrap(part, view.width, margin);
    for (const std::string& line : split(lines.substr(0, lines.size() - 1), '\n')) {
      out += std::string(margin, ' ') + view.style.dim(line.substr(margin)) + "\n";
    }
  }
  return out;
}

std::string births(const plan::Plan& plan, const PlanView& view) {
  if (plan.births.empty()) return {};
  std::string out = "\n" + view.style.bold("How new nodes are made") + "\n";
  for (const plan::Birth& birth : plan.births) {
    // Of a path only the name: all of it is in `-o json`.
    const std::string image = birth.image.id.substr(birth.image.id.rfind('/') + 1);
    out += fmt::format("  {} in {} ({} {}): {}{}\n", birth.cluster, birth.place, birth.provider,
                       birth.region, view.style.bold(birth.type),
                       image.empty() ? "" : ", image " + view.style.bold(image));
    const auto say = [&](std::string_view label, std::string_view text) {
      if (text.empty()) return;
      const std::string whole = fmt::format("{} {}", label, printable(text));
      const std::string lines = wrap(whole, view.width, 6);
      for (const std::string& line :
           split(std::string_view(lines).substr(0, lines.size() - 1), '\n')) {
        out += view.style.dim(line) + "\n";
      }
    };
    say("size:", birth.type_why);
    if (!birth.next_types.empty()) {
      say("next best:",
          fmt::format("{}", fmt::join(birth.next_types.begin(),
                                      birth.next_types.begin() +
                                          std::min<std::ptrdiff_t>(2, std::ssize(birth.next_types)),
                                      "; ")));
    }
    if (!birth.image.name.empty() && birth.image.name != birth.image.id) {
      say("image:", birth.image.name);
    }
  }
  return out;
}

std::string problems(const plan::Plan& plan, const PlanView& view) {
  std::string out;
  for (const plan::Problem& problem : plan.problems) {
    std::string where = problem.provider;
    if (!problem.region.empty()) where += " " + problem.region;
    if (!problem.cluster.empty()) {
      where += fmt::format(" (cluster {}{})", problem.cluster,
                           problem.place.empty() ? "" : " place " + problem.place);
    }
    out += fmt::format("{} {}: {}\n", view.style.red("not planned:"), where,
                       printable(problem.error.message));
    if (!problem.error.remedy.empty()) out += wrap(printable(problem.error.remedy), view.width, 2);
  }
  for (const plan::Refusal& refusal : plan.refusals) {
    out += fmt::format("{} {}\n", view.style.red("refused:"), printable(refusal.message));
    if (!refusal.remedy.empty()) out += wrap(printable(refusal.remedy), view.width, 2);
  }
  for (const std::string& note : plan.notes) {
    out += wrap("note: " + printable(note), view.width, 0);
  }
  return out.empty() ? out : "\n" + out;
}

}  // namespace

Paint action_paint(Action action) {
  switch (action) {
    case Action::create:
      return Paint::green;
    case Action::update:
      return Paint::yellow;
    case Action::replace:
      return Paint::magenta;
    case Action::destroy:
      return Paint::red;
    case Action::keep:
      return Paint::dim;
  }
  return Paint::none;
}

std::string action_symbol(Action action, const Style& style) {
  constexpr std::string_view symbols[] = {"+", "~", "±", "-", " "};
  return style.paint(action_paint(action), symbols[static_cast<std::size_t>(action)]);
}

std::string plan_summary(const plan::Plan& plan, const Style& style) {
  std::vector<std::string> parts;
  for (const auto& [action, says] :
       {std::pair{Action::create, "to create"}, std::pair{Action::update, "to update"},
        std::pair{Action::replace, "to replace"}, std::pair{Action::destroy, "to destroy"}}) {
    const std::int64_t count = plan.count(action);
    if (count == 0) continue;
    parts.push_back(
        style.paint(action_paint(action),
                    fmt::format("{} {}", thousands(static_cast<std::size_t>(count)), says)));
  }
  const std::int64_t kept = plan.count(Action::keep);
  const bool is_whole = plan.problems.empty();
  if (parts.empty() && (is_whole || kept > 0)) parts.emplace_back("nothing to change");
  if (kept > 0)
    parts.push_back(fmt::format("{} unchanged", thousands(static_cast<std::size_t>(kept))));
  if (!is_whole) parts.push_back(style.paint(Paint::red, "INCOMPLETE"));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string render_plan(const plan::Plan& plan, const PlanView& view) {
  std::string title = "Plan for " + view.style.bold(plan.project);
  if (!plan.environment.empty()) title += fmt::format(" ({})", plan.environment);
  if (!plan.selectors.empty()) title += fmt::format(", only {}", fmt::join(plan.selectors, " "));
  std::string out = fmt::format("{}: {}\n", title, plan_summary(plan, view.style));

  std::vector<std::pair<std::string, std::vector<const Change*>>> regions;
  std::map<std::string, std::size_t> index;
  for (const Change& change : plan.changes) {
    if (change.action == Action::keep && !view.shows_all) continue;
    const std::string where = change.provider + " " + change.region;
    const auto [it, is_new] = index.try_emplace(where, regions.size());
    if (is_new) regions.push_back({where, {}});
    regions[it->second].second.push_back(&change);
  }
  for (const auto& [where, changes] : regions) {
    out += fmt::format("\n  {}\n", view.style.bold(trim(where)));
    const auto groups = groups_of(changes);
    std::size_t kind_width = 8;
    for (const Group& group : groups) kind_width = std::max(kind_width, what_is(group).size());
    std::size_t shown = 0;
    for (const Group& group : groups) {
      if (shown == rows_per_region && groups.size() > rows_per_region + 2 && !view.shows_all) {
        out += view.style.dim(
            fmt::format("    ... {} more like these; -v shows all\n", groups.size() - shown));
        break;
      }
      out += row(group, view, kind_width);
      ++shown;
    }
  }
  out += births(plan, view);
  out += problems(plan, view);
  if (plan.has_changes() && plan.estimate.calls > 0) {
    const auto time = format_duration(std::chrono::seconds(plan.estimate.seconds));
    out += fmt::format("\nAbout {} and {}.\n",
                       counted(static_cast<std::size_t>(plan.estimate.calls), "call"),
                       plan.estimate.seconds > 0 ? time : "no time");
  }
  return out;
}

}  // namespace ccloud::cli
