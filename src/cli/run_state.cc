// The picture of a run: nodes by state, what is in flight, what failed, the time that is left.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/run_watch.h"
#include "cli/view_plan.h"

namespace ccloud::cli {
namespace {

using deploy::Event;
using Kind = deploy::Event::Kind;

constexpr std::size_t most_failures = 5;
constexpr std::size_t most_notices = 3;

std::string where(const Event& event) {
  return std::string(trim(event.provider + " " + event.region));
}

bool is_node(std::string_view address) { return address.starts_with("node."); }
bool is_service(std::string_view address) { return address.starts_with("service."); }

/// "web-us-1" of a node, "shop on web-us-1" of a service; of anything else its kind and last name:
/// the place is told beside it.
std::string name_of(std::string_view address) {
  if (is_node(address)) return std::string(address.substr(5));
  if (const auto at = address.find('@'); is_service(address) && at != std::string_view::npos) {
    return fmt::format("{} on {}", address.substr(8, at - 8), address.substr(at + 1));
  }
  const auto first = address.find('.');
  const auto last = address.rfind('.');
  if (first == std::string_view::npos || first == last) return std::string(address);
  return fmt::format("{} {}", address.substr(0, first), address.substr(last + 1));
}

std::string_view doing(plan::Action action, std::string_view address) {
  if (is_service(address)) return "installing";
  constexpr std::string_view words[] = {"creating", "updating", "replacing", "destroying", ""};
  return words[static_cast<std::size_t>(action)];
}

}  // namespace

void RunState::take(const Event& event) {
  if (started_ == async::WallTime{}) started_ = event.at;
  progress_ = event.progress;
  const auto set_node = [&](const std::string& state) {
    if (!is_node(event.address)) return;
    auto& [region, old] = node_at_[event.address];
    if (!old.empty()) --nodes_[region][old];
    if (!where(event).empty()) region = where(event);
    old = state;
    ++nodes_[region][state];
  };
  switch (event.kind) {
    case Kind::run_started:
      command_ = event.message;
      break;
    case Kind::looking:
      phase_ = "looking at what is there";
      looking_.try_emplace(where(event));
      break;
    case Kind::looked:
      looking_.erase(where(event));
      if (looking_.empty()) phase_ = "";
      break;
    case Kind::resolving:
      phase_ = "choosing sizes and images";
      break;
    case Kind::planned:
      phase_ = "";
      looking_.clear();
      changing_since_ = event.at;
      break;
    case Kind::change_started:
      flights_[event.address] = {event.address, event.action, where(event), event.at};
      set_node(event.action == plan::Action::destroy ? "going" : "asked for");
      break;
    case Kind::change_done: {
      flights_.erase(event.address);
      const auto node = node_at_.find(event.address);
      if (event.action == plan::Action::destroy) {
        set_node("gone");
      } else if (node != node_at_.end() && node->second.second != "running") {
        set_node(event.action == plan::Action::update ? "updated" : "booting");
      }
      break;
    }
    case Kind::change_failed:
      flights_.erase(event.address);
      set_node("failed");
      if (event.error)
        failures_.push_back({event.address, describe(*event.error), event.error->remedy});
      break;
    case Kind::change_skipped:
      set_node("skipped");
      break;
    case Kind::waiting:  // the line of the region says how many
      break;
    case Kind::node_booting:
      if (const auto flight = flights_.find(event.address); flight != flights_.end()) {
        flight->second.is_booting = true;
      }
      set_node("booting");
      break;
    case Kind::node_running:
      flights_.erase(event.address);
      set_node("running");
      break;
    case Kind::retrying:
    case Kind::rate_limited:
    case Kind::note:
      notices_.push_back(event_text(event, Style{}, true));
      if (notices_.size() > most_notices) notices_.erase(notices_.begin());
      break;
    case Kind::run_finished:
      break;
  }
}

std::string RunState::time_left(async::WallTime now) const {
  if (progress_.total == 0 || changing_since_ == async::WallTime{}) return {};
  const double elapsed = std::chrono::duration<double>(now - changing_since_).count();
  double left = static_cast<double>(expected_) - elapsed;
  const double share = static_cast<double>(progress_.done) / static_cast<double>(progress_.total);
  // Once a third is done the pace says more than the plan.
  if (share > 0.33) left = elapsed / share - elapsed;
  if (left < 1) return {};
  return "about " + clock_text(std::chrono::milliseconds(static_cast<std::int64_t>(left * 1000))) +
         " left";
}

Share RunState::share() const {
  return {progress_.done, progress_.failed, progress_.in_flight, progress_.total};
}

std::string RunState::title(async::WallTime now, const Style& style) const {
  std::string out = style.bold(command_) + "  " + clock_text(now - started_);
  if (progress_.total > 0) {
    out += "  " + share_text(share(), style);
    if (const std::string left = time_left(now); !left.empty()) out += ", " + left;
  } else if (!phase_.empty()) {
    out += "  " + phase_;
  }
  return out;
}

std::vector<std::string> RunState::picture(async::WallTime now, Size size,
                                           const Style& style) const {
  std::vector<std::string> lines = {title(now, style)};
  const auto bar = share_bar(share(), std::min<std::size_t>(size.columns - 4, 60), style);
  if (!bar.empty()) lines.push_back(bar);
  if (!phase_.empty() && progress_.total > 0) lines.push_back("  " + style.dim(phase_));
  if (!looking_.empty()) {
    std::string names;
    for (const auto& [name, unused] : looking_) names += (names.empty() ? "" : ", ") + name;
    lines.push_back("  " + style.dim("waiting for: ") + names);
  }
  std::size_t shown_regions = 0;
  for (const auto& [region, states] : nodes_) {
    if (++shown_regions > std::max<std::size_t>(size.rows / 3, 2)) {
      lines.push_back(
          style.dim(fmt::format("  ... and {} more regions", nodes_.size() - shown_regions + 1)));
      break;
    }
    std::string text;
    for (const auto& [state, count] : states) {
      if (count == 0) continue;
      const std::string part = fmt::format("{} {}", count, state);
      const Paint paint = state == "failed"    ? Paint::red
                          : state == "running" ? Paint::green
                                               : Paint::none;
      text += (text.empty() ? "" : "  ") + style.paint(paint, part);
    }
    if (!text.empty()) lines.push_back(fmt::format("  {}  {}", pad(region, 24), text));
  }
  const std::size_t first_failure =
      failures_.size() > most_failures ? failures_.size() - most_failures : 0;
  for (std::size_t i = first_failure; i < failures_.size(); ++i) {
    lines.push_back(fmt::format("  {} {}: {}", style.red("failed"), name_of(failures_[i].address),
                                printable(failures_[i].message)));
  }
  for (const std::string& notice : notices_) lines.push_back("  " + style.dim(printable(notice)));
  // The longest waits say most about what holds the run up.
  std::vector<const Flight*> flights;
  for (const auto& [address, flight] : flights_) flights.push_back(&flight);
  std::ranges::sort(flights, {}, [](const Flight* flight) {
    return std::pair(flight->since, std::string_view(flight->address));
  });
  const std::size_t room = size.rows > lines.size() + 4 ? size.rows - lines.size() - 4 : 1;
  const std::size_t most = std::min<std::size_t>(room, 10);
  for (std::size_t i = 0; i < flights.size() && i < most; ++i) {
    lines.push_back(fmt::format(
        "  {} {} {} {}  {}", action_symbol(flights[i]->action, style),
        flights[i]->is_booting ? "booting" : doing(flights[i]->action, flights[i]->address),
        name_of(flights[i]->address), style.dim(flights[i]->region),
        clock_text(now - flights[i]->since)));
  }
  if (flights.size() > most) {
    lines.push_back(style.dim(fmt::format("  ... and {} more in flight", flights.size() - most)));
  }
  if (lines.size() > size.rows) lines.resize(size.rows);
  return lines;
}

std::string event_text(const Event& event, const Style& style, bool is_verbose) {
  const std::string place =
      where(event).empty() ? "" : style.dim(fmt::format(" ({})", where(event)));
  const std::string name = name_of(event.address);
  const std::string took =
      event.took.count() > 0 ? fmt::format(" in {}", format_duration(event.took)) : "";
  switch (event.kind) {
    case Kind::run_started:
      return is_verbose ? fmt::format("{} {}", event.message, event.run) : "";
    case Kind::looking:
      return is_verbose ? fmt::format("looking at {}", where(event)) : "";
    case Kind::looked:
      if (event.error) {
        return fmt::format("{} {}: {}", style.red("failed"), where(event), describe(*event.error));
      }
      return is_verbose ? fmt::format("looked at {}{}", where(event), took) : "";
    case Kind::resolving:
      return is_verbose ? "choosing sizes and images" : "";
    case Kind::planned:
      return {};
    case Kind::change_started:
      return fmt::format("{} {} {}{}", action_symbol(event.action, style),
                         doing(event.action, event.address), name, place);
    case Kind::change_done:
      // A node has said that it runs.
      if (is_node(event.address) && event.action == plan::Action::create && !is_verbose) return "";
      return fmt::format("{} {}{}{}{}", style.green("done"), name, took,
                         event.message.empty() ? "" : ": " + event.message, place);
    case Kind::change_failed:
      return fmt::format("{} {}: {}", style.red("failed"), name,
                         event.error ? describe(*event.error) : event.message);
    case Kind::change_skipped:
      return fmt::format("{} {}: {}", style.yellow("skipped"), name, event.message);
    case Kind::waiting:
      return event.message.empty() ? ""
                                   : fmt::format("{}{}, {} of {} changes done", event.message,
                                                 place, event.progress.done, event.progress.total);
    case Kind::node_booting:
      return is_verbose ? fmt::format("booting {}: {}{}", name, event.message, place) : "";
    case Kind::node_running:
      return fmt::format("{} {}{}{}{}", style.green("running"), name, took,
                         event.message.empty() ? "" : ": " + event.message, place);
    case Kind::retrying:
      return fmt::format("{} {}: {}", style.yellow("again"), name,
                         event.error ? describe(*event.error) : event.message);
    case Kind::rate_limited:
      return fmt::format("{} is asked too fast: waiting {}", where(event),
                         format_duration(event.took));
    case Kind::note:
      return "note: " + event.message;
    case Kind::run_finished:
      return is_verbose ? event.message : "";
  }
  return {};
}

}  // namespace ccloud::cli
