// Names of the plan's enumerations and its counts.
#include "plan/plan.h"

#include <algorithm>

namespace ccloud::plan {
namespace {

constexpr std::array<std::string_view, action_count> action_names = {"create", "update", "replace",
                                                                     "destroy", "keep"};
constexpr std::array<std::string_view, 5> kind_names = {"network", "firewall", "key", "node",
                                                        "service"};
constexpr std::array<std::string_view, 26> reason_names = {"as_wanted",
                                                           "not_there",
                                                           "gone",
                                                           "incomplete",
                                                           "broken",
                                                           "scaled_down",
                                                           "place_removed",
                                                           "cluster_removed",
                                                           "unused",
                                                           "duplicate",
                                                           "image_changed",
                                                           "size_changed",
                                                           "disk_grown",
                                                           "disk_changed",
                                                           "user_data_changed",
                                                           "identity_changed",
                                                           "keys_changed",
                                                           "labels_changed",
                                                           "rules_changed",
                                                           "firewall_changed",
                                                           "network_changed",
                                                           "zone_changed",
                                                           "address_changed",
                                                           "stopped",
                                                           "asked",
                                                           "service_missing"};

template <class Enum, std::size_t n>
std::optional<Enum> find_name(const std::array<std::string_view, n>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (name.empty() || at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

}  // namespace

std::string_view to_string(Action action) {
  return action_names.at(static_cast<std::size_t>(action));
}
std::optional<Action> parse_action(std::string_view name) {
  return find_name<Action>(action_names, name);
}

std::string_view to_string(Kind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }
std::optional<Kind> parse_kind(std::string_view name) { return find_name<Kind>(kind_names, name); }

std::string_view to_string(Reason reason) {
  return reason_names.at(static_cast<std::size_t>(reason));
}
std::optional<Reason> parse_reason(std::string_view name) {
  return find_name<Reason>(reason_names, name);
}

std::string_view to_string(Refusal::Guard guard) {
  constexpr std::array<std::string_view, 4> names = {"max_destroy", "no_destroy", "protect",
                                                     "prune"};
  return names.at(static_cast<std::size_t>(guard));
}

std::string_view Change::name() const {
  const std::string_view text = address;
  const bool is_short = kind == Kind::node || kind == Kind::service;
  return text.substr((is_short ? text.find('.') : text.rfind('.')) + 1);
}

bool Plan::has_changes() const {
  return std::ranges::any_of(changes, [](const Change& c) { return c.action != Action::keep; });
}

std::int64_t Plan::destroyed_nodes() const {
  return std::ranges::count_if(changes, [](const Change& c) {
    return c.kind == Kind::node && (c.action == Action::destroy || c.action == Action::replace) &&
           c.reason != Reason::duplicate;
  });
}

}  // namespace ccloud::plan
