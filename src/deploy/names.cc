// Names of the enumerations in events and results, and what results are made from.
#include <algorithm>
#include <array>

#include "deploy/events.h"
#include "deploy/results.h"

namespace ccloud::deploy {

std::string_view to_string(Event::Kind kind) {
  constexpr std::array<std::string_view, 16> names = {
      "run_started",    "looking",        "looked",       "resolving",
      "planned",        "change_started", "change_done",  "change_failed",
      "change_skipped", "waiting",        "node_booting", "node_running",
      "retrying",       "rate_limited",   "note",         "run_finished"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, 3> names = {"done", "failed", "skipped"};
  return names.at(static_cast<std::size_t>(outcome));
}

std::string_view to_string(Check::State state) {
  constexpr std::array<std::string_view, 4> names = {"good", "warning", "bad", "skipped"};
  return names.at(static_cast<std::size_t>(state));
}

ChangeResult result_of(const plan::Change& change) {
  ChangeResult result;
  result.address = change.address;
  result.kind = change.kind;
  result.action = change.action;
  result.reason = change.reason;
  result.why = change.why;
  result.provider = change.provider;
  result.region = change.region;
  return result;
}

std::int64_t RunResult::count(Outcome outcome) const {
  return std::ranges::count_if(changes,
                               [&](const ChangeResult& c) { return c.outcome == outcome; });
}

}  // namespace ccloud::deploy
