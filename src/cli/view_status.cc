#include "cli/view_status.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "cli/program.h"
#include "cli/table.h"

namespace ccloud::cli {
namespace {

using cloud::NodeState;
using deploy::NodeRow;

Paint state_paint(const NodeRow& row) {
  if (row.is_cached) return Paint::yellow;
  switch (row.instance.state) {
    case NodeState::running:
      return Paint::green;
    case NodeState::stopped:
      return row.instance.is_power_off_wanted ? Paint::dim : Paint::yellow;
    case NodeState::pending:
    case NodeState::stopping:
    case NodeState::terminating:
      return Paint::yellow;
    case NodeState::error:
    case NodeState::missing:
    case NodeState::terminated:
      return Paint::red;
    case NodeState::unknown:
      return Paint::magenta;
  }
  return Paint::none;
}

Paint paint_of(NodeState state) {
  NodeRow row;
  row.instance.state = state;
  return state_paint(row);
}

std::string states_text(const std::map<NodeState, std::int64_t>& states, const Style& style) {
  std::vector<std::string> parts;
  for (const auto& [state, count] : states) {
    if (count == 0) continue;
    parts.push_back(style.paint(
        paint_of(state),
        fmt::format("{} {}", thousands(static_cast<std::size_t>(count)), cloud::to_string(state))));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string age_of(const NodeRow& row, std::chrono::system_clock::time_point now) {
  const auto created = parse_time(row.instance.created);
  if (row.instance.created.empty() || !created) return "";
  return short_age(std::chrono::duration_cast<std::chrono::seconds>(now - *created));
}

/// What is wrong with it or worth knowing, in words.
std::string note_of(const NodeRow& row) {
  std::vector<std::string> parts;
  if (row.is_cached) {
    parts.push_back(fmt::format("as of {} ago", short_age(std::chrono::seconds(
                                                    static_cast<std::int64_t>(row.age_seconds)))));
  }
  if (!row.verdict.empty() && row.health != "healthy") parts.push_back(row.verdict);
  if (row.drift) {
    parts.push_back(fmt::format("{}: {}", plan::to_string(row.drift->action), row.drift->why));
  } else if (!row.instance.state_reason.empty() && row.instance.state != NodeState::running) {
    parts.push_back(row.instance.state_reason);
  }
  if (row.is_existing) parts.emplace_back("made by others");
  return printable(fmt::format("{}", fmt::join(parts, "; ")));
}

std::string services_of(const NodeRow& row) {
  std::vector<std::string> parts;
  for (const deploy::ServiceRow& service : row.services) {
    std::string text = service.service;
    if (!service.version.empty()) text += " " + service.version;
    if (!service.wanted.empty() && !service.version.empty() && service.wanted != service.version) {
      text += fmt::format(" (wanted {})", service.wanted);
    }
    if (!service.health.empty() && service.health != "healthy") text += " " + service.health;
    parts.push_back(text);
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string labels_of(const NodeRow& row) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : row.labels) parts.push_back(name + "=" + value);
  return fmt::format("{}", fmt::join(parts, ","));
}

/// Of a long path (Azure's, Google's images) only the name: all of it is in `-o json`.
std::string_view short_id(std::string_view id) {
  if (!id.contains('/')) return id;
  id = id.substr(id.rfind('/') + 1);
  return id.substr(0, id.find('#'));
}

/// The verdict of --health; without a service whether the node was reached.
std::string health_of(const NodeRow& row) {
  if (!row.health.empty() || !row.reachable) return row.health;
  return *row.reachable ? "reachable" : "unreachable";
}

Paint health_paint(std::string_view health) {
  if (health == "healthy" || health == "reachable") return Paint::green;
  return health == "unhealthy" || health == "unreachable" ? Paint::red : Paint::yellow;
}

/// Names in the order of their numbers: web-2 before web-10.
std::tuple<std::string_view, std::size_t, std::string_view> name_key(std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  return {name.substr(0, digits), name.size() - digits, name.substr(digits)};
}

std::vector<const NodeRow*> sorted(const std::vector<const NodeRow*>& rows, std::string_view by) {
  std::vector<const NodeRow*> out = rows;
  if (by.empty()) return out;
  const auto key = [by](const NodeRow* row) -> std::string {
    const cloud::Instance& vm = row->instance;
    if (by == "state") return std::string(cloud::to_string(vm.state));
    if (by == "age") return vm.created;
    if (by == "type") return vm.type;
    if (by == "region") return row->region;
    if (by == "provider") return row->provider;
    if (by == "zone") return vm.zone;
    return {};
  };
  std::ranges::sort(out, [&](const NodeRow* a, const NodeRow* b) {
    return std::tuple(key(a), name_key(a->name)) < std::tuple(key(b), name_key(b->name));
  });
  return out;
}

struct Sum {
  std::map<NodeState, std::int64_t> states;
  std::int64_t nodes = 0;
  std::int64_t drifted = 0;
  std::int64_t unhealthy = 0;
  std::int64_t cached = 0;
};

std::string sums(const deploy::StatusResult& result, const StatusView& view) {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  std::vector<Key> order;
  std::map<Key, Sum> all;
  for (const NodeRow& row : result.nodes) {
    const Key key{row.cluster, row.place, row.provider, row.region};
    auto [it, is_new] = all.try_emplace(key);
    if (is_new) order.push_back(key);
    Sum& sum = it->second;
    ++sum.nodes;
    ++sum.states[row.instance.state];
    sum.drifted += row.drift ? 1 : 0;
    sum.unhealthy += !row.health.empty() && row.health != "healthy" ? 1 : 0;
    sum.cached += row.is_cached ? 1 : 0;
  }
  if (order.size() < 2) return {};
  Table table({{"CLUSTER"},
               {"PLACE"},
               {"PROVIDER", 2},
               {"REGION", 1},
               {"NODES", 0, true},
               {"RUNNING", 0, true},
               {"WHAT IS DIFFERENT"}});
  for (const Key& key : order) {
    Sum& sum = all[key];
    const std::int64_t running = sum.states[NodeState::running];
    std::vector<std::string> notes;
    for (const auto& [state, count] : sum.states) {
      if (state != NodeState::running && count > 0) {
        notes.push_back(fmt::format("{} {}", count, cloud::to_string(state)));
      }
    }
    if (sum.drifted > 0) notes.push_back(fmt::format("{} drifted", sum.drifted));
    if (sum.unhealthy > 0) notes.push_back(fmt::format("{} not healthy", sum.unhealthy));
    if (sum.cached > 0) notes.emplace_back("last known, not asked");
    const auto& [cluster, place, provider, region] = key;
    table.add({cluster, place, provider, region, thousands(static_cast<std::size_t>(sum.nodes)),
               Cell(thousands(static_cast<std::size_t>(running)),
                    running == sum.nodes ? Paint::green : Paint::yellow),
               Cell(fmt::format("{}", fmt::join(notes, ", ")), Paint::yellow)});
  }
  return "\n" + table.render(view.style, view.width);
}

std::string headline(const deploy::StatusResult& result, const StatusView& view) {
  std::string out =
      fmt::format("{}: {}", view.style.bold(result.project), counted(result.nodes.size(), "node"));
  const std::string states = states_text(result.by_state, view.style);
  if (!states.empty()) out += ": " + states;
  if (result.drifted > 0) {
    out += ", " + view.style.yellow(fmt::format("{} drifted", result.drifted));
  }
  const auto cached = std::ranges::count_if(result.nodes, &NodeRow::is_cached);
  if (cached > 0) {
    out += ", " + view.style.yellow(fmt::format("{} as last known", cached));
  }
  if (!result.is_complete) out += "  " + view.style.red("INCOMPLETE");
  return out + "\n";
}

std::string nodes_table(const std::vector<const NodeRow*>& rows, const StatusView& view) {
  Table table({{""},
               {"NAME"},
               {"STATE"},
               {"HEALTH"},
               {"SERVICES", 3},
               {"TYPE", 5},
               {"PROVIDER", 7},
               {"REGION", 8},
               {"ZONE", 6},
               {"PUBLIC IP", 1},
               {"PRIVATE IP", 4},
               {"AGE", 2, true},
               {"ID", 9},
               {"IMAGE", 10},
               {"LABELS", 11},
               {"NOTE"}});
  // A long note must not push the addresses out.
  const std::size_t most_of_note =
      view.width == 0 ? 200 : std::max<std::size_t>(view.width / 2, 30);
  for (const NodeRow* row : rows) {
    const cloud::Instance& vm = row->instance;
    std::string mark;
    if (view.last != nullptr) {
      mark = " ";  // the column stays, so that the table does not jump
      const auto it = view.last->find(row->name);
      if (it == view.last->end() || it->second != fingerprint(*row)) mark = "»";
    }
    const bool is_wide = view.is_wide;
    table.add({Cell(mark, Paint::cyan), Cell(row->name, mark == "»" ? Paint::bold : Paint::none),
               Cell(state_text(*row), state_paint(*row)),
               Cell(health_of(*row), health_paint(health_of(*row))), services_of(*row), vm.type,
               is_wide ? row->provider : "", is_wide ? row->region : "", vm.zone, vm.public_ip,
               vm.private_ip, age_of(*row, view.now), is_wide ? std::string(short_id(vm.id)) : "",
               is_wide ? std::string(short_id(vm.image)) : "", is_wide ? labels_of(*row) : "",
               Cell(is_wide ? note_of(*row) : fit(note_of(*row), most_of_note), Paint::yellow)});
  }
  return table.render(view.style, view.width);
}

}  // namespace

std::string short_age(std::chrono::seconds age) {
  const std::int64_t s = std::max<std::int64_t>(age.count(), 0);
  if (s < 120) return fmt::format("{}s", s);
  if (s < 2 * 3600) return fmt::format("{}m", s / 60);
  if (s < 48 * 3600) return fmt::format("{}h", s / 3600);
  return fmt::format("{}d", s / 86400);
}

std::string state_text(const NodeRow& row) {
  const std::string state(cloud::to_string(row.instance.state));
  if (row.is_cached) return state + "?";
  if (row.instance.state == NodeState::stopped && row.instance.is_power_off_wanted) {
    return state + " (wanted)";
  }
  return state;
}

bool is_wrong(const NodeRow& row) {
  const bool is_as_wanted =
      row.instance.state == NodeState::running ||
      (row.instance.state == NodeState::stopped && row.instance.is_power_off_wanted);
  return !is_as_wanted || row.drift.has_value() || row.is_cached ||
         (!row.health.empty() && row.health != "healthy") || row.reachable == false;
}

std::string fingerprint(const NodeRow& row) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}", cloud::to_string(row.instance.state), row.instance.id,
                     row.instance.public_ip, row.instance.type, row.health, services_of(row),
                     row.drift ? row.drift->why : "");
}

std::string render_status(const deploy::StatusResult& result, const StatusView& view) {
  std::string out = headline(result, view) + sums(result, view);
  std::vector<const NodeRow*> rows;
  for (const NodeRow& row : result.nodes) rows.push_back(&row);
  std::size_t hidden = 0;
  if (view.most_nodes > 0 && rows.size() > view.most_nodes) {
    std::vector<const NodeRow*> wrong;
    std::ranges::copy_if(rows, std::back_inserter(wrong), [&](const NodeRow* row) {
      return is_wrong(*row) || (view.last != nullptr && view.last->contains(row->name) &&
                                view.last->at(row->name) != fingerprint(*row));
    });
    if (wrong.size() > view.most_nodes) wrong.resize(view.most_nodes);
    hidden = rows.size() - wrong.size();
    rows = std::move(wrong);
  }
  if (!rows.empty()) out += "\n" + nodes_table(sorted(rows, view.sort), view);
  if (hidden > 0) {
    out += view.style.dim(fmt::format(
        "{}{} are not listed; -o wide or a selector shows them\n", rows.empty() ? "\n" : "",
        rows.empty() ? counted(hidden, "node") + ", all as they should be,"
                     : counted(hidden, "node")));
  }
  if (!result.drift.empty()) out += "\n";
  for (const plan::Change& change : result.drift) {
    if (change.action == plan::Action::keep) continue;
    out +=
        fmt::format("{} {} {} {}: {}\n", view.style.yellow("drift:"), plan::to_string(change.kind),
                    change.name(), change.region, printable(change.why));
  }
  if (!result.errors.empty()) out += "\n";
  for (const Error& error : result.errors) out += render_error(error, view.style);
  for (const std::string& note : result.notes) {
    const std::string lines = wrap("note: " + printable(note), view.width, 0);
    out += view.style.dim(std::string_view(lines).substr(0, lines.size() - 1)) + "\n";
  }
  return out;
}

}  // namespace ccloud::cli
